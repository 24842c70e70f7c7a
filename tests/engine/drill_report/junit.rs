//! JUnit XML: every objective and every loss is a case, and a failure says why.

use super::*;

#[test]
fn every_objective_and_every_loss_is_a_case() {
    for (name, drill) in all() {
        let text = drill::junit(&drill);
        let document = Document::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let root = document.root_element();
        let count = |tag: &str| root.descendants().filter(|node| node.has_tag_name(tag)).count();
        let said = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!(count("testcase"), said("tests"), "{name}");
        assert_eq!(
            (count("failure"), count("error")),
            (said("failures"), said("errors")),
            "{name}"
        );
        let errors = drill.lints.iter().filter(|one| one.severity == LintSeverity::Error).count();
        let wanted = drill.objectives.len() + drill.losses.len() + errors;
        assert_eq!(said("tests"), wanted, "{name}");
        let violated = drill.objectives.iter().map(|one| one.verdict);
        let violated = violated.chain(drill.losses.iter().map(|one| one.verdict));
        let violated = violated.filter(|verdict| *verdict == Verdict::Violated).count();
        assert_eq!(said("failures"), violated + errors, "{name}");
        let reasons = root.descendants().filter(|node| node.attribute("type").is_some());
        assert!(reasons.clone().all(|node| !node.attribute("message").unwrap().is_empty()));
    }
}

#[test]
fn a_failure_says_what_is_the_matter() {
    let text = drill::junit(&samples::violated());
    let document = Document::parse(&text).unwrap();
    let cases: Vec<_> =
        document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let names: BTreeSet<_> =
        cases.iter().map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
    assert_eq!(names.len(), cases.len(), "names tell cases apart");
    let messages = document.descendants().filter_map(|node| node.attribute("message"));
    expect![[r"
        virginia lost: 95% of clients of api.shop.example.com are never served again: the standby has no image to run
        no check says when virginia is lost
        virginia lost: 99% of clients of www.shop.example.com are served again after 5m19s, not within 3m00s
        95% of clients of api.shop.example.com are never served again (0% of all in the end): ireland answers, and runs nothing
        this cannot be told: no check, so nobody knows
        99% of clients of www.shop.example.com are served again after 5m19s, not within 3m00s: ireland answers
        ireland lacks sha256:b101f5764c61 of shop/api"]].assert_eq(&messages.collect::<Vec<_>>().join("\n"));
}
