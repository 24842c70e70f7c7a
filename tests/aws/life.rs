//! The whole life of a stack on the stand-in, over a socket: made, changed, gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_contract::Digest;
use serde_json::Value;

use crate::drive::Site;
use crate::site::{LOCATIONS, change, whole, write_image};
use crate::stand::Stand;

#[test]
fn a_stack_is_made_changed_and_gone() {
    let stand = Stand::new();
    let site = whole(&stand.url);
    site.lifeboat(&["validate"]).exits(0);
    site.lifeboat(&["plan", "--detailed-exitcode"]).exits(2).says(&["Plan: 20 to add"]);
    assert_eq!(site.aws(&["route53", "list-hosted-zones"])["HostedZones"], Value::Array(vec![]));
    site.lifeboat(&["apply", "--auto-approve"]).exits(0).says(&["Resources: 20 added, 0 changed"]);
    site.is_as_declared();
    is_held(&site, &stand.url, &write_image(&site, "one"));

    change(&site);
    let second = write_image(&site, "two");
    site.lifeboat(&["lock"]).exits(0);
    site.lifeboat(&["apply", "--auto-approve"]).exits(3).says(&["E0701", "5 of the 11"]);
    site.lifeboat(&["apply", "--auto-approve", "--allow-mass-change"]).exits(0);
    site.is_as_declared();
    is_held(&site, &stand.url, &second);

    site.lifeboat(&["destroy", "--auto-approve"]).exits(0);
    is_empty(&site);
    site.lifeboat(&["plan", "--detailed-exitcode"]).exits(2).says(&["Plan: 20 to add"]);
    site.lifeboat(&["destroy", "--auto-approve"]).exits(0);
}

/// Another reader of registries finds the image in every region, byte by byte.
pub(crate) fn is_held(site: &Site, url: &str, digest: &str) {
    let host = url.trim_start_matches("http://");
    for location in LOCATIONS {
        let answer = site.aws(&["ecr", "get-authorization-token", "--region", location]);
        let token = answer["authorizationData"][0]["authorizationToken"].as_str().unwrap();
        let login = String::from_utf8(STANDARD.decode(token).unwrap()).unwrap();
        let image = format!("docker://{host}/life/web@{digest}");
        let inspect = ["inspect", "--creds", &login, "--tls-verify=false"];
        let raw = site.run("skopeo", &[&inspect[..], &["--raw", &image]].concat()).exits(0).out;
        assert_eq!(Digest::of(raw.as_bytes()).to_string(), digest, "{raw}");
        let told = site.run("skopeo", &[&inspect[..], &[&image]].concat()).exits(0).out;
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["Layers"].as_array().unwrap().len(), 2, "{told}");
        // The layers are there, too.
        let folder = format!("oci:copy-{location}");
        let copy =
            ["copy", "--all", "--src-creds", &login, "--src-tls-verify=false", &image, &folder];
        site.run("skopeo", &[&["--insecure-policy"], &copy[..]].concat()).exits(0);
    }
}

/// Nothing of the stack is left, and nothing else was made.
pub(crate) fn is_empty(site: &Site) {
    let none = Value::Array(Vec::new());
    assert_eq!(site.aws(&["route53", "list-hosted-zones"])["HostedZones"], none);
    assert_eq!(site.aws(&["route53", "list-health-checks"])["HealthChecks"], none);
    for location in LOCATIONS {
        let all = site.aws(&["ecr", "describe-repositories", "--region", location]);
        assert_eq!(all["repositories"], none);
    }
}
