//! What a drill found, in every form: readable, bounded, and safe whatever a text holds.

mod browser;
mod samples;

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use lifeboat::drill::{Drill, LintSeverity, Verdict};
use lifeboat::report::{Detail, drill};
use roxmltree::Document;

/// Without colours, which is how a log shows it.
fn bare(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap();
        assert!(code.starts_with('[') && code[1..].chars().all(|c| c.is_ascii_digit()), "{code:?}");
        out.push_str(rest);
    }
    out
}

fn all() -> [(&'static str, Drill); 5] {
    [
        ("survived", samples::survived()),
        ("violated", samples::violated()),
        ("spread", samples::spread()),
        ("large", samples::large()),
        ("hostile", samples::hostile()),
    ]
}

#[track_caller]
fn check(drill: &Drill, expected: &Expect) {
    let text = bare(&drill::terminal(drill, Detail::Short));
    // The command keeps the margin from being taken for the indent of this file.
    expected.assert_eq(&format!("$ lifeboat drill\n{text}"));
}

mod terminal {
    use super::*;

    #[test]
    fn the_answer_comes_first_then_what_it_rests_on() {
        check(
            &samples::survived(),
            &expect![[r#"
                $ lifeboat drill
                  MET   any one region lost: 95% of clients of www.shop.example.com are served again within 3m00s

                  lose       detected   switched   p50     p95     p99
                  virginia   40s        45s        1m20s   1m48s   1m53s   ireland answers
                  ireland    40s        -          0s      0s      0s      virginia stays

                  virginia lost
                  0s                    40s        45s                              1m45s      1m48s
                  |---------------------|----------|================================|==========|
                  checks fail           health     DNS answers ireland              60s TTL    95% of clients
                                        flips                                       drains     served again

                  The smallest losses that break it
                    virginia + ireland              nothing is left to answer
                    virginia + checkers:eu-west-1   health never flips
                    virginia is in 2 of 2 of these sets

                  1 warning
                    warning L34   failover.www: traffic returns by itself once virginia is healthy again
                      fix   fence the data first, or write `failback = "manual"`

                  Looked at 21 sets of up to 2 of 6 components lost at once, not at more
                  Rests on 2 assumptions, 1 of them undocumented: --explain
            "#]],
        );
    }

    #[test]
    fn what_the_plan_breaks_comes_before_what_was_broken() {
        check(
            &samples::violated(),
            &expect![[r#"
                $ lifeboat drill
                  VIOLATED   2 of 3 objectives, 1 cannot be told; this plan newly breaks www with virginia lost

                  Newly broken by this plan
                    virginia   www: 99% of clients are served after 5m19s: caches keep 300s

                  VIOLATED   api    never, not within 3m00s: 95% of honest clients, virginia lost
                  VIOLATED   www    after 5m19s, not within 3m00s: 99% of typical clients, virginia lost
                  UNPROVEN   cart   no check says when virginia is lost

                             lose       objective   detected   switched   p50     p95     p99
                  VIOLATED   virginia   api         40s        45s        never   never   never   ireland answers,..
                  VIOLATED   virginia   www         40s        45s        1m25s   2m59s   5m19s   ireland answers
                  UNPROVEN   virginia   cart        40s        45s        1m20s   1m48s   1m53s   no check, so nob..
                  MET        ireland    www         40s        -          0s      0s      0s      virginia stays
                  MET        ireland    api         40s        -          0s      0s      0s      virginia stays

                  virginia lost
                  0s                           40s         45s                                        1m45s
                  |----------------------------|-----------|==========================================|==> never
                  checks fail                  health      DNS answers ireland                        60s TTL
                                               flips                                                  drains

                  The smallest losses that break it
                    virginia                                  api: ireland answers and runs nothing
                    checkers:us-east-1 + checkers:eu-west-1   www: health never flips

                  1 error, 1 warning, 1 note
                    error L42   failover.www: ireland lacks sha256:b101f5764c61 of shop/api
                      fix   apply the plan, which copies it, before traffic can move
                    warning L33   failover.www: a TTL of 300s
                      fix   write `ttl = "60s"`
                  and 1 finding more

                  Not compared with the world as it is: the plan was made offline
                  Looked at 21 sets of up to 2 of 6 components lost at once, not at more
                  Rests on 2 assumptions, 1 of them undocumented: --explain
            "#]],
        );
    }

    #[test]
    fn a_plan_says_what_it_does_to_each_objective() {
        let mut objectives = samples::violated().objectives;
        objectives.extend(samples::survived().objectives);
        expect![[r#"
            $ lifeboat plan
              Drill     any one region lost: VIOLATED, 95% of clients of api.shop.example.com never served again.
                        any one region lost: MET -> VIOLATED, 99% of clients of www.shop.example.com served again within 5m19s of 3m00s; newly broken by virginia.
                        any one region lost: UNPROVEN, no check says when virginia is lost.
                        any one region lost: VIOLATED -> MET, 95% of clients of www.shop.example.com served again within 1m48s of 3m00s.
        "#]].assert_eq(&format!("$ lifeboat plan\n{}", bare(&drill::outlook(&objectives))));
        assert_eq!(drill::outlook(&[]), "");
        let many = bare(&drill::outlook(&samples::large().objectives));
        assert!(many.ends_with("and 32 objectives more: `lifeboat drill`\n"), "{many}");
    }

    #[test]
    fn one_objective_is_answered_in_its_own_words() {
        let mut drill = samples::violated();
        drill.objectives.retain(|one| one.name.as_str().starts_with("www"));
        let text = bare(&drill::terminal(&drill, Detail::Short));
        let answer = "  VIOLATED   newly by this plan, virginia lost: 99% of clients of \
                      www.shop.example.com are served";
        assert_eq!(text.lines().next(), Some(answer));
        drill.objectives.clear();
        let text = bare(&drill::terminal(&drill, Detail::Short));
        assert!(text.starts_with("  VIOLATED   no objective is declared"), "{text}");
    }

    #[test]
    fn it_fits_on_a_screen() {
        for (name, drill) in all() {
            let text = bare(&drill::terminal(&drill, Detail::Short));
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(text.lines().count() <= 40, "{name}: {} lines\n{text}", text.lines().count());
            assert!(widest <= 100, "{name}: {widest} columns\n{text}");
            assert!(text.lines().next().unwrap().contains(drill.verdict.word()), "{name}:\n{text}");
            assert!(text.lines().all(|line| line == line.trim_end()), "{name}:\n{text}");
        }
    }

    #[test]
    fn no_text_moves_the_cursor() {
        for (name, drill) in all() {
            for detail in [Detail::Short, Detail::Full] {
                let text = bare(&drill::terminal(&drill, detail));
                let control =
                    text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
                assert_eq!(control, None, "{name}");
            }
        }
    }

    #[test]
    fn all_of_it_is_there_when_asked_for() {
        let drill = samples::violated();
        let text = bare(&drill::terminal(&drill, Detail::Full));
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        let sets = drill.objectives.iter().flat_map(|one| one.breaking.iter().map(|set| &set.why));
        let losses = drill.losses.iter().map(|loss| &loss.summary);
        let lints = drill.lints.iter().flat_map(|lint| [&lint.message, &lint.why, &lint.fix]);
        let rests = drill.assumptions.iter().map(|one| &one.text);
        for wanted in sets.chain(losses).chain(lints).chain(rests) {
            assert!(text.contains(wanted.as_str()), "`{wanted}` is not in:\n{text}");
        }
    }
}

mod markdown {
    use super::*;

    /// What may not be exceeded, with some room to GitHub's own limit.
    const CHARACTERS_MAX: usize = 65_000;

    #[test]
    fn it_is_short_enough_and_says_how_much_is_left_out() {
        for (name, drill) in all() {
            let text = drill::markdown(&drill);
            assert!(text.chars().count() < CHARACTERS_MAX, "{name}: {}", text.chars().count());
        }
        let drill = samples::large();
        let text = drill::markdown(&drill);
        let part = text.split("\n### ").find(|part| part.starts_with("When something")).unwrap();
        let rows = part.lines().filter(|line| line.starts_with("| ")).count() - 2;
        let left = part.lines().last().unwrap().split(' ').next().unwrap();
        assert_eq!(rows + left.parse::<usize>().unwrap(), drill.losses.len(), "{part}");
        assert!(rows > 50, "{rows} rows");
        assert!(text.contains("280 more were found and are listed nowhere."), "{text}");
        for title in ["Newly broken", "Objectives", "The smallest losses", "Findings: 134 errors"] {
            assert!(text.contains(&format!("\n### {title}")), "{title} is not in:\n{text}");
        }
    }

    #[test]
    fn texts_of_any_length_are_cut() {
        let mut drill = samples::hostile();
        for objective in &mut drill.objectives {
            objective.reason = Some("é|".repeat(100_000));
            let set = objective.breaking.first().cloned();
            objective.breaking = set.into_iter().cycle().take(300).collect();
            for set in &mut objective.breaking {
                set.lost = vec![samples::HOSTILE.repeat(300)];
                set.why = "*".repeat(100_000);
            }
        }
        let text = drill::markdown(&drill);
        assert!(text.chars().count() < CHARACTERS_MAX, "{}", text.chars().count());
    }

    #[test]
    fn no_text_breaks_out_of_its_cell() {
        let text = drill::markdown(&samples::hostile());
        let mut columns = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            // Every bar is between cells: those of a text are written as entities.
            let bars = line.matches('|').count();
            assert_eq!(bars, *columns.get_or_insert(bars), "{line}");
        }
        let without =
            ["<br>", "<code>", "</code>"].iter().fold(text, |text, tag| text.replace(tag, ""));
        let without = without.replace("\\]", "");
        for slip in ["<", "@everyone", "](", "\u{1b}", "\u{202e}", "\0"] {
            assert!(!without.contains(slip), "{slip:?}");
        }
    }
}

mod junit {
    use super::*;

    #[test]
    fn every_objective_and_every_loss_is_a_case() {
        for (name, drill) in all() {
            let text = drill::junit(&drill);
            let document = Document::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            let root = document.root_element();
            let count =
                |tag: &str| root.descendants().filter(|node| node.has_tag_name(tag)).count();
            let said = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
            assert_eq!(count("testcase"), said("tests"), "{name}");
            assert_eq!(
                (count("failure"), count("error")),
                (said("failures"), said("errors")),
                "{name}"
            );
            let errors =
                drill.lints.iter().filter(|one| one.severity == LintSeverity::Error).count();
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
        let names: BTreeSet<_> = cases
            .iter()
            .map(|case| (case.attribute("classname"), case.attribute("name")))
            .collect();
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
}

mod drawings {
    use super::*;

    #[test]
    fn they_are_well_formed_and_say_what_they_show() {
        for (name, drill) in all() {
            for loss in &drill.losses {
                let texts = [
                    drill::timeline_svg(&drill, loss),
                    drill::distribution_svg(&drill, loss),
                    drill::traffic_svg(&drill, loss),
                ];
                for text in texts {
                    let document = Document::parse(&text)
                        .unwrap_or_else(|why| panic!("{name}: {why}\n{text}"));
                    let tags: BTreeSet<&str> =
                        document.descendants().map(|node| node.tag_name().name()).collect();
                    assert!(!tags.contains("script") && !tags.contains("img"), "{tags:?}");
                    let first: Vec<_> = document
                        .root_element()
                        .children()
                        .filter(roxmltree::Node::is_element)
                        .collect();
                    assert!(first[0].has_tag_name((SVG, "title")), "{text}");
                    assert!(first[1].has_tag_name((SVG, "desc")), "{text}");
                    assert!(!text.contains("NaN") && !text.contains("inf\""), "{text}");
                }
            }
        }
    }

    const SVG: &str = "http://www.w3.org/2000/svg";

    #[test]
    fn the_timeline_tells_in_words_what_it_draws() {
        let drill = samples::violated();
        let text = drill::timeline_svg(&drill, &drill.losses[2]);
        let document = Document::parse(&text).unwrap();
        let text = |tag: &str| {
            let node = document.descendants().find(|node| node.has_tag_name((SVG, tag))).unwrap();
            node.text().unwrap().to_owned()
        };
        expect![[r"
            virginia lost: what happens when
            99% of clients of www.shop.example.com are served again after 5m19s, not within 3m00s: ireland answers. 0s: checks fail. 40s: health flips. 45s: DNS answers ireland. 1m45s: 60s TTL drains. 2m00s: shop/front is pulled. 2m45s: standby has grown to 4. 5m12s: clients let go of old addresses. 5m19s: 99% of clients served again. Served again: 50% by 1m25s, 95% by 2m59s, 99% by 5m19s, all that ever are by 6m16s."]].assert_eq(&format!("{}\n{}", text("title"), text("desc")));
    }

    #[test]
    fn times_that_are_no_numbers_draw_nothing_wrong() {
        let mut drill = samples::survived();
        drill.losses[0].curve = vec![(f64::NAN, 0.5), (f64::INFINITY, 1.0)];
        drill.losses[0].recovery.bound = Some(f64::INFINITY);
        drill.losses[0].events[1].at = f64::INFINITY;
        drill.losses[0].detected = None;
        for loss in &drill.losses {
            let texts = [drill::timeline_svg(&drill, loss), drill::distribution_svg(&drill, loss)];
            for text in texts {
                assert!(!text.contains("NaN") && !text.contains("inf\""), "{text}");
            }
        }
        assert!(drill::terminal(&drill, Detail::Full).contains("never"));
    }
}

#[test]
fn the_page_is_one_file_of_bounded_size() {
    const BYTES_MAX: usize = 5_000_000;
    for (name, drill) in all() {
        let page = drill::html(&drill);
        assert!(page.len() < BYTES_MAX, "{name}: {} bytes", page.len());
        let text = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "url(", "@import", " src=", " href=\"/"] {
            let hostile = name == "hostile" && outside == " src=";
            assert!(hostile || !text.contains(outside), "{name} names {outside:?}");
        }
        assert_eq!(text.matches("<script").count(), 1, "{name}");
        assert_eq!(text.matches("default-src 'none'").count(), 1, "{name}");
    }
    let page = drill::html(&samples::large());
    assert_eq!(page.matches("<article").count(), 200);
    assert!(page.contains("300 more are in the JSON report alone"));
}

#[test]
fn where_nothing_was_found_every_form_says_so() {
    let mut drill = samples::survived();
    drill.verdict = Verdict::Unproven;
    drill.objectives.clear();
    drill.losses.clear();
    drill.lints.clear();
    drill.assumptions.clear();
    let forms = [
        bare(&drill::terminal(&drill, Detail::Short)),
        bare(&drill::terminal(&drill, Detail::Full)),
        drill::markdown(&drill),
        drill::html(&drill),
    ];
    for form in forms {
        assert!(form.contains("UNPROVEN") && form.contains("no objective is declared"), "{form}");
    }
    let text = drill::junit(&drill);
    let document = Document::parse(&text).unwrap();
    assert_eq!(document.root_element().attribute("tests"), Some("0"));
}

#[test]
fn machines_read_back_what_is_written() {
    for (name, drill) in all() {
        let text = serde_json::to_string(&drill).unwrap();
        assert_eq!(serde_json::from_str::<Drill>(&text).unwrap(), drill, "{name}");
    }
}
