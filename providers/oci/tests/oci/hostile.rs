//! Layouts that are broken or made to do harm.

use std::fs;

use lifeboat_contract::Digest;
use lifeboat_oci::{Layout, LayoutError, MANIFEST_BYTES_MAX, media_type};
use serde_json::{Value, json};

use crate::fixture::{Folder, LAYER, files, put, put_image, put_manifest, regclient};

#[test]
fn what_is_no_layout_says_so() {
    let folder = Folder::new();
    let open = |name: &str| Layout::open(folder.join(name)).unwrap_err();
    assert!(matches!(open("nowhere"), LayoutError::NotALayout { missing: "oci-layout", .. }));
    fs::write(folder.join("file"), "").unwrap();
    assert!(matches!(open("file"), LayoutError::NotALayout { .. }));
    let layout = folder.layout("layout");
    fs::write(folder.join("layout/oci-layout"), r#"{"imageLayoutVersion": "2.0.0"}"#).unwrap();
    assert!(matches!(open("layout"), LayoutError::Version { .. }));
    fs::remove_file(folder.join("layout/index.json")).unwrap();
    assert!(matches!(layout.index(), Err(LayoutError::NotALayout { missing: "index.json", .. })));
}

#[test]
fn a_digest_is_never_a_path() {
    let folder = Folder::new();
    let source = folder.layout("source");
    let target = folder.layout("target");
    fs::write(folder.join("secret"), "secret").unwrap();
    for digest in ["sha256:../../../secret", "../../secret", "sha256:", "sha512:00", "", "sha256:/"]
    {
        let layer = json!({ "mediaType": LAYER, "digest": digest, "size": 6 });
        let image = put_image(&source, &[layer]);
        let error = target.import(&source, &image).unwrap_err();
        assert!(matches!(error, LayoutError::UnsafeDigest(_)), "{digest}: {error:?}");
        let entry = json!({ "mediaType": media_type::MANIFEST, "digest": digest, "size": 6,
            "annotations": { "org.opencontainers.image.ref.name": "x" } });
        let index = json!({ "schemaVersion": 2, "manifests": [entry] });
        fs::write(folder.join("source/index.json"), index.to_string()).unwrap();
        assert!(source.resolve(Some("x")).is_err(), "{digest}");
        assert!(source.resolve(None).is_err(), "{digest}");
    }
}

#[test]
fn content_is_what_its_digest_says_or_does_not_appear() {
    let folder = Folder::new();
    let source = folder.layout("source");
    let target = folder.layout("target");
    let layer = put(&source, LAYER, b"the layer");
    let digest: Digest = layer["digest"].as_str().unwrap().parse().unwrap();
    let image = put_image(&source, &[layer]);
    let path = folder.join("source/blobs/sha256").join(digest.hex());
    let kept = files(&folder.join("target/blobs/sha256"));
    let import = || target.import(&source, &image).unwrap_err();

    fs::write(&path, b"another !").unwrap();
    assert!(matches!(import(), LayoutError::DigestMismatch { .. }));
    fs::write(&path, b"the layer and more").unwrap();
    assert!(matches!(import(), LayoutError::SizeMismatch { expected: 9, found: 10, .. }));
    fs::write(&path, b"the").unwrap();
    assert!(matches!(import(), LayoutError::SizeMismatch { expected: 9, found: 3, .. }));
    fs::remove_file(&path).unwrap();
    assert!(matches!(import(), LayoutError::MissingBlob { .. }));
    let stored = files(&folder.join("target/blobs/sha256"));
    assert!(!stored.iter().any(|name| name == digest.hex() || name == image.hex()), "{stored:?}");
    assert_eq!(stored.len(), kept.len() + 1, "the config alone is there, no draft: {stored:?}");

    // Half a blob that is there already is not taken for the whole.
    fs::write(&path, b"the layer").unwrap();
    fs::write(folder.join("target/blobs/sha256").join(digest.hex()), b"the").unwrap();
    target.import(&source, &image).unwrap();
    assert_eq!(
        fs::read(folder.join("target/blobs/sha256").join(digest.hex())).unwrap(),
        b"the layer"
    );
}

#[test]
fn manifests_that_are_none_are_refused() {
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let walk = |manifest: &Value| layout.walk(&put_manifest(&layout, manifest)).unwrap_err();
    let both = json!({ "schemaVersion": 2, "manifests": [], "layers": [] });
    assert!(matches!(walk(&both), LayoutError::Confused { .. }));
    let old = json!({ "schemaVersion": 1, "mediaType":
        "application/vnd.docker.distribution.manifest.v1+prettyjws" });
    assert!(matches!(walk(&old), LayoutError::UnknownMediaType { .. }));
    assert!(matches!(walk(&json!([1])), LayoutError::Json { .. }));
    let lie = json!({ "schemaVersion": 2, "manifests": [
        { "mediaType": media_type::MANIFEST, "digest": put_image(&layout, &[]), "size": 1 } ] });
    assert!(matches!(walk(&lie), LayoutError::SizeMismatch { .. }));
    let size = usize::try_from(MANIFEST_BYTES_MAX).unwrap() + 1;
    let huge = put(&layout, LAYER, &vec![b' '; size]);
    let digest = huge["digest"].as_str().unwrap().parse().unwrap();
    assert!(matches!(layout.walk(&digest), Err(LayoutError::TooLarge { .. })));
}

#[test]
fn nesting_ends() {
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let mut inner = put_image(&layout, &[]);
    let mut size = layout.blob_size(&inner).unwrap().unwrap();
    let mut media = media_type::MANIFEST;
    for depth in 0..20 {
        let index = json!({ "schemaVersion": 2, "manifests": [
            { "mediaType": media, "digest": inner, "size": size } ] });
        inner = put_manifest(&layout, &index);
        size = layout.blob_size(&inner).unwrap().unwrap();
        media = media_type::INDEX;
        let walked = layout.walk(&inner);
        assert_eq!(walked.is_ok(), depth < 7, "{depth}: {walked:?}");
    }
}

#[test]
fn every_truncation_is_an_error_and_nothing_else() {
    let folder = Folder::new();
    let source = regclient();
    let digest = source.resolve(Some("v1")).unwrap();
    let layout = folder.layout("layout");
    layout.import(&source, &digest).unwrap();
    layout.tag(&digest, "v1").unwrap();
    let files = [
        layout.folder().join("oci-layout"),
        layout.folder().join("index.json"),
        layout.folder().join("blobs/sha256").join(digest.hex()),
    ];
    for path in files {
        let whole = fs::read(&path).unwrap();
        let content = whole.trim_ascii_end();
        for end in 0..content.len() {
            fs::write(&path, &content[..end]).unwrap();
            let read = Layout::open(layout.folder())
                .and_then(|layout| layout.walk(&layout.resolve(Some("v1"))?));
            assert!(read.is_err(), "{} cut at {end}", path.display());
        }
        fs::write(&path, &whole).unwrap();
    }
    layout.walk(&digest).unwrap();
}
