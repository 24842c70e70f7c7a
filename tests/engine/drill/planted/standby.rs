//! Faults of what stands behind: targets, images, and where they are.

use super::{BOTH, Fault, IMAGES, MAIN, OBJECTIVE, TRAFFIC, found, lint};

const PRIMARY: &str = "values       = local.front[\"virginia\"]\n";
const STANDBY: &str = "values       = local.front[\"ireland\"]\n";

/// The standby of `www`, with a `capacity` block.
macro_rules! capacity {
    ($text:literal) => {
        (
            TRAFFIC,
            STANDBY,
            concat!("values = local.front[\"ireland\"]\n    capacity {\n", $text, "    }\n"),
        )
    };
}

const CAPACITY: &[Fault] = &[
    lint(
        "a cold standby that waits for traffic",
        &[capacity!("grows = \"on_traffic\"\nready = \"30s\"\n")],
        &[("L24 error", "let it grow by the primary's health check")],
    )
    .violates(&["virginia"]),
    lint(
        "a standby for six tenths of the load",
        &[capacity!("share = 0.6\n")],
        &[("L46 error", "raise its `capacity`")],
    )
    .violates(&["virginia"]),
    lint(
        "a standby that pulls from the lost region",
        &[capacity!("grows = \"on_alarm\"\nready = \"20s\"\npulls_from = region.virginia\n")],
        &[("L41 error", "replicate the image to the target's own region")],
    )
    .violates(&["virginia"]),
    lint(
        "a standby that writes records while it grows",
        &[capacity!("grows = \"on_alarm\"\nready = \"20s\"\nneeds = [\"route53\"]\n")],
        &[("L01 error", "make beforehand what is made then")],
    )
    .violates(&["virginia"]),
    lint(
        "a standby that launches machines",
        &[capacity!("grows = \"on_alarm\"\nready = \"20s\"\nneeds = [\"ec2\"]\n")],
        &[("L02 warning", "keep running what it needs")],
    )
    .weakens(&[BOTH, "virginia + registry:ireland", "virginia + control:ec2:ireland"]),
];

const PLACES: &[Fault] = &[
    lint(
        "targets with one address",
        &[(
            MAIN,
            "ireland  = [\"198.51.100.10\", \"198.51.100.11\"]",
            "ireland  = [\"192.0.2.10\", \"198.51.100.11\"]",
        )],
        &[("L40 error", "answer each target with what is in its own region")],
    ),
    lint(
        "targets in one region",
        &[(
            TRAFFIC,
            "region.ireland\n    values       = local.api[\"ireland\"]\n    health_check = \
             health_check.region[\"ireland\"]",
            "region.virginia\n    values       = local.api[\"ireland\"]\n    health_check = \
             health_check.region[\"virginia\"]",
        )],
        &[("L40 error", "put a target into another region")],
    ),
    lint(
        "weights that are all 0",
        &[
            (TRAFFIC, PRIMARY, "values = local.front[\"virginia\"]\n    tier = 1\n    weight = 0\n"),
            (TRAFFIC, STANDBY, "values = local.front[\"ireland\"]\n    tier = 1\n    weight = 0\n"),
        ],
        &[("L31 error", "give what shall be answered a weight over 0")],
    ),
    lint(
        "IPv6 that stays",
        &[(
            TRAFFIC,
            "record \"apex\" {\n",
            "record \"six\" {\n  zone = zone.shop\n  name = \"www\"\n  type = \"AAAA\"\n  values = \
             [\"2001:db8::10\"]\n}\n\nrecord \"apex\" {\n",
        )],
        &[("L35 warning", "let a `failover` block serve that type, too")],
    ),
    lint(
        "a standby in a country that is not allowed",
        &[(
            TRAFFIC,
            OBJECTIVE,
            "policy {\n  countries = [\"US\"]\n}\n\nobjective \"www\" {\n",
        )],
        &[("L49 error", "use a region in an allowed country")],
    ),
    lint(
        "a primary in a country that is not allowed",
        &[(
            TRAFFIC,
            OBJECTIVE,
            "policy {\n  countries = [\"IE\"]\n}\n\nobjective \"www\" {\n",
        )],
        &[
            ("L32 warning", "let the first tier be in an allowed country"),
            ("L49 error", "use a region in an allowed country"),
        ],
    ),
    lint(
        "both regions on one grid",
        &[(
            TRAFFIC,
            OBJECTIVE,
            "dependency \"grid\" {\n  needed_by = [region.virginia, region.ireland]\n}\n\nobjective \
             \"www\" {\n",
        )],
        &[("L50 warning", "add a target in a region outside of the group")],
    )
    .weakens(&["dependency:grid", BOTH]),
];

const IMAGE: &[Fault] = &[lint(
    "a registry that keeps one image",
    &[(
        IMAGES,
        "source     = \"oci:images/front:1.0\"\n\n  keep {\n    last = 20",
        "source     = \"oci:images/front:1.0\"\n\n  keep {\n    last = 1",
    )],
    &[("L44 warning", "keep a number of images, 2 at least")],
)];

#[test]
fn faults_of_capacity_are_found() {
    found(CAPACITY);
}

#[test]
fn faults_of_places_are_found() {
    found(PLACES);
}

#[test]
fn faults_of_images_are_found() {
    found(IMAGE);
}
