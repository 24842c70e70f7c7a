//! Expressions as values.
//!
//! Evaluation is lazy where HCL is: branches that are not taken, and arguments of `try` that are
//! not needed, ask the scope for nothing.

#![expect(clippy::unnecessary_box_returns, reason = "a fault is boxed wherever it goes")]

mod call;
mod comprehension;
mod operator;
mod template;
mod traverse;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::check_size;
use super::{Element, Expression, Fault, Name, Node, Scope, Value};
use crate::diagnostic::{Code, Diagnostic, Span, codes};

/// The value of an expression.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Value, Fault> {
    Evaluator::new(scope).value(expression, &Locals::None)
}

/// Expressions within each other. What the parser lets through has at most some 300 levels; the
/// limit is for trees that were not parsed.
const DEPTH_MAX: u32 = 400;

/// Values that one evaluation may look at or make, over all its loops and calls: some seconds of
/// work. Without it, three loops within each other never end.
const WORK_MAX: usize = 500_000_000;

struct Evaluator<'s> {
    scope: &'s dyn Scope,
    depth: Cell<u32>,
    work_left: Cell<usize>,
    /// Whether something failed over a secret since this was last cleared. `try` and `can` would
    /// otherwise tell in the open how a secret looks.
    failed_on_secret: Cell<bool>,
    /// Whether this is the content of a template file, which cannot include others.
    in_template: bool,
}

/// Names that a `for` introduces, innermost first.
enum Locals<'l> {
    None,
    Bound { name: &'l Name, value: Value, outer: &'l Locals<'l> },
}

impl Locals<'_> {
    fn get(&self, wanted: &str) -> Option<&Value> {
        match self {
            Self::None => None,
            Self::Bound { name, value, .. } if &*name.text == wanted => Some(value),
            Self::Bound { outer, .. } => outer.get(wanted),
        }
    }
}

impl<'s> Evaluator<'s> {
    fn new(scope: &'s dyn Scope) -> Self {
        Self {
            scope,
            depth: Cell::new(0),
            work_left: Cell::new(WORK_MAX),
            failed_on_secret: Cell::new(false),
            in_template: false,
        }
    }

    fn value(&self, expression: &Expression, locals: &Locals<'_>) -> Result<Value, Fault> {
        if let Node::Literal(value) = &expression.node {
            return Ok(value.clone());
        }
        let depth = self.depth.get();
        if depth >= DEPTH_MAX {
            let detail = format!("This expression is nested more than {DEPTH_MAX} levels deep.");
            return Err(fault(codes::TOO_DEEP, expression.span, detail));
        }
        self.depth.set(depth + 1);
        let value = self.node(expression, locals);
        self.depth.set(depth);
        value
    }

    fn node(&self, expression: &Expression, locals: &Locals<'_>) -> Result<Value, Fault> {
        let span = expression.span;
        match &expression.node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Tuple(items) => self.tuple(items, span, locals),
            Node::Object(elements) => self.object(elements, span, locals),
            Node::Variable(name) => self.variable(name, &[], span, locals).map(|(value, _)| value),
            Node::Traversal { base, steps } => self.traversal(base, steps, span, locals),
            Node::Call { name, arguments, expand_last } => {
                self.call(name, arguments, *expand_last, span, locals)
            }
            Node::Conditional { condition, then, otherwise } => {
                let (holds, secret) = self.condition(condition, locals)?;
                let branch = if holds { then } else { otherwise };
                Ok(self.value(branch, locals)?.tainted(secret))
            }
            Node::Unary { operator, operand } => self.unary(*operator, operand, span, locals),
            Node::Binary { .. } => self.binary(expression, locals),
            Node::For(comprehension) => self.comprehension(comprehension, span, locals),
            Node::Template(parts) => self.template(parts, span, locals),
        }
    }

    fn tuple(&self, items: &[Expression], span: Span, locals: &Locals<'_>) -> Result<Value, Fault> {
        let items: Result<Vec<Value>, Fault> =
            items.iter().map(|item| self.value(item, locals)).collect();
        self.sized(Value::from(items?), span)
    }

    fn object(
        &self,
        elements: &[Element],
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let mut map = BTreeMap::new();
        let mut secret = false;
        for Element { key, value } in elements {
            let (key, secret_key) = self.key(key, locals)?;
            secret |= secret_key;
            map.insert(key, self.value(value, locals)?);
        }
        self.sized(Value::from(map).tainted(secret), span)
    }

    /// A key, and whether it is a secret.
    fn key(&self, key: &Expression, locals: &Locals<'_>) -> Result<(Arc<str>, bool), Fault> {
        let value = self.value(key, locals)?;
        let secret = value.is_sensitive();
        let open = value.unwrap_sensitive();
        open.to_text().map(|text| (text, secret)).ok_or_else(|| {
            let detail = format!("A key has to be a string, and this is {}.", open.described());
            self.refuse(secret, codes::WRONG_TYPE, key.span, detail)
        })
    }

    /// Whether a condition holds, and whether that is a secret.
    fn condition(
        &self,
        condition: &Expression,
        locals: &Locals<'_>,
    ) -> Result<(bool, bool), Fault> {
        let value = self.value(condition, locals)?;
        let secret = value.is_sensitive();
        let open = value.unwrap_sensitive();
        open.to_bool().map(|holds| (holds, secret)).ok_or_else(|| {
            let what = open.described();
            let detail = format!("A condition has to be `true` or `false`, and this is {what}.");
            self.refuse(secret, codes::WRONG_TYPE, condition.span, detail)
        })
    }

    /// Notes work done, and refuses to do too much of it.
    fn work(&self, amount: usize, span: Span) -> Result<(), Fault> {
        let Some(left) = self.work_left.get().checked_sub(amount) else {
            let detail = "This expression goes through too many elements to ever end.";
            return Err(fault(codes::EVALUATION, span, detail));
        };
        self.work_left.set(left);
        Ok(())
    }

    /// The value, unless it is too large to be kept.
    fn sized(&self, value: Value, span: Span) -> Result<Value, Fault> {
        match check_size(&value) {
            Ok(size) => self.work(size, span).map(|()| value),
            Err(why) => {
                let detail = format!("The value is too large: {why}.");
                Err(fault(codes::EVALUATION, span, detail))
            }
        }
    }

    /// A fault, noting whether a secret was involved.
    fn refuse(
        &self,
        secret: bool,
        code: &'static Code,
        span: Span,
        detail: impl Into<String>,
    ) -> Fault {
        if secret {
            self.failed_on_secret.set(true);
        }
        fault(code, span, detail)
    }
}

fn fault(code: &'static Code, span: Span, detail: impl Into<String>) -> Fault {
    Box::new(Diagnostic::new(code, span, detail))
}
