//! A part of an index: only some platforms. That is another index, with a digest of its own, since
//! registries take none whose parts are missing.

use std::collections::BTreeSet;

use lifeboat_contract::Digest;
use serde_json::Value;

use crate::LayoutError;

/// How builders say whose attestation an entry is.
const ATTESTED: &str = "vnd.docker.reference.digest";

/// The index that has only these platforms (`linux/amd64`, `linux/arm/v7`), with what attests them;
/// absent when one of them is missing. The same choice from the same index gives the same bytes.
///
/// # Errors
/// When the text is no index.
pub fn select(
    index: &[u8],
    platforms: &BTreeSet<String>,
) -> Result<Option<(Vec<u8>, Digest)>, LayoutError> {
    let broken = |error| LayoutError::json("the index".to_owned(), error);
    let mut index: Value = serde_json::from_slice(index).map_err(broken)?;
    let Some(Value::Array(entries)) = index.get_mut("manifests") else { return Ok(None) };
    let mut found = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for entry in entries.iter() {
        let platform = platform(entry);
        if platforms.contains(&platform) {
            found.insert(platform);
            kept.extend(entry["digest"].as_str().map(str::to_owned));
        }
    }
    if found.len() < platforms.len() {
        return Ok(None);
    }
    entries.retain(|entry| {
        let has = |digest: &Value| digest.as_str().is_some_and(|digest| kept.contains(digest));
        has(&entry["digest"]) || has(&entry["annotations"][ATTESTED])
    });
    let bytes = serde_json::to_vec(&index).map_err(broken)?;
    let digest = Digest::of(&bytes);
    Ok(Some((bytes, digest)))
}

fn platform(entry: &Value) -> String {
    let platform = &entry["platform"];
    let words = ["os", "architecture", "variant"].map(|key| platform[key].as_str());
    let words: Vec<&str> = words.into_iter().flatten().collect();
    words.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_choice_keeps_what_attests_it_and_nothing_else() {
        let index = json!({ "schemaVersion": 2, "manifests": [
            { "digest": "a", "platform": { "os": "linux", "architecture": "amd64" } },
            { "digest": "b", "platform": { "os": "linux", "architecture": "arm", "variant": "v7" } },
            { "digest": "c", "annotations": { ATTESTED: "a" } },
            { "digest": "d", "annotations": { ATTESTED: "b" } },
        ]});
        let index = index.to_string();
        let choose = |platforms: &[&str]| {
            let platforms = platforms.iter().map(|text| (*text).to_owned()).collect();
            select(index.as_bytes(), &platforms).unwrap()
        };
        let (bytes, digest) = choose(&["linux/amd64"]).unwrap();
        let chosen: Value = serde_json::from_slice(&bytes).unwrap();
        let digests: Vec<&Value> =
            chosen["manifests"].as_array().unwrap().iter().map(|entry| &entry["digest"]).collect();
        assert_eq!(digests, ["a", "c"]);
        assert_eq!(Some((bytes, digest)), choose(&["linux/amd64"]));
        assert!(choose(&["linux/arm/v7"]).is_some());
        assert!(choose(&["linux/amd64", "linux/s390x"]).is_none());
        assert!(select(b"{}", &BTreeSet::new()).unwrap().is_none());
        assert!(select(b"no", &BTreeSet::new()).is_err());
    }
}
