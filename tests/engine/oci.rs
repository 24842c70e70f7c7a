//! `provider "oci"`: two of Debian's registries as two regions, seen by skopeo from outside.

use std::path::Path;

use lifeboat_contract::Digest;
use serde_json::Value;

use crate::drive::{folder_with, lifeboat, lifeboat_with, outside, tree};
use crate::registry::{Registry, write_layout};
use crate::transcript::TempFolder;

fn configuration(registries: [&str; 2], more: &str) -> String {
    let [eu, us] = registries;
    format!(
        r#"
lifeboat {{
  stack = "shop"
}}

provider "oci" {{
  registries = {{ eu = "{eu}", us = "{us}" }}
}}

region "eu" {{
  provider = "oci"
  location = "eu"
}}

region "us" {{
  provider = "oci"
  location = "us"
}}

image "web" {{
  repository = "shop/web"
  source     = "oci:image:v1"
{more}}}
"#
    )
}

/// The tag by which people find the image that Lifeboat brought.
fn tag(digest: &Digest) -> String {
    format!("lb-{}", &digest.hex()[..32])
}

fn skopeo(here: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&outside(here, "skopeo", words)).unwrap()
}

fn inspected(here: &Path, registry: &Registry, digest: &Digest) -> String {
    let image = format!("docker://{}/shop/web:{}", registry.host, tag(digest));
    let seen = skopeo(here, &["inspect", "--no-tags", "--tls-verify=false", &image]);
    seen["Digest"].as_str().unwrap().to_owned()
}

fn tags(here: &Path, registry: &Registry) -> Vec<String> {
    let repository = format!("docker://{}/shop/web", registry.host);
    let listed = skopeo(here, &["list-tags", "--tls-verify=false", &repository]);
    let tags = listed["Tags"].as_array().unwrap().iter();
    tags.map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

fn sent(registry: &Registry) -> usize {
    registry
        .asked()
        .iter()
        .filter(|request| request.starts_with("PUT ") && request.contains("/blobs/"))
        .count()
}

/// A host where nobody listens.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn two_registries_are_two_regions() {
    let (eu, us) = (Registry::start(), Registry::start());
    let text = configuration([&eu.host, &us.host], "");
    let folder = folder_with("oci", &text);
    let here = &folder.path;
    let layers: Vec<Vec<u8>> = (1_u8..4).map(|byte| vec![byte; 100_000]).collect();
    let first = write_layout(&here.join("image"), &layers);

    let plan = lifeboat(here, &["plan", "--detailed-exitcode"]).exits(2);
    assert!(plan.out.contains("4 to add, 0 to change, 0 to destroy."), "{}", plan.all());
    assert!(plan.out.contains("5 blobs, 300.7 kB to move"), "{}", plan.out);
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    for registry in [&eu, &us] {
        assert_eq!(inspected(here, registry, &first), first.to_string());
        // Three layers and the configuration.
        assert_eq!(sent(registry), 4);
    }
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);

    // One layer is another: it and the manifest move, and the earlier image stays.
    let second = write_layout(&here.join("image"), &[vec![1; 100_000], vec![9; 100_000]]);
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    for registry in [&eu, &us] {
        assert_eq!(inspected(here, registry, &second), second.to_string());
        assert_eq!(inspected(here, registry, &first), first.to_string());
        assert_eq!(sent(registry), 1, "the new layer");
    }
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);

    lifeboat(here, &["destroy", "--auto-approve"]).exits(0);
    for registry in [&eu, &us] {
        assert_eq!(tags(here, registry), [""; 0]);
    }
    let gone = lifeboat(here, &["plan", "--detailed-exitcode"]).exits(2);
    assert!(gone.out.contains("4 to add, 0 to change, 0 to destroy."), "{}", gone.all());
}

#[test]
fn a_region_whose_registry_is_gone_leaves_the_plan_incomplete() {
    let eu = Registry::start();
    let folder = folder_with("oci-gone", &configuration([&eu.host, NOBODY], ""));
    let here = &folder.path;
    let digest = write_layout(&here.join("image"), &[vec![1; 1000]]);
    let plan = lifeboat(here, &["plan"]);
    assert!(plan.all().contains(NOBODY) && plan.all().contains("us"), "{}", plan.all());
    plan.keeps_its_head();
    lifeboat(here, &["apply", "--auto-approve", "--lost-region", "us"]).exits(0);
    assert_eq!(inspected(here, &eu, &digest), digest.to_string());
}

#[test]
fn what_the_registry_cannot_do_is_found_by_the_plan() {
    let keep = "\n  keep {\n    last = 3\n  }\n";
    let folder = folder_with("oci-keep", &configuration([NOBODY, NOBODY], keep));
    write_layout(&folder.path.join("image"), &[vec![1; 1000]]);
    let said = "Provider `oci` keeps every image until somebody deletes it";
    lifeboat(&folder.path, &["validate"]).refuses(said);
    let text = configuration([NOBODY, ""], "");
    std::fs::write(folder.path.join("main.hcl"), text).unwrap();
    lifeboat(&folder.path, &["plan"]).refuses("registry host");
}

#[test]
fn a_login_opens_the_registry_and_is_kept_nowhere() {
    let (eu, us) = (Registry::start_protected(), Registry::start());
    let folder = folder_with("oci-login", &configuration([&eu.host, &us.host], ""));
    let here = &folder.path;
    write_layout(&here.join("image"), &[vec![1; 1000]]);
    let denied = lifeboat(here, &["plan"]).exits(1);
    assert!(denied.all().contains("there is no login for it"), "{}", denied.all());

    // `user:secret` in Base64.
    let login = "dXNlcjpzZWNyZXQ=";
    let logins = format!(r#"{{ "auths": {{ "{}": {{ "auth": "{login}" }} }} }}"#, eu.host);
    let elsewhere = TempFolder::new("oci-logins");
    let file = elsewhere.path.join("logins.json");
    std::fs::write(&file, logins).unwrap();
    let environment = [("REGISTRY_AUTH_FILE", file.to_str().unwrap())];
    let planned = lifeboat_with(here, &environment, &["plan", "--out", "plan.json"]).exits(0);
    let applied = lifeboat_with(here, &environment, &["apply", "plan.json"]).exits(0);
    let files = tree(here).into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    for text in files.chain([planned.all(), applied.all()]) {
        assert!(!text.contains("secret") && !text.contains(login), "{text}");
    }
    lifeboat_with(here, &environment, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_repository_to_which_others_push_is_adopted_and_let_go_of() {
    let (eu, us) = (Registry::start(), Registry::start());
    let folder = folder_with("oci-adopt", &configuration([&eu.host, &us.host], ""));
    let here = &folder.path;
    write_layout(&here.join("theirs"), &[vec![7; 1000]]);
    let ours = write_layout(&here.join("image"), &[vec![1; 1000]]);
    let to = format!("docker://{}/shop/web:latest", eu.host);
    outside(here, "skopeo", &["copy", "--dest-tls-verify=false", "oci:theirs:v1", &to]);

    lifeboat(here, &["plan"]).refuses("E0601");
    let it = "image.web.repository[\"eu\"]";
    lifeboat(here, &["adopt", it, "--auto-approve"]).exits(0);
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(inspected(here, &eu, &ours), ours.to_string());
    // What others have there is not deleted with it.
    lifeboat(here, &["destroy", "--auto-approve"]).refuses("E0604");
    lifeboat(here, &["release", it, "--auto-approve"]).exits(0);
    lifeboat(here, &["plan"]).refuses("E0601");
    assert!(tags(here, &eu).contains(&"latest".to_owned()));
}
