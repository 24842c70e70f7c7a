//! Layouts that other tools made are read and copied; they read ours.

use std::fs;

use lifeboat_oci::{Layout, LayoutError, media_type};
use serde_json::json;

use crate::fixture::{
    Folder, LAYER, files, put, put_image, put_manifest, regclient, seen_by_skopeo, tool,
};

#[test]
fn an_image_of_another_tool_is_copied_whole_and_only_once() {
    let source = regclient();
    let folder = Folder::new();
    let target = folder.layout("target");
    for tag in ["v1", "v3", "a-docker", "ai", "loop"] {
        let digest = source.resolve(Some(tag)).unwrap();
        let contents = source.walk(&digest).unwrap();
        let imported = target.import(&source, &digest).unwrap();
        target.tag(&digest, tag).unwrap();
        assert!(imported.bytes <= contents.size(), "{tag}: {imported:?}");
        assert_eq!(target.walk(&digest).unwrap(), contents, "{tag}");
        assert_eq!(contents.parts.last().unwrap().raw_digest, digest.as_str());
        let again = target.import(&source, &digest).unwrap();
        assert_eq!((again.bytes, again.blobs), (0, 0), "{tag}");
        let image = format!("oci:{}:{tag}", target.folder().display());
        let raw = tool("skopeo", &["inspect", "--raw", &image]);
        assert_eq!(lifeboat_contract::Digest::of(raw.as_bytes()), digest, "{tag}");
    }
    assert_eq!(files(&target.folder().join("blobs/sha256")).len(), 32);
    assert_eq!(target.index().unwrap().entries.len(), 5);
}

#[test]
fn an_image_that_buildah_made_is_read_by_skopeo_after_the_copy() {
    let folder = Folder::new();
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    fs::create_dir(folder.join("context")).unwrap();
    fs::write(folder.join("context/one"), "one").unwrap();
    fs::write(folder.join("context/two"), vec![7; 300_000]).unwrap();
    let dockerfile = "FROM scratch\nCOPY one /one\nCOPY two /two\n";
    fs::write(folder.join("context/Dockerfile"), dockerfile).unwrap();
    let root = ["--root", &text("store"), "--runroot", &text("run"), "--storage-driver", "vfs"];
    let build =
        ["bud", "--isolation", "chroot", "--layers", "-t", "localhost/made", &text("context")];
    tool("buildah", &[&root[..], &build].concat());
    let made = format!("oci:{}:v1", text("made"));
    tool("buildah", &[&root[..], &["push", "localhost/made", &made]].concat());

    let source = Layout::open(folder.join("made")).unwrap();
    let digest = source.resolve(None).unwrap();
    assert_eq!(source.walk(&digest).unwrap().count(), 4, "two layers, a config, a manifest");
    let target = folder.layout("target");
    target.import(&source, &digest).unwrap();
    target.tag(&digest, "lb-1").unwrap();
    assert_eq!(seen_by_skopeo(&format!("oci:{}:lb-1", text("target"))), digest.as_str());
    // Skopeo unpacks every layer on this way, so it has verified each.
    let unpacked = format!("dir:{}", text("unpacked"));
    tool("skopeo", &["copy", &format!("oci:{}:lb-1", text("target")), &unpacked]);
}

#[test]
fn tags_move_and_images_go_with_all_that_only_they_need() {
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let shared = put(&layout, LAYER, b"shared");
    let one = put_image(&layout, &[shared.clone(), put(&layout, LAYER, b"one")]);
    let two = put_image(&layout, &[shared, put(&layout, LAYER, b"two")]);
    layout.tag(&one, "latest").unwrap();
    layout.tag(&two, "latest").unwrap();
    layout.tag(&one, "old").unwrap();
    assert_eq!(layout.resolve(Some("latest")).unwrap(), two);
    let error = layout.resolve(None).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` has 2 images, so a tag has to be named; it has `latest`, `old`",
            layout.folder().display()
        )
    );
    let blobs = layout.folder().join("blobs/sha256");
    assert_eq!(files(&blobs).len(), 6);
    assert!(layout.remove(&one).unwrap() > 0);
    assert_eq!(files(&blobs).len(), 4);
    layout.walk(&two).unwrap();
    layout.remove(&two).unwrap();
    assert_eq!(files(&blobs), [""; 0]);
    assert!(matches!(layout.resolve(Some("latest")), Err(LayoutError::NoSuchTag { .. })));
}

#[test]
fn what_stays_in_the_index_stays_as_it_was() {
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let image = put_image(&layout, &[]);
    let path = layout.folder().join("index.json");
    let strange = json!({
        "schemaVersion": 2,
        "annotations": { "note": "of the index" },
        "manifests": [{
            "mediaType": media_type::MANIFEST,
            "digest": format!("sha512:{}", "0".repeat(128)),
            "size": 1,
            "platform": { "os": "plan9", "architecture": "mips" },
            "x-unknown": [1, 2],
        }],
    });
    fs::write(&path, strange.to_string()).unwrap();
    layout.tag(&image, "v1").unwrap();
    let mut now: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    now["manifests"].as_array_mut().unwrap().pop();
    assert_eq!(now, strange);
    // What belongs to an image that cannot be read is not known, so nothing is swept.
    assert!(matches!(layout.sweep(), Err(LayoutError::UnsafeDigest(_))));
    layout.walk(&image).unwrap();
}

#[test]
fn layers_that_are_fetched_from_elsewhere_may_be_absent() {
    let folder = Folder::new();
    let source = folder.layout("source");
    let elsewhere = json!({
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "digest": lifeboat_contract::Digest::of(b"elsewhere"),
        "size": 9,
        "urls": ["https://layers.example.com/elsewhere"],
    });
    let image = put_image(&source, &[elsewhere]);
    folder.layout("target").import(&source, &image).unwrap();
}

#[test]
fn drafts_of_killed_writers_are_swept() {
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let image = put_manifest(&layout, &json!({ "schemaVersion": 2, "layers": [] }));
    layout.tag(&image, "v1").unwrap();
    let blobs = layout.folder().join("blobs/sha256");
    fs::write(blobs.join(".draft-1-1"), "half").unwrap();
    layout.sweep_drafts().unwrap();
    assert_eq!(files(&blobs), [image.hex()]);
}
