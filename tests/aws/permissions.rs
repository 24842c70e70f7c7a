//! What `lifeboat permissions` prints is what Lifeboat does: nothing more, and nothing less.

use std::collections::BTreeSet;

use lifeboat_aws_fake::Call;
use serde_json::Value;

use crate::drive::Site;
use crate::life::is_empty;
use crate::site::{change, nothing_but_regions, whole, write_image};
use crate::stand::Stand;

/// Allowed without any policy.
const FREE: &str = "sts:GetCallerIdentity";

/// Needed by what does not happen to this stack.
const SPECIAL: [(&str, &str); 4] = [
    ("route53:GetHostedZoneLimit", "a zone near 10,000 record sets"),
    ("route53:GetAccountLimit", "an account near 200 health checks"),
    ("ecr:GetDownloadUrlForLayer", "a layer that is read from a repository to be copied"),
    ("ecr:UploadLayerPart", "AWS asks it of every push; the stand-in only of layers in parts"),
];

/// The actions that a policy of this configuration allows.
fn allowed(site: &Site, purpose: &str) -> BTreeSet<String> {
    let printed = site.lifeboat(&["permissions", purpose]).exits(0).out;
    let document: Value = serde_json::from_str(&printed).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|one| one["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The permissions that a run took.
fn used(stand: &Stand, site: &Site, words: &[&str]) -> BTreeSet<String> {
    stand.fake.forget_calls();
    site.lifeboat(words).exits(0);
    let mut used: BTreeSet<String> = stand.fake.calls().iter().map(Call::permission).collect();
    used.remove(FREE);
    used
}

fn missing(used: &BTreeSet<String>, allowed: &BTreeSet<String>) -> Vec<String> {
    used.difference(allowed).cloned().collect()
}

#[test]
fn policies_allow_what_is_done_and_nothing_else() {
    let stand = Stand::new();
    let site = whole(&stand.url);
    let (to_plan, to_apply) = (allowed(&site, "plan"), allowed(&site, "apply"));
    let mut planning = used(&stand, &site, &["plan"]);
    let mut applying = used(&stand, &site, &["apply", "--auto-approve"]);
    planning.extend(used(&stand, &site, &["plan"]));
    // The only image of a repository leaves it in two ways: by another's coming, and for good.
    write_image(&site, "two");
    site.lifeboat(&["lock"]).exits(0);
    change(&site);
    planning.extend(used(&stand, &site, &["plan", "--allow-mass-change"]));
    applying.extend(used(&stand, &site, &["apply", "--auto-approve", "--allow-mass-change"]));
    planning.extend(used(&stand, &site, &["plan", "--destroy"]));
    applying.extend(used(&stand, &site, &["destroy", "--auto-approve"]));
    assert_eq!(missing(&planning, &to_plan), [""; 0], "planning takes more than its policy");
    assert_eq!(missing(&applying, &to_apply), [""; 0], "applying takes more than its policy");

    let special: BTreeSet<String> = SPECIAL.map(|(action, _)| action.to_owned()).into();
    let idle = |allowed: &BTreeSet<String>, used: &BTreeSet<String>| -> Vec<String> {
        allowed.difference(used).filter(|action| !special.contains(*action)).cloned().collect()
    };
    assert_eq!(idle(&to_plan, &planning), [""; 0], "nobody needs this to plan");
    assert_eq!(idle(&to_apply, &applying), [""; 0], "nobody needs this to apply");
    let told = special.difference(&to_apply).count();
    assert_eq!(told, 0, "what is special is allowed, too");
    assert!(special.is_disjoint(&applying), "what is special happens after all");
}

#[test]
fn policies_allow_to_delete_what_is_declared_no_more() {
    let stand = Stand::new();
    let site = whole(&stand.url);
    site.lifeboat(&["apply", "--auto-approve"]).exits(0);
    nothing_but_regions(&site);
    let (to_plan, to_apply) = (allowed(&site, "plan"), allowed(&site, "apply"));
    let planning = used(&stand, &site, &["plan", "--allow-mass-change"]);
    let applying = used(&stand, &site, &["apply", "--auto-approve", "--allow-mass-change"]);
    assert_eq!(missing(&planning, &to_plan), [""; 0], "planning takes more than its policy");
    assert_eq!(missing(&applying, &to_apply), [""; 0], "applying takes more than its policy");
    is_empty(&site);
}
