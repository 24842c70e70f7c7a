//! Rules that measure the layers of what was built.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use lifeboat::lock::{self, Lock, LockedBuild, LockedImage};
use lifeboat_contract::Digest;
use serde_json::json;

use super::{MAIN, linted, said};
use crate::drive::lifeboat;
use crate::transcript::TempFolder;

/// Files of a layer: path, bytes, mode.
type Files<'f> = &'f [(&'f str, usize, u32)];

fn archive(files: Files<'_>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, size, mode) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(*size as u64);
        header.set_mode(*mode);
        header.set_cksum();
        archive.append_data(&mut header, path, &vec![7; *size][..]).unwrap();
    }
    archive.into_inner().unwrap()
}

/// An image as a builder would leave it, with the lock that names it.
fn put_image(here: &Path, user: &str, layers: &[(&str, Files<'_>)]) {
    let layout = here.join(".lifeboat/images/web");
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |bytes: &[u8], kind: &str| {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(digest.hex()), bytes).unwrap();
        let kind = format!("application/vnd.oci.image.{kind}");
        json!({ "mediaType": kind, "digest": digest.as_str(), "size": bytes.len() })
    };
    let (mut parts, mut history) = (Vec::new(), Vec::new());
    for (number, (made_by, files)) in layers.iter().enumerate() {
        let bytes = archive(files);
        if number % 2 == 0 {
            parts.push(put(&bytes, "layer.v1.tar"));
        } else {
            let level = flate2::Compression::none();
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
            gzip.write_all(&bytes).unwrap();
            parts.push(put(&gzip.finish().unwrap(), "layer.v1.tar+gzip"));
        }
        history.push(json!({ "created_by": made_by }));
        history.push(json!({ "created_by": "CMD", "empty_layer": true }));
    }
    let config = json!({ "config": { "User": user }, "history": history });
    let config = put(config.to_string().as_bytes(), "config.v1+json");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": parts,
    });
    let manifest = put(manifest.to_string().as_bytes(), "manifest.v1+json");
    let attested = put(b"{\"layers\":[],\"config\":null}", "manifest.v1+json");
    let mut other = attested.clone();
    other["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    let mut first = manifest.clone();
    first["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [other, first],
    });
    let index = put(index.to_string().as_bytes(), "index.v1+json");
    fs::write(layout.join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}").unwrap();
    let listed = json!({ "schemaVersion": 2, "manifests": [index] });
    fs::write(layout.join("index.json"), listed.to_string()).unwrap();
    let digest: Digest = index["digest"].as_str().unwrap().parse().unwrap();
    let build = LockedBuild {
        inputs: Digest::of(b"others"),
        builder: "buildah 1.28.2".to_owned(),
        dockerfile: "Dockerfile".to_owned(),
        target: None,
        platforms: Vec::new(),
        instructions: Vec::new(),
        args: [].into(),
        bases: [].into(),
        files: [].into(),
        depth: None,
    };
    let source = "oci:.lifeboat/images/web".to_owned();
    let (platforms, build) = (Vec::new(), Some(build));
    let image = LockedImage { digest, source, blobs: 3, bytes: 3, platforms, build };
    let lock = Lock { images: [("web".to_owned(), image)].into(), ..Lock::default() };
    fs::write(here.join(lock::FILE), lock::write(&lock)).unwrap();
}

#[test]
fn layers_are_measured() {
    let folder = TempFolder::new("layers");
    let here = &folder.path;
    fs::write(here.join("main.hcl"), MAIN).unwrap();
    let text = "FROM scratch\nCOPY a /opt/a\nRUN make \\\n  all\nRUN strip && rm /b\n";
    fs::write(here.join("Dockerfile"), text).unwrap();
    let lints = linted(here);
    assert_eq!(lints["images"][0]["unmeasured"], "it is not built yet");
    for rule in ["LB102", "LB103", "LB407", "LB501", "LB502"] {
        assert_eq!(said(&lints, rule), [], "{rule} before the first build");
    }

    put_image(
        here,
        "",
        &[
            ("/bin/sh -c #(nop) COPY file:00 in /opt/a ", &[("opt/a", 10_000, 0o644)]),
            (
                "/bin/sh -c make   all",
                &[("b", 700_000, 0o644), ("c", 900_000, 0o755), ("usr/bin/su", 10, 0o4755)],
            ),
            ("/bin/sh -c strip && rm /b", &[(".wh.b", 0, 0o644), ("c", 800_000, 0o755)]),
            ("", &[("bin/sh", 10, 0o755), ("usr/bin/bash", 10, 0o755), ("sbin/apk", 10, 0o755)]),
        ],
    );
    let lints = linted(here);
    let layers = &lints["images"][0]["layers"];
    assert_eq!(lints["images"][0]["stale"], true, "the lock was written for other inputs");
    let all = 10_000 + 700_000 + 900_000 + 10 + 800_000 + 30;
    assert_eq!(layers["bytes"], all);
    assert_eq!(layers["lost_bytes"], 1_600_000);
    assert_eq!(
        (layers["efficiency_permille"].as_u64(), layers["count"].as_u64()),
        (Some(336), Some(4))
    );
    let lost = "1.6 MB of 2.4 MB are not seen in the end, most of it from here; the largest: `c` 0.9 MB, \
                `b` 0.7 MB";
    assert_eq!(said(&lints, "LB103"), [(3, lost.to_owned())]);
    assert_eq!(said(&lints, "LB407"), [(1, "2.4 MB are pulled, more than 1 MB".to_owned())]);
    assert_eq!(said(&lints, "LB501"), [(1, "the image runs as root".to_owned())]);
    let tools: Vec<String> =
        said(&lints, "LB502").into_iter().map(|(_, message)| message).collect();
    let wanted = [
        "`bin/sh` is a shell, and 1 more",
        "`sbin/apk` installs packages",
        "`usr/bin/su` runs with other rights",
    ];
    assert_eq!(tools.iter().collect::<BTreeSet<_>>(), wanted.map(str::to_owned).iter().collect());
    assert_eq!(said(&lints, "LB102"), []);
    let text = lifeboat(here, &["image", "lint"]).out;
    let line = "image.web: 4 layers, 2.4 MB to pull, 2.4 MB unpacked, 1.6 MB of them not seen in the end: \
                efficiency 33.6 % (built before its last change)";
    assert!(text.contains(line), "{text}");

    let small: (&str, Files<'_>) = ("", &[("a", 10, 0o644)]);
    put_image(here, "1000", &[small; 7]);
    let lints = linted(here);
    assert_eq!(said(&lints, "LB102").len(), 1);
    for rule in ["LB103", "LB407", "LB501", "LB502"] {
        assert_eq!(said(&lints, rule), [], "{rule} of small layers");
    }
}

#[test]
fn layers_that_cannot_be_read_are_told() {
    let folder = TempFolder::new("layers-broken");
    let here = &folder.path;
    fs::write(here.join("main.hcl"), MAIN).unwrap();
    fs::write(here.join("Dockerfile"), "FROM scratch\n").unwrap();
    put_image(here, "1", &[("", &[("a", 3_000, 0o644)])]);
    let blobs = here.join(".lifeboat/images/web/blobs/sha256");
    let largest = fs::read_dir(blobs).unwrap().map(|entry| entry.unwrap().path());
    let largest = largest.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let sound = fs::read(&largest).unwrap();
    let broken: [Vec<u8>; 4] = [
        sound[..700].to_vec(),
        vec![0x1f, 0x8b, 8, 0, 0],
        vec![0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff],
        b"no archive at all, but long enough to look like one".repeat(30),
    ];
    for bytes in broken {
        fs::write(&largest, bytes).unwrap();
        let lints = linted(here);
        let why = lints["images"][0]["unmeasured"].as_str().unwrap();
        assert!(why.contains("cannot be read"), "{why}");
    }
    fs::remove_file(&largest).unwrap();
    let text = lifeboat(here, &["image", "lint"]).exits(0).out;
    assert!(text.contains("image.web: layers are not measured: "), "{text}");
}
