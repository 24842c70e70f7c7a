//! Remarks as code scanning reads them.

use std::collections::BTreeSet;
use std::fs;

use lifeboat::image;
use serde_json::{Value, json};

use super::{MAIN, linted};
use crate::drive::lifeboat;
use crate::transcript::TempFolder;

/// What code scanning needs of SARIF, as its documentation has it.
#[test]
fn code_scanning_reads_the_remarks() {
    let folder = TempFolder::new("sarif");
    let here = &folder.path;
    let main = MAIN.replace("\".\"", "\"our web\"");
    fs::write(here.join("main.hcl"), main).unwrap();
    fs::create_dir(here.join("our web")).unwrap();
    let text = "FROM a\nENV TOKEN=a\nRUN \\\n  apt-get update\nRUN apt-get update\n";
    fs::write(here.join("our web/Dockerfile"), text).unwrap();
    let ran = lifeboat(here, &["image", "lint", "--sarif"]).exits(3);
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let [run] = &log["runs"].as_array().unwrap()[..] else { panic!("one run: {log}") };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "Lifeboat");
    assert_eq!(driver["semanticVersion"], env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), image::rules().len());
    for rule in rules {
        for text in ["/shortDescription/text", "/fullDescription/text", "/help/text"] {
            assert!(rule.pointer(text).unwrap().as_str().unwrap().ends_with('.'), "{rule}");
        }
        let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
        assert!(["error", "warning", "note"].contains(&level), "{rule}");
    }
    let results = run["results"].as_array().unwrap();
    let lints: Value = linted(here);
    assert_eq!(results.len(), lints["remarks"].as_array().unwrap().len());
    let mut prints = BTreeSet::new();
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
        assert_eq!(rules[at]["defaultConfiguration"]["level"], result["level"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let [location] = &result["locations"].as_array().unwrap()[..] else { panic!("{result}") };
        let place = &location["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "our%20web/Dockerfile");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        let (start, end) = (
            (number("startLine"), number("startColumn")),
            (number("endLine"), number("endColumn")),
        );
        assert!((1, 1) <= start && start < end && end.0 <= 5, "{place}");
        prints.insert(result["partialFingerprints"].to_string());
    }
    assert_eq!(prints.len(), results.len(), "the same remark on two lines is two");
    let level = |rule: &str| results.iter().find(|r| r["ruleId"] == rule).unwrap()["level"].clone();
    assert_eq!(
        (level("LB301"), level("LB203"), level("LB101")),
        ("error".into(), "warning".into(), "note".into())
    );

    fs::write(here.join("our web/Dockerfile"), "FROM a:1\nUSER 1\nHEALTHCHECK CMD [\"a\"]\n")
        .unwrap();
    let quiet = lifeboat(here, &["image", "lint", "--sarif"]).exits(0);
    let log: Value = serde_json::from_str(&quiet.out).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
    lifeboat(here, &["image", "lint", "--sarif", "--json"]).exits(1);
}
