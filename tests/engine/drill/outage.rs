//! What a drill is asked to lose.

use std::collections::BTreeSet;

use expect_test::expect;
use lifeboat::diagnostic::{self, Sources};
use lifeboat::drill::{self, Ask, Together};

use super::{HEAD, PRIMARY, STANDBY, drilled, read, told, www};

#[test]
fn what_is_lost_may_be_named() {
    let text = format!("{HEAD}{}", www(&format!("{PRIMARY}{STANDBY}")));
    let outage = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let outages = vec![
        outage(&["virginia", "ireland"]),
        outage(&["tokyo"]),
        outage(&["checkers:sa-east-1", "virginia"]),
        outage(&["control:route53"]),
    ];
    let ask = Ask { outages, ..Ask::default() };
    expect![[r"
        VIOLATED ireland + virginia: never
          ireland + virginia: nothing is left to answer
        ireland + virginia: nothing is left to answer
        tokyo: virginia stays
        virginia + checkers:sa-east-1: ireland answers
        control:route53: virginia stays
    "]]
    .assert_eq(&told(&drilled(&text, &ask)));
}

#[test]
fn what_cannot_be_lost_is_said() {
    let text = format!("{HEAD}{}", www(&format!("{PRIMARY}{STANDBY}")));
    let (intents, desired) = read(&text);
    let mut out = String::new();
    for ask in [
        Ask { outages: vec![vec!["virgina".to_owned()]], ..Ask::default() },
        Ask { outages: vec![vec!["mars".to_owned()]], ..Ask::default() },
        Ask { outages: vec![Vec::new()], ..Ask::default() },
        Ask { together: Together::UpTo(99), ..Ask::default() },
    ] {
        let (drill, found) = drill::drill(&intents, &desired, Err(String::new()), &ask);
        assert!(drill.is_none());
        out += &diagnostic::text(&found, &Sources::default(), false);
    }
    expect![[r"
        error[E1002]: These losses cannot be drilled
         |
         = There is no `virgina` to lose.
         = help: did you mean `virginia`?

        error[E1002]: These losses cannot be drilled
         |
         = There is no `mars` to lose.
         = help: there is `ireland`, `tokyo`, `virginia`, `checkers:ap-northeast-1`, `checkers:ap-southeast-1`, `checkers:ap-southeast-2`, `checkers:eu-west-1`, `checkers:sa-east-1`, `checkers:us-east-1`, `checkers:us-west-1`, `checkers:us-west-2`, `control:route53`

        error[E1002]: These losses cannot be drilled
         |
         = An outage loses nothing.
         = help: name what is lost

        error[E1002]: These losses cannot be drilled
         |
         = 99 components cannot be lost: there are 13.

    "]].assert_eq(&out);
}

#[test]
fn every_name_that_a_drill_uses_is_a_component() {
    let drill = drilled(&format!("{HEAD}{}", www(&format!("{PRIMARY}{STANDBY}"))), &Ask::default());
    let known: BTreeSet<&str> = drill.components.iter().map(|c| c.name.as_str()).collect();
    let sets = drill.objectives.iter().flat_map(|objective| &objective.breaking);
    let named = sets.flat_map(|set| &set.lost).chain(drill.losses.iter().flat_map(|l| &l.lost));
    for name in named {
        assert!(known.contains(name.as_str()), "{name}");
    }
}
