//! Marks of XML and HTML, and drawings made of them.

use std::fmt::Write as _;

use super::words;

/// Text that is only text, between tags and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in words::plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

// Colours that stay apart for the colour-blind, and are dark enough on white.
pub(super) const INK: &str = "#1b1f24";
pub(super) const FAINT: &str = "#59636e";
pub(super) const LINE: &str = "#d1d9e0";
pub(super) const LOST: &str = "#eaecef";
pub(super) const GOOD: &str = "#1a7f37";
pub(super) const GOOD_LIGHT: &str = "#d3f0dc";
pub(super) const BAD: &str = "#c93c20";
pub(super) const BAD_LIGHT: &str = "#fbe3dd";

/// How wide a letter is, as a share of its height: on the safe side for common fonts.
const LETTER: f64 = 0.58;
const BOLD_LETTER: f64 = 0.66;

/// Where a drawing is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    /// In a file of its own, with a heading.
    File,
    /// On a page that says what it is, and may be narrow.
    Figure,
}

impl Sheet {
    pub(super) fn width(self) -> f64 {
        match self {
            Self::File => 720.0,
            Self::Figure => 360.0,
        }
    }
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) colour: &'static str,
    pub(super) bold: bool,
}

pub(super) const NORMAL: Type = Type { size: 11.5, colour: INK, bold: false };
pub(super) const STRONG: Type = Type { bold: true, ..NORMAL };
pub(super) const SMALL: Type = Type { size: 10.5, colour: FAINT, bold: false };

/// Lines, boxes and text, from which a drawing is put together.
pub(super) struct Drawing {
    body: String,
}

impl Drawing {
    pub(super) fn new() -> Self {
        Self { body: String::new() }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        self.stroke(from, to, colour, width, "");
    }

    pub(super) fn dashed(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        self.stroke(from, to, colour, width, " stroke-dasharray=\"4 3\"");
    }

    fn stroke(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64, more: &str) {
        let _infallible = writeln!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" \
             stroke-width=\"{width:.1}\"{more}/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// `more` are attributes besides.
    pub(super) fn rect(&mut self, at: (f64, f64), size: (f64, f64), fill: &str, more: &str) {
        let _infallible = writeln!(
            self.body,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"{more}/>",
            at.0, at.1, size.0, size.1
        );
    }

    pub(super) fn dot(&mut self, at: (f64, f64), fill: &str) {
        let (x, y) = at;
        let _infallible =
            writeln!(self.body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{fill}\"/>");
    }

    /// A path, as SVG writes it. `more` are attributes.
    pub(super) fn path(&mut self, path: &str, more: &str) {
        let _infallible = writeln!(self.body, "<path d=\"{path}\" {more}/>");
    }

    /// Text with a white rim, so that lines behind it do not strike it through.
    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, how: Type, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if how.bold { " font-weight=\"600\"" } else { "" };
        let ((x, y), Type { size, colour, .. }) = (at, how);
        let _infallible = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{colour}\"{weight}{anchor} \
             stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">{}</text>",
            escaped(text)
        );
    }

    /// White behind a text, so that no line goes through it.
    pub(super) fn plate(&mut self, at: (f64, f64), anchor: Anchor, width: f64) {
        let left = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - width / 2.0,
            Anchor::End => at.0 - width,
        };
        self.rect((left - 2.0, at.1 - 12.0), (width + 4.0, 16.0), "#fff", "");
    }

    /// A name, and a note behind it.
    pub(super) fn noted(&mut self, at: (f64, f64), name: &str, note: &str) {
        let ((x, y), (name, note)) = (at, (escaped(name), escaped(note)));
        let (Type { size, colour, .. }, small) = (STRONG, SMALL);
        let _infallible = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{colour}\" stroke=\"#fff\" \
             stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"><tspan \
             font-weight=\"600\">{name}</tspan><tspan dx=\"6\" font-size=\"{}\" \
             fill=\"{}\">{note}</tspan></text>",
            small.size, small.colour
        );
    }

    /// The drawing by itself. `title` names it and `description` tells it to those who do not see it.
    /// It has a light ground of its own, so it can be read in the dark, too.
    pub(super) fn finish(self, size: (f64, f64), title: &str, description: &str) -> String {
        let ((width, height), body) = (size, self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width:.0} \
             {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             font-family=\"system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<rect width=\"{width:.0}\" height=\"{height:.0}\" \
             rx=\"6\" fill=\"#fff\"/>\n{body}</svg>\n",
            escaped(title),
            escaped(description)
        )
    }
}

/// How much room a text takes, about.
pub(super) fn width_of(text: &str, how: Type) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text that is long enough to matter is cut")]
    let letters = text.chars().count() as f64;
    letters * letter(how)
}

fn letter(how: Type) -> f64 {
    how.size * if how.bold { BOLD_LETTER } else { LETTER }
}

/// As much of a text as there is room for.
pub(super) fn fitting(text: &str, how: Type, room: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the room is part of a sheet"
    )]
    let letters = (room.max(0.0) / letter(how)).floor() as usize;
    words::cut(&words::plain(text), letters)
}
