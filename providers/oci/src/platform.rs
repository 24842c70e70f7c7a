//! A part of an index: only some platforms. That is another index, with a digest of its own, since
//! registries take none whose parts are missing.

use std::collections::BTreeSet;

use lifeboat_contract::Digest;
use serde_json::Value;

use crate::LayoutError;
use crate::manifest::Descriptor;

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

/// Where the platforms of an image stand.
pub(crate) enum Told {
    /// In its index. Entries without a platform say nothing.
    Here(BTreeSet<String>),
    /// In the configuration that its manifest names.
    In(Descriptor),
    Nowhere,
}

/// Where the platforms stand of the image whose manifest or index this is.
pub(crate) fn told(manifest: &[u8]) -> Told {
    let Ok(manifest) = serde_json::from_slice::<Value>(manifest) else { return Told::Nowhere };
    if let Some(entries) = manifest["manifests"].as_array() {
        let platforms = entries.iter().map(platform);
        let known = platforms.filter(|text| !text.is_empty() && !text.starts_with("unknown/"));
        return Told::Here(known.collect());
    }
    match serde_json::from_value(manifest["config"].clone()) {
        Ok(config) => Told::In(config),
        Err(_) => Told::Nowhere,
    }
}

/// The platform that an image's configuration names, if it is one of an image.
pub(crate) fn of_config(config: &[u8]) -> BTreeSet<String> {
    let config: Value = serde_json::from_slice(config).unwrap_or_default();
    let text = words(&config);
    text.contains('/').then_some(text).into_iter().collect()
}

fn platform(entry: &Value) -> String {
    words(&entry["platform"])
}

fn words(platform: &Value) -> String {
    let words = ["os", "architecture", "variant"].map(|key| platform[key].as_str());
    let words: Vec<&str> = words.into_iter().flatten().collect();
    words.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn platforms_are_those_that_are_named() {
        let index = json!({ "manifests": [
            { "digest": "a", "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
            { "digest": "b", "platform": { "os": "unknown", "architecture": "unknown" } },
            { "digest": "c" },
        ]});
        let Told::Here(platforms) = told(index.to_string().as_bytes()) else { panic!("an index") };
        assert_eq!(platforms, ["linux/arm64/v8".to_owned()].into());
        assert!(matches!(told(b"{}"), Told::Nowhere));
        let config = json!({ "os": "linux", "architecture": "amd64", "rootfs": {} });
        assert_eq!(of_config(config.to_string().as_bytes()), ["linux/amd64".to_owned()].into());
        assert!(of_config(b"{}").is_empty() && of_config(b"no").is_empty());
    }

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
