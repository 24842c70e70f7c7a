//! Faults of what notices a loss, and of how fast.

use super::{BOTH, Fault, MAIN, OBJECTIVE, TRAFFIC, found, lint};

const FRONT_URL: &str = "https://front.${each.value.location}.${var.domain}/healthz\"\n";
const API_URL: &str = "https://api.${each.value.location}.${var.domain}/healthz\"\n";
const PRIMARY: &str = "values       = local.front[\"virginia\"]\n    health_check = health_check.region[\"virginia\"]\n";
const STANDBY: &str = "values       = local.front[\"ireland\"]\n    health_check = health_check.region[\"ireland\"]\n";
const COUNTED: &str = "all_of   = [health_check.front[each.key], health_check.api[each.key]]";

const CHECKS: &[Fault] = &[
    lint(
        "a primary without a check",
        &[(TRAFFIC, PRIMARY, "values       = local.front[\"virginia\"]\n")],
        &[("L10 error", "set `health_check`")],
    )
    .violates(&["virginia"]),
    lint(
        "a standby without a check",
        &[(TRAFFIC, STANDBY, "values       = local.front[\"ireland\"]\n")],
        &[("L12 warning", "set `health_check`")],
    ),
    lint(
        "one check for both targets",
        &[(
            TRAFFIC,
            STANDBY,
            "values       = local.front[\"ireland\"]\n    health_check = health_check.region[\"virginia\"]\n",
        )],
        &[
            ("L13 error", "let each check ask only for what is lost with its own region"),
            ("L14 error", "ask an endpoint in the target's own region"),
        ],
    )
    .violates(&["virginia"]),
    lint(
        "checks of two regions that ask one endpoint",
        &[(TRAFFIC, API_URL, "https://login.example.net/healthz\"\n")],
        &[("L13 error", "let each check ask only for what is lost with its own region")],
    ),
    lint(
        "checks of the name that moves",
        &[(TRAFFIC, API_URL, "https://api.${var.domain}/healthz\"\n")],
        &[
            ("L13 error", "let each check ask only for what is lost with its own region"),
            ("L15 error", "ask a name of the region's own"),
        ],
    )
    .violates(&["virginia"]),
    lint(
        "checks that are swapped",
        &[(
            TRAFFIC,
            COUNTED,
            "all_of = [health_check.front[each.key == \"ireland\" ? \"virginia\" : \"ireland\"]]",
        )],
        &[("L14 error", "ask an endpoint in the target's own region")],
    )
    .violates(&["virginia", "ireland"]),
    lint(
        "a check that asks in the region that it fails toward",
        &[(TRAFFIC, FRONT_URL, "https://front.${var.domain}/healthz\"\n  region = region.ireland\n")],
        &[
            ("L13 error", "let each check ask only for what is lost with its own region"),
            ("L14 error", "ask an endpoint in the target's own region"),
        ],
    ),
    lint(
        "a check that another region keeps healthy",
        &[(
            TRAFFIC,
            COUNTED,
            "any_of = [health_check.front[\"virginia\"], health_check.front[\"ireland\"]]",
        )],
        &[("L14 error", "ask an endpoint in the target's own region")],
    )
    .violates(&["virginia"]),
    lint(
        "a dependency of both checks",
        &[(
            TRAFFIC,
            OBJECTIVE,
            "dependency \"login\" {\n  needed_by = [health_check.api]\n}\n\nobjective \"www\" {\n",
        )],
        &[("L13 error", "let each check ask only for what is lost with its own region")],
    )
    .weakens(&[BOTH, "virginia + dependency:login"]),
    lint(
        "a dependency of both checks that is lost with the primary region",
        &[(
            TRAFFIC,
            OBJECTIVE,
            "dependency \"login\" {\n  region    = region.virginia\n  needed_by = \
             [health_check.api]\n}\n\nobjective \"www\" {\n",
        )],
        &[
            ("L03 warning", "have one in each region"),
            ("L13 error", "let each check ask only for what is lost with its own region"),
        ],
    )
    .violates(&["virginia"]),
    lint(
        "a check of the start page",
        &[(TRAFFIC, FRONT_URL, "https://front.${each.value.location}.${var.domain}/\"\n")],
        &[("L18 warning", "ask a path that tries what users need")],
    ),
    lint(
        "a branch whose health nobody looks at",
        &[
            (
                TRAFFIC,
                PRIMARY,
                "alias {\n      name = \"front-virginia\"\n      evaluate_target_health = false\n    }\n",
            ),
            (
                TRAFFIC,
                "record \"apex\" {\n",
                "record \"front_virginia\" {\n  zone = zone.shop\n  name = \"front-virginia\"\n  type = \
                 \"A\"\n  ttl = \"60s\"\n  values = local.front[\"virginia\"]\n  health_check = \
                 health_check.region[\"virginia\"]\n}\n\nrecord \"apex\" {\n",
            ),
        ],
        &[("L11 error", "set `evaluate_target_health = true`")],
    )
    .violates(&["virginia"]),
];

const PACE: &[Fault] = &[
    lint(
        "a TTL of ten minutes",
        &[(TRAFFIC, "name = \"www\"\n  ttl  = \"60s\"", "name = \"www\"\n  ttl  = \"10m\"")],
        &[("L23 warning", "set `ttl = \"60s\"`"), ("L33 warning", "set `ttl = \"60s\"`")],
    )
    .violates(&["virginia"]),
    lint(
        "checks that take minutes",
        &[
            (
                TRAFFIC,
                "front.${each.value.location}.${var.domain}/healthz\"\n  interval = \"10s\"\n  failures \
                 = 3",
                "front.${each.value.location}.${var.domain}/healthz\"\n  interval = \"30s\"\n  failures \
                 = 10",
            ),
            (
                TRAFFIC,
                "api.${each.value.location}.${var.domain}/healthz\"\n  interval = \"10s\"\n  failures \
                 = 3",
                "api.${each.value.location}.${var.domain}/healthz\"\n  interval = \"30s\"\n  failures \
                 = 10",
            ),
        ],
        &[("L23 warning", "set `failures = ")],
    )
    .violates(&["virginia"]),
    lint(
        "an objective of half a minute",
        &[(TRAFFIC, "rto      = \"3m\"", "rto      = \"30s\"")],
        &[("L23 warning", "set `failures = 1` and `ttl = \"5s\"`")],
    )
    .violates(&["virginia"]),
    lint(
        "a region that has to be enabled",
        &[(MAIN, "location = \"eu-west-1\"", "location = \"eu-south-1\"")],
        &[("L51 info", "enable the region in the account")],
    ),
];

#[test]
fn faults_of_checks_are_found() {
    found(CHECKS);
}

#[test]
fn faults_of_pace_are_found() {
    found(PACE);
}
