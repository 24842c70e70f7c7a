//! The page and the drawings in a real browser: they fit, nothing meets what it should not, and
//! losses can be chosen by link and by key, with and without scripts.

use std::fs;

use lifeboat::drill::Drill;
use lifeboat::report::drill;
use serde_json::{Value, json};

use super::samples;
use crate::drive::outside;
use crate::transcript::TempFolder;

const HARNESS: &str = include_str!("harness.html");

/// What the browser finds in each case, in the same order.
fn looked_at(cases: &Value, files: &[(String, String)]) -> Vec<Value> {
    let folder = TempFolder::new("browser");
    let here = &folder.path;
    for (name, text) in files {
        fs::write(here.join(name), text).unwrap();
    }
    let harness = HARNESS.replace("const CASES = [];", &format!("const CASES = {cases};"));
    fs::write(here.join("harness.html"), harness).unwrap();
    let address = format!("file://{}", here.join("harness.html").display());
    let words = [
        "--headless",
        // Tests run as root in containers, where its sandbox cannot be set up.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--hide-scrollbars",
        "--allow-file-access-from-files",
        "--virtual-time-budget=60000",
        "--dump-dom",
        &address,
    ];
    let page = outside(here, "chromium", &words);
    let result =
        page.split("<pre id=\"result\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let result = result.unwrap_or_else(|| panic!("the harness came to no end: {page}"));
    let found: Vec<Value> = serde_json::from_str(result).unwrap();
    assert_eq!(found.len(), cases.as_array().unwrap().len());
    found
}

fn pages() -> Vec<(String, Drill)> {
    let all = [
        ("survived", samples::survived()),
        ("violated", samples::violated()),
        ("spread", samples::spread()),
        ("large", samples::large()),
        ("hostile", samples::hostile()),
    ];
    all.map(|(name, drill)| (name.to_owned(), drill)).into()
}

#[track_caller]
fn is_well(found: &Value) {
    let name = &found["name"];
    assert!(found["too_wide"].as_f64().unwrap() <= 0.0, "{name} is too wide: {found:#}");
    assert_eq!(found["broken"], json!(false), "{name} ran what it should not: {found:#}");
    assert_eq!((&found["fetched"], &found["foreign"]), (&json!(0), &json!(0)), "{name}: {found:#}");
    assert_eq!(found["unnamed"], json!(0), "{name} has drawings without a name");
    assert_eq!(found["outside"], json!([]), "{name}: texts that run out of their drawing");
    assert_eq!(found["overlapping"], json!([]), "{name}: texts that meet");
    assert!(found["drawings"].as_u64().unwrap() >= 1, "{name}: {found:#}");
    assert!(found["smallest"].as_f64().unwrap() >= 9.0, "{name} is hard to read: {found:#}");
}

#[test]
fn pages_fit_every_screen_and_losses_are_chosen_by_link_and_by_key() {
    for (page, one) in pages() {
        let file = format!("{page}.html");
        let steps = json!([
            { "click": 2 }, { "key": "ArrowLeft" }, { "key": "ArrowLeft" }, { "key": "ArrowRight" }
        ]);
        let case = |width: u32| {
            let name = format!("{page} at {width}");
            json!({ "name": name, "file": file, "width": width, "steps": steps })
        };
        let cases = json!([case(1280), case(768), case(360)]);
        for found in looked_at(&cases, &[(file.clone(), drill::html(&one))]) {
            can_be_used(&found);
        }
    }
}

#[track_caller]
fn can_be_used(found: &Value) {
    is_well(found);
    let name = &found["name"];
    assert_eq!(found["drawings"], json!(3), "{name}");
    assert_eq!(found["shown"], json!(["loss-1"]), "{name}");
    assert_eq!(found["current"], json!(["#loss-1"]), "{name}");
    assert_eq!(found["unreachable"], json!(0), "{name}: links without a name or a key");
    let lowest = found["lowest_link"].as_f64().unwrap();
    assert!(lowest >= 40.0, "{name}: links of {lowest} pixels are too low for a finger");
    let steps = found["steps"].as_array().unwrap();
    let shown: Vec<&Value> = steps.iter().map(|step| &step["shown"][0]).collect();
    assert_eq!(shown, ["loss-2", "loss-1", "loss-1", "loss-2"], "{name}: {steps:#?}");
    assert!(steps.iter().all(|step| step["shown"].as_array().unwrap().len() == 1), "{name}");
    assert_eq!(steps[3]["current"], json!(["#loss-2"]), "{name}");
}

#[test]
fn a_link_into_the_page_shows_its_loss_and_many_can_be_filtered() {
    let cases = json!([
        { "name": "linked", "file": "violated.html", "width": 1280, "hash": "#loss-3" },
        { "name": "elsewhere", "file": "violated.html", "width": 1280, "hash": "#findings" },
        { "name": "large", "file": "large.html", "width": 360, "hash": "#loss-200",
          "steps": [{ "filter": "region-02 + region-05" }, { "filter": "nowhere" }] },
    ]);
    let files = [
        ("violated.html".to_owned(), drill::html(&samples::violated())),
        ("large.html".to_owned(), drill::html(&samples::large())),
    ];
    let found = looked_at(&cases, &files);
    found.iter().for_each(is_well);
    assert_eq!(found[0]["shown"], json!(["loss-3"]));
    assert_eq!(found[0]["current"], json!(["#loss-3"]));
    assert_eq!(found[0]["heading"].as_str().unwrap().split_whitespace().next(), Some("VIOLATED"));
    assert_eq!(found[1]["shown"], json!(["loss-1"]));
    assert_eq!((&found[2]["links"], &found[2]["inputs"]), (&json!(200), &json!(1)));
    assert_eq!(found[2]["shown"], json!(["loss-200"]));
    assert_eq!(found[2]["steps"][0]["listed"], json!(1));
    assert_eq!(found[2]["steps"][1]["listed"], json!(0));
}

#[test]
fn the_page_works_without_scripts() {
    let case = |name: &str, hash: &str| json!({ "name": name, "file": "violated.html", "width": 360, "hash": hash, "scripts": false });
    let files = [("violated.html".to_owned(), drill::html(&samples::violated()))];
    let found = looked_at(&json!([case("first", ""), case("linked", "#loss-2")]), &files);
    found.iter().for_each(is_well);
    assert_eq!(found[0]["shown"], json!(["loss-1"]));
    assert_eq!(found[1]["shown"], json!(["loss-2"]));
    // The script marks what is chosen, so this is how it shows that it did not run.
    assert_eq!(found[1]["current"], json!([]));
    assert_eq!(found[1]["links"], json!(5));
}

#[test]
fn drawings_by_themselves_are_readable() {
    let (mut files, mut cases) = (Vec::new(), Vec::new());
    for (name, drill) in pages() {
        for (number, loss) in drill.losses.iter().take(5).enumerate() {
            let drawings = [
                ("timeline", drill::timeline_svg(&drill, loss)),
                ("distribution", drill::distribution_svg(&drill, loss)),
                ("traffic", drill::traffic_svg(&drill, loss)),
            ];
            for (kind, text) in drawings {
                let file = format!("{name}-{number}-{kind}.svg");
                cases.push(json!({ "name": file, "file": file, "width": 720 }));
                files.push((file, text));
            }
        }
    }
    looked_at(&json!(cases), &files).iter().for_each(is_well);
}
