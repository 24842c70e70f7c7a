//! Quoted templates and heredocs.

use hcl_edit::template::{
    Directive, Element, ForDirective, IfDirective, StringTemplate, Strip, Template,
};
use hcl_edit::{Decorated, Ident};

use super::lower::Lowering;
use crate::diagnostic::Span;
use crate::language::{Expression, Node, Part, Value};

/// Whether strip markers around a sequence take white space from its ends.
#[derive(Clone, Copy, Default)]
pub(super) struct Trim {
    pub(super) start: bool,
    pub(super) end: bool,
}

impl Lowering {
    /// A quoted template. One that is nothing but an interpolation is that expression itself, of
    /// whatever type.
    pub(super) fn quoted(&mut self, template: &StringTemplate, span: Span) -> Expression {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return Expression { span, ..self.expression(&only.expr) };
        }
        Expression { node: folded(self.parts(template, Trim::default())), span }
    }

    pub(super) fn parts(&mut self, template: &Template, trim: Trim) -> Vec<Part> {
        let elements: Vec<&Element> = template.iter().collect();
        let mut parts = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => {
                    let before = at.checked_sub(1).map(|before| strip(elements[before]));
                    let after = elements.get(at + 1).map(|after| strip(after));
                    let mut text = literal.as_str();
                    if before.map_or(trim.start, |before| before.end) {
                        text = text.trim_start();
                    }
                    if after.map_or(trim.end, |after| after.start) {
                        text = text.trim_end();
                    }
                    if !text.is_empty() {
                        parts.push(Part::Literal(text.into()));
                    }
                }
                Element::Interpolation(interpolation) => {
                    parts.push(Part::Interpolation(self.expression(&interpolation.expr)));
                }
                Element::Directive(directive) => parts.push(match &**directive {
                    Directive::If(directive) => self.choice(directive),
                    Directive::For(directive) => self.repetition(directive),
                }),
            }
        }
        parts
    }

    fn choice(&mut self, directive: &IfDirective) -> Part {
        let condition = self.expression(&directive.if_expr.cond_expr);
        let (opening, closing) = (directive.if_expr.strip, directive.endif_expr.strip);
        let middle = directive.else_expr.as_ref();
        let then_end = middle.map_or(closing, |middle| middle.strip).strip_start();
        let then = Trim { start: opening.strip_end(), end: then_end };
        let then = self.parts(&directive.if_expr.template, then);
        let otherwise = middle.map(|middle| {
            let trim = Trim { start: middle.strip.strip_end(), end: closing.strip_start() };
            self.parts(&middle.template, trim)
        });
        Part::If { condition, then, otherwise: otherwise.unwrap_or_default() }
    }

    fn repetition(&mut self, directive: &ForDirective) -> Part {
        let (opening, closing) = (&directive.for_expr, &directive.endfor_expr);
        let trim = Trim { start: opening.strip.strip_end(), end: closing.strip.strip_start() };
        let key_name = opening.key_var.as_ref().map(|name: &Decorated<Ident>| self.name(name));
        Part::For {
            key_name,
            value_name: self.name(&opening.value_var),
            collection: self.expression(&opening.collection_expr),
            body: self.parts(&opening.template, trim),
        }
    }
}

/// A template without interpolations is its text.
pub(super) fn folded(parts: Vec<Part>) -> Node {
    match parts.as_slice() {
        [] => Node::Literal(Value::from("")),
        [Part::Literal(text)] => Node::Literal(Value::String(text.clone())),
        _ => Node::Template(parts),
    }
}

/// Whether the markers of an element take white space before and after it.
fn strip(element: &Element) -> Trim {
    let (first, last) = match element {
        Element::Literal(_) => (Strip::None, Strip::None),
        Element::Interpolation(interpolation) => (interpolation.strip, interpolation.strip),
        Element::Directive(directive) => match &**directive {
            Directive::If(directive) => (directive.if_expr.strip, directive.endif_expr.strip),
            Directive::For(directive) => (directive.for_expr.strip, directive.endfor_expr.strip),
        },
    };
    Trim { start: first.strip_start(), end: last.strip_end() }
}
