//! A Dockerfile's stages as a picture of its own: one box for each, in the order of the file, and beside
//! them a line from each stage down to where it is used. Nothing lies upon anything else.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::stages::title;
use crate::image::dockerfile::{Base, Origin, Stage, Stages};

const MARGIN: usize = 16;
const LINE: usize = 20;
const HEAD: usize = 28;
const GAP: usize = 14;
/// Between two lines beside the boxes.
const LANE: usize = 18;
/// What a letter takes, in tenths, in a font that has one width for all.
const LETTER_TENTHS: usize = 73;
const LETTERS: std::ops::RangeInclusive<usize> = 30..=80;

/// A line within a box, and the stage that it speaks of.
type Text = (String, Option<usize>);

/// A box, and where it lies.
struct Card {
    lines: Vec<Text>,
    top: usize,
}

impl Card {
    fn height(&self) -> usize {
        HEAD + self.lines.len() * LINE + LINE / 2
    }

    fn middle_of(&self, line: usize) -> usize {
        self.top + HEAD + line * LINE + LINE / 2
    }
}

/// The stages as SVG.
pub fn stages_svg(stages: &Stages) -> String {
    let mut boxes: Vec<Card> = Vec::new();
    let mut top = MARGIN;
    for stage in &stages.list {
        let made = Card { lines: lines(stage, stages), top };
        top += made.height() + GAP;
        boxes.push(made);
    }
    let letters = boxes.iter().flat_map(|made| &made.lines).map(|(text, _)| text.chars().count());
    let letters = letters.max().unwrap_or(0).clamp(*LETTERS.start(), *LETTERS.end());
    let right = MARGIN + 20 + letters * LETTER_TENTHS / 10;
    let (arrows, lanes) = arrows(&boxes, right);
    let (width, height) = (right + (lanes + 1) * LANE + MARGIN, top - GAP + MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"12\">\n<defs><marker \
         id=\"end\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path \
         d=\"M0 0L8 4L0 8z\" fill=\"#357\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#fff\"/>\n"
    );
    for (at, (stage, made)) in stages.list.iter().zip(&boxes).enumerate() {
        draw(at, stage, made, stages, right, &mut out);
    }
    out.push_str(&arrows);
    out.push_str("</svg>\n");
    out
}

/// What a box says of its stage: each use once, and what it takes from the context.
fn lines(stage: &Stage, stages: &Stages) -> Vec<Text> {
    let named = |at: usize| title(at, &stages.list[at]);
    let mut lines = vec![match &stage.base {
        Base::Scratch => ("FROM scratch".to_owned(), None),
        Base::Stage(base) => (format!("FROM {}", named(*base)), Some(*base)),
        Base::Image(image) => (format!("FROM {image}"), None),
    }];
    for one in &stage.uses {
        let (from, at) = match &one.origin {
            Origin::Stage(at) => (named(*at), Some(*at)),
            Origin::Image(image) => (image.clone(), None),
        };
        let line = (format!("{} from {from}", one.keyword), at);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let takes = stage.takes.iter().chain(&stage.remote).map(|take| take.pattern.as_str());
    let takes: Vec<&str> = takes.collect();
    if !takes.is_empty() {
        lines.push((format!("takes {}", takes.join(", ")), None));
    }
    lines
}

fn draw(at: usize, stage: &Stage, made: &Card, stages: &Stages, right: usize, out: &mut String) {
    let (note, border, ink) = match (at == stages.target, stage.reached) {
        (true, _) => ("target", " stroke-width=\"2.5\"", "#000"),
        (false, true) => ("", "", "#000"),
        (false, false) => ("not needed", " stroke-dasharray=\"4\"", "#777"),
    };
    let (top, height, width) = (made.top, made.height(), right - MARGIN);
    let (left, head) = (MARGIN + 10, top + HEAD - 9);
    let _infallible = writeln!(
        out,
        "<g fill=\"{ink}\"><rect x=\"{MARGIN}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"4\" \
         fill=\"#f6f8fa\" stroke=\"{ink}\"{border}/><text x=\"{left}\" y=\"{head}\" \
         font-weight=\"bold\">{}</text><text x=\"{}\" y=\"{head}\" text-anchor=\"end\">{note}</text>",
        escaped(&cut(&title(at, stage), LETTERS.end() / 2)),
        right - 10,
    );
    for (number, (text, _)) in made.lines.iter().enumerate() {
        let _infallible = writeln!(
            out,
            "<text x=\"{left}\" y=\"{}\"><title>{}</title>{}</text>",
            made.middle_of(number) + 4,
            escaped(text),
            escaped(&cut(text, *LETTERS.end()))
        );
    }
    out.push_str("</g>\n");
}

/// One line for each stage that others use, with an arrow to each use; and how many lie side by side.
fn arrows(boxes: &[Card], right: usize) -> (String, usize) {
    let mut uses: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for made in boxes {
        for (number, (_, from)) in made.lines.iter().enumerate() {
            if let Some(from) = from {
                uses.entry(*from).or_default().push(made.middle_of(number));
            }
        }
    }
    let mut out = String::new();
    // Where the lowest line of each lane ends.
    let mut lanes: Vec<usize> = Vec::new();
    for (from, ends) in uses {
        let start = boxes[from].top + HEAD - 13;
        let last = ends.iter().copied().max().unwrap_or(start);
        let lane = lanes.iter().position(|end| *end < start).unwrap_or(lanes.len());
        if lane == lanes.len() {
            lanes.push(last);
        } else {
            lanes[lane] = last;
        }
        let x = right + (lane + 1) * LANE;
        let _infallible = writeln!(
            out,
            "<path d=\"M{right} {start}H{x}V{last}\" fill=\"none\" stroke=\"#357\"/>"
        );
        for y in ends {
            let _infallible = writeln!(
                out,
                "<path d=\"M{x} {y}H{right}\" stroke=\"#357\" marker-end=\"url(#end)\"/><circle \
                 cx=\"{x}\" cy=\"{y}\" r=\"2.5\" fill=\"#357\"/>"
            );
        }
    }
    (out, lanes.len())
}

fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let start: String = text.chars().take(letters - 2).collect();
    format!("{start}..")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Sources;
    use crate::image::dockerfile::{Wanted, read, stages};

    fn drawn(text: &str) -> String {
        let dockerfile = read("Dockerfile", text, &mut Sources::default()).unwrap();
        let wanted = Wanted { target: None, arguments: &BTreeMap::new(), platforms: &[] };
        stages_svg(&stages(&dockerfile, &wanted).unwrap())
    }

    #[test]
    fn lines_that_lie_side_by_side_never_meet() {
        let long = "x".repeat(200);
        let svg = drawn(&format!(
            "FROM a AS one\nFROM one AS two\nCOPY --from=one /a /\nFROM a AS \"<&\"\nFROM scratch\nCOPY \
             --from=one /a /\nCOPY --from=one /b /\nCOPY --from=two /a /\nCOPY --from=2 /a /\nCOPY {long} /\n"
        ));
        let lines: Vec<(usize, usize, usize)> = svg
            .lines()
            .filter(|line| line.contains("fill=\"none\""))
            .map(|line| {
                let path = line.split('"').nth(1).unwrap();
                let numbers: Vec<usize> = path
                    .split(|c: char| !c.is_ascii_digit())
                    .filter_map(|n| n.parse().ok())
                    .collect();
                (numbers[2], numbers[1], numbers[3])
            })
            .collect();
        assert_eq!(lines.len(), 3, "{svg}");
        for (at, (x, top, bottom)) in lines.iter().enumerate() {
            assert!(top < bottom);
            let meets = |other: &&(usize, usize, usize)| {
                other.0 == *x && other.1 <= *bottom && *top <= other.2
            };
            assert_eq!(lines[at + 1..].iter().find(meets), None, "{svg}");
        }
        // Each use once, and no text of a Dockerfile is markup.
        assert_eq!(svg.matches("marker-end").count(), 5, "{svg}");
        assert!(svg.contains("&lt;&amp;") && !svg.contains("<&"), "{svg}");
        assert!(svg.contains(&format!("{}..</text>", "x".repeat(72))), "{svg}");
    }
}
