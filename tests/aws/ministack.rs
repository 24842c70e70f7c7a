//! The same life on `MiniStack`, which nobody here wrote; and its own idea of IAM.

use serde_json::Value;

use crate::drive::{SECRET, Site};
use crate::emulator::Emulator;
use crate::life::{is_empty, is_held};
use crate::site::{change, whole, write_image};

#[test]
fn a_stack_lives_on_ministack() {
    let cloud = Emulator::ministack(&[]);
    let site = whole(&cloud.url);
    site.lifeboat(&["plan", "--detailed-exitcode"]).exits(2).says(&["Plan: 20 to add"]);
    site.lifeboat(&["apply", "--auto-approve"]).exits(0).says(&["Resources: 20 added, 0 changed"]);
    site.is_as_declared();
    is_held(&site, &cloud.url, &write_image(&site, "one"));

    change(&site);
    let second = write_image(&site, "two");
    site.lifeboat(&["lock"]).exits(0);
    site.lifeboat(&["apply", "--auto-approve", "--allow-mass-change"]).exits(0);
    site.is_as_declared();
    is_held(&site, &cloud.url, &second);

    site.lifeboat(&["destroy", "--auto-approve"]).exits(0);
    is_empty(&site);
}

/// A user with nothing but a policy; from now on Lifeboat is that user.
fn become_user(site: &mut Site, name: &str, policy: &str) {
    site.aws(&["iam", "create-user", "--user-name", name]);
    let put = ["--user-name", name, "--policy-name", "lifeboat", "--policy-document", policy];
    site.aws(&[&["iam", "put-user-policy"], &put[..]].concat());
    let made: Value = site.aws(&["iam", "create-access-key", "--user-name", name]);
    let key = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
    site.set("AWS_ACCESS_KEY_ID", &key("AccessKeyId"));
    site.set("AWS_SECRET_ACCESS_KEY", &key("SecretAccessKey"));
}

#[test]
fn the_printed_policies_are_enough_and_no_more() {
    let cloud = Emulator::ministack(&[("AUTH", "true")]);
    let mut planner = whole(&cloud.url);
    let mut applier = whole(&cloud.url);
    let printed = |purpose: &str| applier.lifeboat(&["permissions", purpose]).exits(0).out;
    let (to_plan, to_apply) = (printed("plan"), printed("apply"));
    become_user(&mut planner, "planner", &to_plan);
    become_user(&mut applier, "applier", &to_apply);

    planner.lifeboat(&["plan"]).exits(0).says(&["Plan: 20 to add"]);
    let ran = planner.lifeboat(&["apply", "--auto-approve"]);
    assert!(matches!(ran.code, Some(1 | 4)), "{}", ran.all());
    let ran = ran.says(&["E0803", "is not allowed", "route53:CreateHostedZone on *"]);
    ran.says(&["ecr:CreateRepository on arn:aws:ecr:eu-west-1:*:repository/life/web"]);
    planner.lifeboat(&["plan"]).exits(0).says(&["Plan: 20 to add"]);

    applier.lifeboat(&["apply", "--auto-approve"]).exits(0);
    applier.is_as_declared();
    planner.is_as_declared();
    change(&applier);
    write_image(&applier, "two");
    applier.lifeboat(&["lock"]).exits(0);
    applier.lifeboat(&["apply", "--auto-approve", "--allow-mass-change"]).exits(0);
    applier.is_as_declared();
    applier.lifeboat(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn a_wrong_secret_is_told() {
    let cloud = Emulator::ministack(&[("AUTH", "true")]);
    let mut site = whole(&cloud.url);
    let policy = site.lifeboat(&["permissions", "plan"]).exits(0).out;
    become_user(&mut site, "planner", &policy.replace("DescribeRepositories", "Nothing"));
    let of_user = site.lifeboat(&["plan"]).exits(1).says(&["E0608", "is not allowed"]);
    let of_user = of_user.says(&["ecr:DescribeRepositories on *"]);
    assert!(!of_user.all().contains(SECRET));
    site.set("AWS_SECRET_ACCESS_KEY", SECRET);
    let ran = site.lifeboat(&["plan"]).exits(1).says(&["E0608", "SignatureDoesNotMatch"]);
    assert!(!ran.all().contains(SECRET));
    site.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    site.lifeboat(&["plan"]).exits(1).says(&["E0608", "InvalidClientTokenId"]);
}
