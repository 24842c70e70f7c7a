//! The configuration that lives: a zone, names of every kind, checks, and an image in two regions.

use lifeboat_contract::Digest;
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

use crate::drive::Site;

const LIFE: &str = include_str!("life.hcl");

/// Where the regions are.
pub(crate) const LOCATIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// A folder with the whole configuration and its image, from which AWS is found at this address.
pub(crate) fn whole(url: &str) -> Site {
    let site = Site::new(url);
    site.write("main.hcl", LIFE);
    write_image(&site, "one");
    site.lifeboat(&["lock"]).exits(0);
    site
}

/// The same without the image, for clouds that cannot hold one.
pub(crate) fn names(url: &str) -> Site {
    let site = Site::new(url);
    let (names, _) = LIFE.split_once("image \"web\"").unwrap();
    let lines = names.lines().filter(|line| !line.contains("image.web"));
    site.write("main.hcl", &lines.collect::<Vec<_>>().join("\n"));
    site
}

/// Writes the image layout anew, with this content, for two platforms; its digest.
pub(crate) fn write_image(site: &Site, content: &str) -> String {
    let path = site.path.join("image");
    let _old = std::fs::remove_dir_all(&path);
    let layout = Layout::create(path).unwrap();
    let blob = |bytes: &[u8], kind: &str| -> Value {
        let digest = Digest::of(bytes);
        let mut draft = layout.draft().unwrap();
        draft.write(bytes).unwrap();
        draft.finish(&digest, bytes.len() as u64).unwrap();
        json!({ "mediaType": kind, "digest": digest, "size": bytes.len() })
    };
    let layer = "application/vnd.oci.image.layer.v1.tar";
    let platforms = ["amd64", "arm64"].map(|architecture| {
        let platform = json!({ "architecture": architecture, "os": "linux" });
        let mut config = platform.clone();
        config["rootfs"] = json!({ "type": "layers", "diff_ids": [] });
        let config = config.to_string();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::MANIFEST,
            "config": blob(config.as_bytes(), "application/vnd.oci.image.config.v1+json"),
            "layers": [blob(content.as_bytes(), layer), blob(b"what all have", layer)],
        });
        let mut entry = blob(manifest.to_string().as_bytes(), media_type::MANIFEST);
        entry["platform"] = platform;
        entry
    });
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": platforms,
    })
    .to_string();
    blob(index.as_bytes(), media_type::INDEX);
    let digest = Digest::of(index.as_bytes());
    layout.tag(&digest, "latest").unwrap();
    digest.to_string()
}

/// Declares nothing any more.
pub(crate) fn nothing_but_regions(site: &Site) {
    let (regions, _) = LIFE.split_once("zone \"main\"").unwrap();
    site.write("main.hcl", regions);
}

/// Edits something of every kind: what is there is changed, made and taken away.
pub(crate) fn change(site: &Site) {
    change_names(site);
    site.edit("oci:image\"", "oci:image\"\n  immutable  = false\n  scan       = true");
    site.edit("  readers    = [\"210987654321\"]\n", "");
    site.edit("    cost = \"low\"\n", "");
    site.edit("team = \"boats\"", "team = \"ships\"");
    site.edit("  keep {\n    last = 5\n  }\n", "");
}

/// What of it is about names.
pub(crate) fn change_names(site: &Site) {
    site.edit("A life", "Another life");
    site.edit("/healthz", "/alive");
    site.edit("ttl    = \"1h\"", "ttl    = \"2h\"");
    site.edit("weight       = 3", "weight       = 5");
    site.edit("192.0.2.10", "192.0.2.11");
    site.edit("\"20 mail.example.org\"", "\"30 mail.example.org\"");
    site.edit("record \"any\"", "record \"some\"");
    site.edit("name   = \"*\"", "name   = \"*.some\"");
}
