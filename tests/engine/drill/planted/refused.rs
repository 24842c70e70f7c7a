//! Faults that no plan is made of: the configuration itself is refused.

use super::{Edit, IMAGES, TRAFFIC, gate, plant, shop};

const COUNTED: &str = "all_of   = [health_check.front[each.key], health_check.api[each.key]]";

/// What is wrong, the edit, the code, and words of what to do.
const REFUSED: &[(&str, Edit, &str, &str)] = &[
    (
        "an objective that nobody can meet",
        (TRAFFIC, "survive  = 1", "survive  = 2"),
        "E1001",
        "give it a target in another region, or lower `survive`",
    ),
    (
        "all targets in one region, and an objective that it is lost",
        (
            TRAFFIC,
            "region.ireland\n    values       = local.front",
            "region.virginia\n    values       = local.front",
        ),
        "E1001",
        "give it a target in another region",
    ),
    (
        "a count that is never met",
        (
            TRAFFIC,
            COUNTED,
            "any_of   = [health_check.front[each.key], health_check.api[each.key]]\n  at_least = 3",
        ),
        "E0107",
        "ask for 2 at most, or count more checks",
    ),
    (
        "a count that is always met",
        (
            TRAFFIC,
            COUNTED,
            "any_of   = [health_check.front[each.key], health_check.api[each.key]]\n  at_least = 0",
        ),
        "E0107",
        "takes a whole number from 1",
    ),
    (
        "an inverted check",
        (TRAFFIC, "contains = \"\\\"ok\\\":true\"", "inverted = true"),
        "E0107",
        "leave it out",
    ),
    (
        "a standby in a region that never gets the image",
        (
            IMAGES,
            "source     = \"oci:images/front:1.0\"\n",
            "source     = \"oci:images/front:1.0\"\n  regions    = [region.virginia]\n",
        ),
        "E0406",
        "add `region.ireland` to `image.front.regions`",
    ),
];

#[test]
fn what_cannot_be_meant_is_refused() {
    let mut slips = Vec::new();
    for (what, edit, code, help) in REFUSED {
        let folder = shop();
        plant(&folder.path, &[*edit]);
        let (ran, found) = gate(&folder.path, &["--offline"]);
        let all = ran.all();
        let told = all.contains(&format!("error[{code}]")) && all.contains(help);
        if found.is_some() || ran.code != Some(1) || !told {
            slips.push(format!("{what}: {all}"));
        }
    }
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}
