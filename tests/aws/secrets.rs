//! Keys that are not good enough are told clearly, and no secret is seen anywhere.

use crate::drive::{KEY, Ran, SECRET, Site};
use crate::site::whole;
use crate::stand::Stand;

const SESSION: &str = "NeverToBeSeenAnywhereSessionToken0000000";

/// A site that has a session, too.
fn with_session(stand: &Stand) -> Site {
    let mut site = whole(&stand.url);
    site.set("AWS_SESSION_TOKEN", SESSION);
    site
}

/// Nothing secret was said, or written into any file: plans, journals, locks.
#[track_caller]
fn keeps_secrets(site: &Site, ran: &Ran) {
    // Registry logins of the stand-in begin with their region, in Base64.
    let logins = ["QVdTO", "dXMtZWFzdC0x", "ZXUtd2VzdC0x"];
    for secret in [SECRET, SESSION].iter().chain(&logins) {
        assert!(!ran.all().contains(secret), "`{secret}` in {}", ran.all());
        for (path, text) in site.files() {
            assert!(!text.contains(secret), "`{secret}` in {}", path.display());
        }
    }
}

#[test]
fn a_trace_shows_every_call_and_no_secret() {
    let stand = Stand::new();
    let site = with_session(&stand);
    let ran = site.lifeboat(&["plan", "--trace", "--out", "plan.json"]).exits(0);
    keeps_secrets(&site, &ran);
    stand.fake.forget_calls();
    let ran = site.lifeboat(&["apply", "--trace", "plan.json"]).exits(0);
    keeps_secrets(&site, &ran);
    let traced: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("trace: ")).collect();
    let calls = stand.fake.calls();
    let calls = calls.iter().filter(|call| call.service != "registry");
    let mut count = 0;
    for call in calls {
        let (permission, region) = (call.permission(), &call.region);
        let fits = |line: &str| {
            let global = ["route53", "sts"].contains(&call.service.as_str());
            line.contains(&format!("{permission} ")) && (global || line.contains(region.as_str()))
        };
        assert!(traced.iter().copied().any(fits), "{call:?} is not in {traced:#?}");
        count += 1;
    }
    assert_eq!(traced.len(), count, "{traced:#?}");
    for line in traced {
        assert!(line.contains(" ms, request "), "{line}");
    }
}

#[test]
fn a_key_that_is_unknown_or_expired_is_told() {
    for expired in [false, true] {
        let stand = Stand::new();
        let site = with_session(&stand);
        stand.fake.settings(|settings| {
            let keys =
                if expired { &mut settings.expired_keys } else { &mut settings.unknown_keys };
            keys.insert(KEY.to_owned());
        });
        for words in [&["plan", "--trace"][..], &["apply", "--auto-approve", "--trace"]] {
            let ran = site.lifeboat(words).exits(1);
            keeps_secrets(&site, &ran);
            let why = if expired { "ExpiredToken" } else { "InvalidClientTokenId" };
            let ran = ran.says(&["E0608", "AWS credentials", why, "sts:GetCallerIdentity"]);
            assert!(!ran.all().contains(KEY) || ran.all().contains("allowed_account"));
        }
        // Without the question who asks, the first service says it.
        site.edit("  allowed_account = \"123456789012\"\n", "");
        let ran = site.lifeboat(&["plan"]).exits(1).says(&["E0608", "AWS credentials"]);
        keeps_secrets(&site, &ran);
    }
}

#[test]
fn nobody_logged_in_is_told() {
    let stand = Stand::new();
    let mut site = whole(&stand.url);
    site.set("AWS_ACCESS_KEY_ID", "");
    site.set("AWS_SECRET_ACCESS_KEY", "");
    site.lifeboat(&["plan"]).exits(1).says(&["E0608", "no AWS credentials were found"]);
}

#[test]
fn what_is_not_allowed_is_told_with_action_and_resource() {
    for (action, resource) in [
        ("route53:ListHostedZones", "*"),
        ("route53:ListHealthChecks", "*"),
        ("ecr:DescribeRepositories", "*"),
        ("tag:GetResources", "*"),
        ("sts:GetCallerIdentity", "*"),
    ] {
        let stand = Stand::new();
        let site = with_session(&stand);
        stand.fake.settings(|settings| settings.denied = [action.to_owned()].into());
        let ran = site.lifeboat(&["plan", "--trace"]).exits(1);
        keeps_secrets(&site, &ran);
        ran.says(&["E0608", &format!("{action} on {resource}"), "is not allowed"]);
    }
}

#[test]
fn a_step_that_is_not_allowed_is_told_with_action_and_resource() {
    let zone = "arn:aws:route53:::hostedzone/Z";
    let repository = "arn:aws:ecr:eu-west-1:*:repository/life/web";
    for (action, resource) in [
        ("route53:CreateHostedZone", "*"),
        ("route53:ChangeResourceRecordSets", zone),
        ("route53:CreateHealthCheck", "*"),
        ("ecr:CreateRepository", repository),
        ("ecr:PutLifecyclePolicy", repository),
        ("ecr:InitiateLayerUpload", "life/web"),
        ("ecr:PutImage", "life/web"),
    ] {
        let stand = Stand::new();
        let site = with_session(&stand);
        stand.fake.settings(|settings| settings.denied = [action.to_owned()].into());
        let ran = site.lifeboat(&["apply", "--auto-approve", "--trace"]);
        assert!(matches!(ran.code, Some(1 | 4)), "{action}: {}", ran.all());
        keeps_secrets(&site, &ran);
        ran.says(&["E0803", action, resource]);
    }
}

#[test]
fn another_account_than_the_allowed_one_is_refused() {
    let stand = Stand::new();
    let site = with_session(&stand);
    site.edit("\"123456789012\"", "\"210987654321\"");
    for words in [&["plan"][..], &["apply", "--auto-approve"]] {
        let ran = site.lifeboat(words).exits(1);
        keeps_secrets(&site, &ran);
        ran.says(&[
            "E0608",
            "account 123456789012",
            "only account 210987654321",
            "allowed_account",
        ]);
    }
    let asked: Vec<String> =
        stand.fake.calls().iter().map(lifeboat_aws_fake::Call::permission).collect();
    assert_eq!(asked, ["sts:GetCallerIdentity"; 2]);
}
