//! Drawings as files: well-formed, and told in words, too.

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
                let document =
                    Document::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}\n{text}"));
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
