//! Function calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Evaluator, Locals, fault};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::language::function::{Arguments, Body, FUNCTIONS, Function, find};
use crate::language::parse::parse_template;
use crate::language::value::check_size;
use crate::language::{BlockRef, Expression, Fault, Name, Scope, Value};

impl Evaluator<'_> {
    pub(super) fn call(
        &self,
        name: &Name,
        arguments: &[Expression],
        expand_last: bool,
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let Some(function) = find(&name.text) else { return Err(unknown(name)) };
        match function.body {
            Body::Try => {
                check_count(function, arguments.len(), span)?;
                return self.first_without_fault(arguments, locals);
            }
            Body::Can => {
                check_count(function, arguments.len(), span)?;
                let (result, secret) = self.attempt(&arguments[0], locals);
                return Ok(Value::Bool(result.is_ok()).tainted(secret));
            }
            Body::Plain(_)
            | Body::Structural(_)
            | Body::File
            | Body::Template
            | Body::Environment => (),
        }
        let (values, secret) = self.arguments(arguments, expand_last, locals)?;
        check_count(function, values.len(), span)?;
        let by_path = matches!(function.body, Body::File | Body::Template);
        if by_path && values.first().is_some_and(Value::is_sensitive) {
            let found = self.failed(function, "the path of a file cannot be a secret", false, span);
            return Err(found);
        }
        let (values, secret_values) = opened(values, function);
        let secret = secret || secret_values;
        let given = Arguments { function, values: &values };
        for value in given.values {
            self.looked_at(value, span)?;
        }
        let result = match function.body {
            Body::Plain(run) | Body::Structural(run) => run(given),
            Body::File => return self.file(given, secret, span),
            Body::Template => return self.template_file(given, secret, span),
            Body::Environment => return self.environment(given, secret, span),
            Body::Try | Body::Can => unreachable!("done above. This is a bug in Lifeboat"),
        };
        let result = result.map_err(|why| self.failed(function, &why, secret, span))?;
        match check_size(&result) {
            Ok(size) => self.work(size, span)?,
            Err(why) => {
                let why = format!("the result is too large: {why}");
                return Err(self.failed(function, &why, secret, span));
            }
        }
        Ok(result.tainted(secret))
    }

    /// The values of arguments, and whether how many there are is a secret.
    fn arguments(
        &self,
        arguments: &[Expression],
        expand_last: bool,
        locals: &Locals<'_>,
    ) -> Result<(Vec<Value>, bool), Fault> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument, locals)?);
        }
        let (true, Some(expression)) = (expand_last, arguments.last()) else {
            return Ok((values, false));
        };
        let last = values.pop().unwrap_or(Value::Null);
        let secret = last.is_sensitive();
        let Value::List(items) = last.unwrap_sensitive() else {
            let detail = format!("`...` takes a list, and this is {}.", last.described());
            return Err(self.refuse(secret, codes::WRONG_TYPE, expression.span, detail));
        };
        values.extend(items.iter().cloned());
        Ok((values, secret))
    }

    fn first_without_fault(
        &self,
        arguments: &[Expression],
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let mut secret = false;
        let mut last = None;
        for argument in arguments {
            let (result, on_secret) = self.attempt(argument, locals);
            match result {
                Ok(value) => return Ok(value.tainted(secret)),
                Err(fault) => last = Some(fault),
            }
            secret |= on_secret;
        }
        self.note_secret(secret);
        match last {
            Some(fault) => Err(fault),
            None => Ok(Value::Null),
        }
    }

    /// The value or its fault, and whether a fault over a secret stood in the way of it.
    fn attempt(&self, argument: &Expression, locals: &Locals<'_>) -> (Result<Value, Fault>, bool) {
        let before = self.failed_on_secret.replace(false);
        let result = self.value(argument, locals);
        let on_secret = self.failed_on_secret.replace(before);
        (result, on_secret)
    }

    /// Notes that a function goes through an argument.
    fn looked_at(&self, value: &Value, span: Span) -> Result<(), Fault> {
        let amount = match value {
            Value::String(text) => text.len() / 16,
            Value::List(items) => items.len(),
            Value::Map(map) => map.len(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Block(_)
            | Value::Sensitive(_) => 1,
        };
        self.work(amount, span)
    }

    fn file(&self, given: Arguments<'_>, secret: bool, span: Span) -> Result<Value, Fault> {
        let path = given.text(0).map_err(|why| self.failed(given.function, &why, secret, span))?;
        let content = self.scope.file(&path, span)?;
        self.sized(Value::from(content), span)
    }

    fn template_file(
        &self,
        given: Arguments<'_>,
        secret: bool,
        span: Span,
    ) -> Result<Value, Fault> {
        let failed = |why: &str| self.failed(given.function, why, secret, span);
        let path = given.text(0).map_err(|why| failed(&why))?;
        let names = given.map(1).map_err(|why| failed(&why))?;
        if self.in_template {
            return Err(failed("a template file cannot include another one"));
        }
        let content = self.scope.file(&path, span)?;
        let template = parse_template(&content, span)
            .map_err(|why| failed(&format!("`{path}` is no template: {why}")))?;
        let scope = TemplateScope { names, outer: self.scope };
        let inner = Evaluator { in_template: true, ..Evaluator::new(&scope) };
        inner.work_left.set(self.work_left.get());
        let result = inner.value(&template, &Locals::None);
        self.work_left.set(inner.work_left.get());
        match result {
            Ok(value) => Ok(value.tainted(secret)),
            // The arguments were laid open for the template, so nothing of it may be shown.
            Err(_) if secret => Err(failed("")),
            Err(mut fault) => {
                fault.detail = format!("In the template `{path}`: {}", fault.detail);
                Err(fault)
            }
        }
    }

    fn environment(&self, given: Arguments<'_>, secret: bool, span: Span) -> Result<Value, Fault> {
        let name = given.text(0).map_err(|why| self.failed(given.function, &why, secret, span))?;
        self.scope.environment(&name).map(|value| Value::from(value).into_sensitive()).ok_or_else(
            || {
                let why = format!("the environment has no variable `{name}`");
                self.failed(given.function, &why, secret, span)
            },
        )
    }

    fn failed(&self, function: &Function, why: &str, secret: bool, span: Span) -> Fault {
        self.note_secret(secret);
        let why = if secret { "why is not shown, as an argument is secret" } else { why };
        let detail = format!("`{}` failed: {why}.", function.name);
        let found = Diagnostic::new(codes::FUNCTION_FAILED, span, detail);
        Box::new(found.help(format!("it is called as `{}`", function.signature)))
    }
}

/// What a template file sees: the names it is given.
struct TemplateScope<'s> {
    names: &'s BTreeMap<Arc<str>, Value>,
    outer: &'s dyn Scope,
}

impl Scope for TemplateScope<'_> {
    fn resolve(&self, name: &str, _: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        if let Some(value) = self.names.get(name) {
            return Ok((value.clone(), 0));
        }
        let detail = format!("the template is given nothing called `{name}`.");
        let near = nearest(name, self.names.keys().map(|name| &**name));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        Err(Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail).help_if(help)))
    }

    fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault> {
        self.outer.attribute(block, name, span)
    }

    fn file(&self, path: &str, span: Span) -> Result<String, Fault> {
        self.outer.file(path, span)
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.outer.environment(name)
    }
}

/// The values that a function sees, and whether its result is a secret.
fn opened(values: Vec<Value>, function: &Function) -> (Vec<Value>, bool) {
    if let Body::Structural(_) = function.body {
        let secret = values.iter().any(Value::is_sensitive);
        let open = values.into_iter().map(|value| value.unwrap_sensitive().clone());
        return (open.collect(), secret);
    }
    let secret = values.iter().any(Value::contains_sensitive);
    (if secret { values.iter().map(Value::reveal).collect() } else { values }, secret)
}

fn check_count(function: &Function, given: usize, span: Span) -> Result<(), Fault> {
    let (least, most) = function.arity();
    if given >= least && most.is_none_or(|most| given <= most) {
        return Ok(());
    }
    let takes = match most {
        Some(1) if least == 1 => "one argument".to_owned(),
        Some(most) if most == least => format!("{least} arguments"),
        Some(most) => format!("{least} to {most} arguments"),
        None => format!("at least {least} of its arguments"),
    };
    let given = match given {
        0 => "none is given".to_owned(),
        1 => "one is given".to_owned(),
        _ => format!("{given} are given"),
    };
    let detail = format!("`{}` takes {takes}, and {given}.", function.name);
    let found = Diagnostic::new(codes::FUNCTION_FAILED, span, detail);
    Err(Box::new(found.help(format!("it is called as `{}`", function.signature))))
}

fn unknown(name: &Name) -> Fault {
    let detail = format!("There is no function `{}`.", name.text);
    let near = nearest(&name.text, FUNCTIONS.iter().map(|function| function.name));
    let help = near.map(|near| format!("did you mean `{near}`?"));
    let mut found = fault(codes::UNKNOWN_FUNCTION, name.span, detail);
    found.help = help;
    found
}
