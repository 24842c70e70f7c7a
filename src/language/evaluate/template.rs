//! Templates.

use super::comprehension::Loop;
use super::{Evaluator, Locals, fault};
use crate::diagnostic::{Span, codes};
use crate::language::value::TEXT_BYTES_MAX;
use crate::language::{Expression, Fault, Part, Value};

/// Text in the making.
#[derive(Default)]
struct Text {
    text: String,
    secret: bool,
}

impl Evaluator<'_> {
    pub(super) fn template(
        &self,
        parts: &[Part],
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let mut out = Text::default();
        self.parts(parts, span, locals, &mut out)?;
        self.work(out.text.len() / 16, span)?;
        Ok(Value::from(out.text).tainted(out.secret))
    }

    fn parts(
        &self,
        parts: &[Part],
        span: Span,
        locals: &Locals<'_>,
        out: &mut Text,
    ) -> Result<(), Fault> {
        for part in parts {
            match part {
                Part::Literal(text) => append(out, text, span)?,
                Part::Interpolation(expression) => self.interpolate(expression, locals, out)?,
                Part::If { condition, then, otherwise } => {
                    let (holds, secret) = self.condition(condition, locals)?;
                    out.secret |= secret;
                    self.parts(if holds { then } else { otherwise }, span, locals, out)?;
                }
                Part::For { key_name, value_name, collection, body } => {
                    let repeated = Loop { key_name: key_name.as_ref(), value_name, collection };
                    let secret =
                        self.each(&repeated, locals, |locals| self.parts(body, span, locals, out))?;
                    out.secret |= secret;
                }
            }
        }
        Ok(())
    }

    fn interpolate(
        &self,
        expression: &Expression,
        locals: &Locals<'_>,
        out: &mut Text,
    ) -> Result<(), Fault> {
        let value = self.value(expression, locals)?;
        let secret = value.is_sensitive();
        let open = value.unwrap_sensitive();
        let Some(text) = open.to_text() else {
            let detail = format!(
                "Only strings, numbers and bools can stand in a template, and this is {}.",
                open.described()
            );
            return Err(self.refuse(secret, codes::WRONG_TYPE, expression.span, detail));
        };
        out.secret |= secret;
        append(out, &text, expression.span)
    }
}

fn append(out: &mut Text, text: &str, span: Span) -> Result<(), Fault> {
    if out.text.len() + text.len() > TEXT_BYTES_MAX {
        let limit = TEXT_BYTES_MAX >> 20;
        return Err(fault(codes::EVALUATION, span, format!("The text exceeds {limit} MiB.")));
    }
    out.text.push_str(text);
    Ok(())
}
