//! Folders that go away, tools of others, and layouts made by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use lifeboat_contract::Digest;
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

/// A folder that goes away at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-oci-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn layout(&self, name: &str) -> Layout {
        Layout::create(self.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The layout of another project.
pub(crate) fn regclient() -> Layout {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/regclient");
    Layout::open(folder).unwrap()
}

/// Runs a tool of others and returns what it prints.
pub(crate) fn tool(program: &str, arguments: &[&str]) -> String {
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            unreachable!("this test needs `{program}` of the package `{program}`: {error}")
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The digest that skopeo sees.
pub(crate) fn seen_by_skopeo(image: &str) -> String {
    let arguments =
        ["inspect", "--no-tags", "--tls-verify=false", "--format", "{{.Digest}}", image];
    tool("skopeo", &arguments).trim().to_owned()
}

/// Puts content into a layout and returns its descriptor.
pub(crate) fn put(layout: &Layout, media_type: &str, bytes: &[u8]) -> Value {
    let digest = Digest::of(bytes);
    let mut draft = layout.draft().unwrap();
    draft.write(bytes).unwrap();
    draft.finish(&digest, bytes.len() as u64).unwrap();
    json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
}

pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// Puts an image into a layout, with its layers' descriptors, and returns its digest.
pub(crate) fn put_image(layout: &Layout, layers: &[Value]) -> Digest {
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": [] },
    });
    let config = put(layout, CONFIG, config.to_string().as_bytes());
    put_manifest(layout, &json!({ "schemaVersion": 2, "config": config, "layers": layers }))
}

/// Puts a manifest into a layout and returns its digest.
pub(crate) fn put_manifest(layout: &Layout, manifest: &Value) -> Digest {
    let text = manifest.to_string();
    put(layout, media_type::MANIFEST, text.as_bytes());
    Digest::of(text.as_bytes())
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
