//! The note in a repository that says whose it is, and what its owner wants of it.
//!
//! A registry keeps nothing of a repository but images and tags, so the note is an index without
//! images under a tag of its own.

use std::collections::BTreeMap;

use lifeboat_contract::{Digest, Mark, Repository, SpecHash};
use serde::Deserialize;
use serde_json::json;

use crate::media_type;

/// The note's tag. No mark of an image looks like this: those have two dots.
pub(super) const NOTE: &str = "lifeboat.repository";

const STACK: &str = "lifeboat.stack";
const SPEC: &str = "lifeboat.spec";
const SETTINGS: &str = "lifeboat.settings";

/// A note as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    pub(super) digest: Digest,
    pub(super) settings: Repository,
    pub(super) mark: Option<Mark>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Note {
    /// Understands a note. What somebody else wrote under its tag says nothing.
    pub(super) fn read(digest: Digest, bytes: &[u8]) -> Self {
        let index = serde_json::from_slice::<Index>(bytes);
        let annotations = index.map(|index| index.annotations).unwrap_or_default();
        let settings = annotations.get(SETTINGS).and_then(|text| serde_json::from_str(text).ok());
        let stack = annotations.get(STACK).and_then(|text| text.parse().ok());
        let spec = annotations.get(SPEC).map(|text| SpecHash::read(text));
        let mark = stack.zip(spec).map(|(stack, spec)| Mark { stack, spec });
        Self { digest, settings: settings.unwrap_or_default(), mark }
    }

    /// The note as it is put.
    pub(super) fn write(settings: &Repository, mark: Option<&Mark>) -> Vec<u8> {
        let mut annotations = BTreeMap::from([(SETTINGS, json!(settings).to_string())]);
        if let Some(mark) = mark {
            annotations.insert(STACK, mark.stack.to_string());
            annotations.insert(SPEC, mark.spec.to_string());
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": media_type::INDEX,
            "manifests": [],
            "annotations": annotations,
        });
        index.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use lifeboat_contract::Spec;

    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let settings = Repository { immutable: true, ..Repository::default() };
        let mark = Mark::of(&"shop".parse().unwrap(), &Spec::Repository(settings.clone()));
        for mark in [Some(mark), None] {
            let bytes = Note::write(&settings, mark.as_ref());
            let digest = Digest::of(&bytes);
            let settings = settings.clone();
            assert_eq!(Note::read(digest.clone(), &bytes), Note { digest, settings, mark });
        }
        for strange in ["", "[]", "{}", r#"{"annotations":{"lifeboat.stack":"NOT ONE"}}"#] {
            let note = Note::read(Digest::of(b""), strange.as_bytes());
            assert_eq!((note.mark, note.settings), (None, Repository::default()), "{strange}");
        }
    }
}
