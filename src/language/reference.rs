//! What an expression refers to, without evaluating it.

use std::sync::Arc;

use super::{Element, Expression, Name, Node, Part, Step};
use crate::diagnostic::Span;

/// A name that an expression asks its scope for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub name: Arc<str>,
    /// The attributes and constant indexes that directly follow: `virginia`, `location` for
    /// `region.virginia.location` and for `region["virginia"].location`.
    pub steps: Vec<Arc<str>>,
    /// From the name to the last of these steps.
    pub span: Span,
}

/// Every reference, in the order written. Names that a `for` introduces are none.
pub fn references(expression: &Expression) -> Vec<Reference> {
    let mut found = Vec::new();
    expression_references(expression, &Bound::Nothing, &mut found);
    found
}

/// Names that a `for` around an expression introduces.
enum Bound<'b> {
    Nothing,
    Names { key: Option<&'b Name>, value: &'b Name, outer: &'b Bound<'b> },
}

impl Bound<'_> {
    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Names { key, value, outer } => {
                &*value.text == name
                    || key.is_some_and(|key| &*key.text == name)
                    || outer.holds(name)
            }
        }
    }
}

fn expression_references(expression: &Expression, bound: &Bound<'_>, found: &mut Vec<Reference>) {
    match &expression.node {
        Node::Literal(_) => (),
        Node::Tuple(items) => all(items, bound, found),
        Node::Object(elements) => {
            for Element { key, value } in elements {
                expression_references(key, bound, found);
                expression_references(value, bound, found);
            }
        }
        Node::Variable(name) => refer(name, &[], bound, found),
        Node::Traversal { base, steps } => {
            if let Node::Variable(name) = &base.node {
                refer(name, steps, bound, found);
            } else {
                expression_references(base, bound, found);
            }
            for step in steps {
                if let Step::Index(index) = step {
                    expression_references(index, bound, found);
                }
            }
        }
        Node::Call { arguments, .. } => all(arguments, bound, found),
        Node::Conditional { condition, then, otherwise } => {
            expression_references(condition, bound, found);
            expression_references(then, bound, found);
            expression_references(otherwise, bound, found);
        }
        Node::Unary { operand, .. } => expression_references(operand, bound, found),
        Node::Binary { left, right, .. } => {
            expression_references(left, bound, found);
            expression_references(right, bound, found);
        }
        Node::For(repeated) => {
            expression_references(&repeated.collection, bound, found);
            let (key, value) = (repeated.key_name.as_ref(), &repeated.value_name);
            let inner = Bound::Names { key, value, outer: bound };
            let condition = repeated.condition.as_ref();
            let parts = [repeated.key.as_ref(), Some(&repeated.value), condition];
            for part in parts.into_iter().flatten() {
                expression_references(part, &inner, found);
            }
        }
        Node::Template(parts) => template_references(parts, bound, found),
    }
}

fn all(expressions: &[Expression], bound: &Bound<'_>, found: &mut Vec<Reference>) {
    for expression in expressions {
        expression_references(expression, bound, found);
    }
}

fn template_references(parts: &[Part], bound: &Bound<'_>, found: &mut Vec<Reference>) {
    for part in parts {
        match part {
            Part::Literal(_) => (),
            Part::Interpolation(expression) => expression_references(expression, bound, found),
            Part::If { condition, then, otherwise } => {
                expression_references(condition, bound, found);
                template_references(then, bound, found);
                template_references(otherwise, bound, found);
            }
            Part::For { key_name, value_name, collection, body } => {
                expression_references(collection, bound, found);
                let key = key_name.as_ref();
                let inner = Bound::Names { key, value: value_name, outer: bound };
                template_references(body, &inner, found);
            }
        }
    }
}

fn refer(name: &Name, steps: &[Step], bound: &Bound<'_>, found: &mut Vec<Reference>) {
    if bound.holds(&name.text) {
        return;
    }
    let mut reference =
        Reference { name: Arc::clone(&name.text), steps: Vec::new(), span: name.span };
    for step in steps {
        let (text, span) = match step {
            Step::Attribute(name) => (Arc::clone(&name.text), name.span),
            Step::Index(index) => match constant(index) {
                Some(text) => (text, index.span),
                None => break,
            },
            Step::AttributeSplat(_) | Step::FullSplat(_) => break,
        };
        reference.steps.push(text);
        reference.span = reference.span.to(span);
    }
    found.push(reference);
}

/// A key that is written out.
fn constant(index: &Expression) -> Option<Arc<str>> {
    if let Node::Literal(key) = &index.node { key.to_text() } else { None }
}
