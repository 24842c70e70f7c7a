//! Every code is shown by a story, so that its message has been read by a person.

use std::collections::BTreeSet;
use std::path::Path;

use lifeboat::diagnostic;

#[test]
fn every_code_appears_in_a_story() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let stories: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let shown = |id: &str| stories.contains(&format!("[{id}]: "));
    let missing: Vec<&str> =
        diagnostic::ALL.iter().map(|code| code.id).filter(|id| !shown(id)).collect();
    assert!(missing.is_empty(), "no story in tests/scenarios shows {}", missing.join(", "));
}

#[test]
fn codes_and_their_summaries_are_unique() {
    let ids: BTreeSet<&str> = diagnostic::ALL.iter().map(|code| code.id).collect();
    let numbers: BTreeSet<&str> = ids.iter().map(|id| &id[1..]).collect();
    let summaries: BTreeSet<&str> = diagnostic::ALL.iter().map(|code| code.summary).collect();
    let count = diagnostic::ALL.len();
    assert_eq!((ids.len(), numbers.len(), summaries.len()), (count, count, count));
}

#[test]
fn no_story_shows_a_code_that_is_not_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let story = std::fs::read_to_string(&path).unwrap();
        let marked = story.lines().filter_map(|line| {
            let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
            Some(rest.split_once("]: ")?.0)
        });
        for id in marked {
            assert!(diagnostic::find(id).is_some(), "{id} in {}", path.display());
        }
    }
}
