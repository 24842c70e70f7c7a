//! The quickstart's story, and a real image in it.

use std::fs;
use std::path::Path;

use crate::drive::{differences, lifeboat, outside, tree};
use crate::transcript::{TempFolder, copy};

const ZONE: &str = ".lifeboat/cloud/zones/example.com.json";
const FOREIGN_ZONE: &str = ".lifeboat/cloud/zones/example.net.json";
const FOREIGN_RECORD: &str =
    r#"{"name":"mail.example.com","type":"A","ttl":300,"values":["203.0.113.9"]}"#;

fn quickstart(name: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart"), &folder.path);
    folder
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_edit_has_its_own_consequences_only() {
    let folder = quickstart("story");
    let here = &folder.path;
    let first = lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    assert!(first.out.trim_end().lines().last().unwrap().starts_with("Apply complete!"));

    let again = lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    assert!(again.out.contains("No changes."), "{}", again.out);
    let settled = tree(here);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);

    edit(&here.join("main.hcl"), "\"30s\"", "\"45s\"");
    let plan = lifeboat(here, &["plan", "--detailed-exitcode"]).exits(2).out;
    for named in
        ["failover.www.target[\"primary\"]", "failover.www.target[\"standby\"]", "30 -> 45"]
    {
        assert!(plan.contains(named), "{named}: {plan}");
    }
    for other in ["zone.main", "image.web", "health_check.web"] {
        assert!(!plan.contains(other), "{other}: {plan}");
    }
    assert!(plan.contains("0 to add, 2 to change, 0 to destroy."), "{plan}");

    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
    let moved = differences(&settled, &tree(here));
    let names: Vec<&str> = moved.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(names, [ZONE, "main.hcl"]);
}

#[test]
fn destroy_leaves_what_is_foreign() {
    let folder = quickstart("destroy");
    let here = &folder.path;
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    let foreign_zone = format!(
        "{{\"format_version\":\"1.0\",\"name\":\"example.net\",\"record_sets\":[{}]}}",
        FOREIGN_RECORD.replace("example.com", "example.net")
    );
    fs::write(here.join(FOREIGN_ZONE), &foreign_zone).unwrap();
    edit(&here.join(ZONE), "\"record_sets\": [", &format!("\"record_sets\": [{FOREIGN_RECORD},"));

    // With the zone, the foreign record would be lost.
    let before = tree(here);
    let refused = lifeboat(here, &["destroy", "--auto-approve"]).refuses("E0604");
    assert!(refused.err.contains("mail.example.com"), "{}", refused.err);
    assert_eq!(differences(&before, &tree(here)), Vec::<String>::new());

    edit(&here.join(ZONE), &format!("{FOREIGN_RECORD},"), "");
    let destroyed = lifeboat(here, &["destroy", "--auto-approve"]).exits(0);
    assert!(destroyed.out.contains("Destroy complete!"), "{}", destroyed.out);
    assert_eq!(fs::read_to_string(here.join(FOREIGN_ZONE)).unwrap(), foreign_zone);
    for (path, bytes) in tree(&here.join(".lifeboat")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let ours =
            text.contains("quickstart") || path.components().any(|c| c.as_os_str() == "blobs");
        assert!(!ours, "{} is left: {text}", path.display());
    }
    assert!(!here.join(ZONE).exists());
    let again = lifeboat(here, &["destroy", "--auto-approve"]).exits(0);
    assert!(again.out.contains("No changes."), "{}", again.out);
}

#[test]
fn a_name_is_asked_for_before_anything_is_destroyed() {
    let folder = quickstart("asked");
    let here = &folder.path;
    lifeboat(here, &["apply"]).refuses("E0903");
    assert!(!here.join(ZONE).exists());
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    let before = tree(here);
    lifeboat(here, &["destroy"]).refuses("E0903");
    assert_eq!(differences(&before, &tree(here)), Vec::<String>::new());
}

/// Where the layout of a repository is, for a region.
fn copy_of(folder: &Path, location: &str) -> String {
    let cloud = folder.join(".lifeboat/cloud/regions").join(location);
    format!("oci:{}", cloud.join("quickstart/web/_layout").display())
}

#[test]
fn a_real_image_reaches_every_region_as_it_is() {
    let folder = quickstart("image");
    let here = &folder.path;
    fs::remove_dir_all(here.join("image")).unwrap();
    // A store of its own: neither root's nor the user's images are touched.
    let (root, run) = (here.join("storage"), here.join("storage-run"));
    let store = ["--root", root.to_str().unwrap(), "--runroot", run.to_str().unwrap()];
    let buildah = |words: &[&str]| {
        outside(here, "buildah", &[&store[..], &["--storage-driver", "vfs"], words].concat())
    };
    buildah(&["build", "--isolation", "chroot", "--layers", "-t", "web", "site"]);
    buildah(&["push", "web", "oci:image:1.0"]);

    let inspected = outside(here, "skopeo", &["inspect", "oci:image:1.0"]);
    let source: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(source["Layers"].as_array().unwrap().len(), 3, "{source}");

    lifeboat(here, &["lock"]).exits(0);
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    let lock = fs::read_to_string(here.join("lifeboat.lock.hcl")).unwrap();
    assert!(lock.contains(source["Digest"].as_str().unwrap()), "{lock}");
    for location in ["us-east-1", "eu-west-1"] {
        let text = outside(here, "skopeo", &["inspect", &copy_of(here, location)]);
        let copied: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(copied["Digest"], source["Digest"], "{location}");
        assert_eq!(copied["Layers"], source["Layers"], "{location}");
        // skopeo verifies every blob that it copies.
        let unpacked = format!("dir:{}", here.join(location).display());
        outside(
            here,
            "skopeo",
            &["copy", "--insecure-policy", &copy_of(here, location), &unpacked],
        );
    }
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}
