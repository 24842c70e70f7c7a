//! moto, which knows ECR's control plane: repositories and what they are like. It has no registry, so
//! nothing is copied, and its Route 53 is not to be trusted.

use serde_json::{Value, json};

use crate::drive::Site;
use crate::emulator::Emulator;
use crate::site::{LOCATIONS, write_image};

const CONFIGURATION: &str = r#"
lifeboat {
  stack = "moto"
}

region "virginia" {
  provider = "aws"
  location = "us-east-1"
}

region "ireland" {
  provider = "aws"
  location = "eu-west-1"
}

image "web" {
  repository   = "moto/web"
  source       = "oci:image"
  mutable_tags = ["latest"]
  scan         = true
  readers      = ["210987654321"]

  tags = {
    team = "boats"
    cost = "low"
  }

  keep {
    last = 5
  }
}
"#;

fn stack(url: &str) -> Site {
    let mut site = Site::new(url);
    // moto names AWS's own registries; nobody there shall be asked.
    site.set("HTTPS_PROXY", "http://127.0.0.1:1");
    site.write("main.hcl", CONFIGURATION);
    write_image(&site, "one");
    site.lifeboat(&["lock"]).exits(0);
    site
}

/// Applies, as far as it goes without registries; of repositories nothing is left to do.
fn apply(site: &Site) {
    site.lifeboat(&["apply", "--auto-approve"]).exits(4).says(&["image.web.copy", "Copy failed"]);
    let (_, plan) = site.plan(&[], 0);
    let changes = plan["resource_changes"].as_array().unwrap();
    for change in changes {
        let address = change["address"].as_str().unwrap();
        let wanted = if address.contains(".copy") { "create" } else { "no-op" };
        assert_eq!(change["change"]["actions"], json!([wanted]), "{address}");
    }
    assert_eq!(changes.len(), 4);
}

fn repository(site: &Site, location: &str) -> Value {
    let words = ["ecr", "describe-repositories", "--region", location];
    site.aws(&words)["repositories"].as_array().unwrap()[0].clone()
}

fn ask(site: &Site, location: &str, verb: &str) -> Value {
    let words = ["ecr", verb, "--region", location, "--repository-name", "moto/web"];
    site.aws(&words)
}

#[test]
fn repositories_are_what_is_declared_and_regions_stay_apart() {
    let cloud = Emulator::moto();
    let site = stack(&cloud.url);
    // The account's own replication, which is nobody else's business.
    let rules = json!({ "rules": [{
        "destinations": [{ "region": "eu-central-1", "registryId": "123456789012" }],
        "repositoryFilters": [{ "filter": "other/", "filterType": "PREFIX_MATCH" }],
    }] })
    .to_string();
    let words = ["ecr", "put-replication-configuration", "--replication-configuration", &rules];
    site.aws(&words);
    let replication =
        || site.aws(&["ecr", "describe-registry"])["replicationConfiguration"].clone();
    let before = replication();

    apply(&site);
    for location in LOCATIONS {
        let there = repository(&site, location);
        assert_eq!(there["repositoryName"], "moto/web");
        assert_eq!(there["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
        assert_eq!(there["imageScanningConfiguration"]["scanOnPush"], true);
        let policy = ask(&site, location, "get-repository-policy");
        assert!(policy["policyText"].as_str().unwrap().contains("210987654321"));
        let arn = there["repositoryArn"].as_str().unwrap();
        let words = ["ecr", "list-tags-for-resource", "--region", location, "--resource-arn", arn];
        let tags = site.aws(&words)["tags"].to_string();
        for tag in ["lifeboat:stack", "moto", "team", "boats"] {
            assert!(tags.contains(tag), "{tag}: {tags}");
        }
    }
    assert_eq!(replication(), before);

    site.edit("  mutable_tags = [\"latest\"]\n", "");
    site.edit("  readers      = [\"210987654321\"]\n", "");
    site.edit("    cost = \"low\"\n", "");
    site.edit("last = 5", "last = 7");
    apply(&site);
    for location in LOCATIONS {
        assert_eq!(repository(&site, location)["imageTagMutability"], "IMMUTABLE");
        let policy = ask(&site, location, "get-lifecycle-policy");
        assert!(policy["lifecyclePolicyText"].as_str().unwrap().contains("\"countNumber\":7"));
    }

    // Of one region only.
    let words = ["--region", "eu-west-1", "--repository-name", "moto/web"];
    let mutable = ["--image-tag-mutability", "MUTABLE"];
    site.aws(&[&["ecr", "put-image-tag-mutability"], &words[..], &mutable[..]].concat());
    let ran = site.lifeboat(&["plan"]).exits(0);
    ran.says(&["image.web.repository[\"ireland\"]", "changed outside", "2 to add, 1 to change"]);

    site.lifeboat(&["destroy", "--auto-approve"]).exits(0);
    for location in LOCATIONS {
        let all = site.aws(&["ecr", "describe-repositories", "--region", location]);
        assert_eq!(all["repositories"], json!([]));
    }
    assert_eq!(replication(), before);
}
