//! The indentation that `<<-` takes from a heredoc.
//!
//! The least indentation of any line counts, also of lines within directives; empty lines have
//! none that counts.

use hcl_edit::template::{Directive, Element, Template};

/// Takes from each line what the least indented one has.
pub(super) fn strip(template: &mut Template) {
    let mut least = None;
    each_line(template, &mut true, &mut |line| {
        if let Some(spaces) = indentation(line) {
            least = Some(least.map_or(spaces, |least: usize| least.min(spaces)));
        }
    });
    let Some(least @ 1..) = least else { return };
    each_line(template, &mut true, &mut |line| {
        if let Line::Text(line) = line {
            let spaces = line.chars().take_while(|c| is_space(*c)).take(least);
            let length: usize = spaces.map(char::len_utf8).sum();
            line.drain(..length);
        }
    });
}

/// The start of a line.
enum Line<'l> {
    /// A line, or its part before an interpolation or directive.
    Text(&'l mut String),
    /// An interpolation or directive at the very start.
    Sequence,
}

/// How far a line is indented; `None` if it is empty.
fn indentation(line: Line<'_>) -> Option<usize> {
    match line {
        Line::Sequence => Some(0),
        Line::Text(line) => {
            let spaces = line.chars().take_while(|c| is_space(*c)).count();
            let empty = line.ends_with('\n') && line.trim().is_empty();
            (!empty).then_some(spaces)
        }
    }
}

fn is_space(character: char) -> bool {
    character.is_whitespace() && character != '\n'
}

fn each_line(template: &mut Template, at_start: &mut bool, visit: &mut dyn FnMut(Line<'_>)) {
    for element in template.iter_mut() {
        match element {
            Element::Literal(literal) => {
                let mut lines: Vec<String> =
                    literal.split_inclusive('\n').map(str::to_owned).collect();
                for line in &mut lines {
                    let ends = line.ends_with('\n');
                    if *at_start {
                        visit(Line::Text(line));
                    }
                    *at_start = ends;
                }
                **literal = lines.concat();
            }
            Element::Interpolation(_) => sequence(at_start, visit),
            Element::Directive(directive) => {
                sequence(at_start, visit);
                match &mut **directive {
                    Directive::If(directive) => {
                        each_line(&mut directive.if_expr.template, at_start, visit);
                        *at_start = false;
                        if let Some(otherwise) = &mut directive.else_expr {
                            each_line(&mut otherwise.template, at_start, visit);
                        }
                    }
                    Directive::For(directive) => {
                        each_line(&mut directive.for_expr.template, at_start, visit);
                    }
                }
                *at_start = false;
            }
        }
    }
}

/// What does not start with text stands where the line starts, or within it.
fn sequence(at_start: &mut bool, visit: &mut dyn FnMut(Line<'_>)) {
    if *at_start {
        visit(Line::Sequence);
    }
    *at_start = false;
}
