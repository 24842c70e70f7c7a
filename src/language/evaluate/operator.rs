//! Operators.

use super::{Evaluator, Locals, fault};
use crate::diagnostic::{Span, codes};
use crate::language::{BinaryOperator, Expression, Fault, Node, Number, UnaryOperator, Value};

impl Evaluator<'_> {
    pub(super) fn unary(
        &self,
        operator: UnaryOperator,
        operand: &Expression,
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let value = self.value(operand, locals)?;
        let secret = value.is_sensitive();
        let result = match operator {
            UnaryOperator::Minus => {
                let number = self.number(&value, "-", operand.span)?;
                negated(number).map(Value::Number)
            }
            UnaryOperator::Not => Some(Value::Bool(!self.boolean(&value, "!", operand.span)?)),
        };
        match result {
            Some(result) => Ok(result.tainted(secret)),
            None => Err(fault(codes::EVALUATION, span, "The result is too large a number.")),
        }
    }

    /// A chain like `a + b + c` leans to the left, so it is walked in a loop.
    pub(super) fn binary(
        &self,
        expression: &Expression,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let mut chain = Vec::new();
        let mut first = expression;
        while let Node::Binary { operator, left, right } = &first.node {
            chain.push((*operator, left, right, first.span));
            first = left;
        }
        let mut value = self.value(first, locals)?;
        while let Some((operator, left, right, span)) = chain.pop() {
            value = self.operation(operator, (value, left.span), right, span, locals)?;
        }
        Ok(value)
    }

    fn operation(
        &self,
        operator: BinaryOperator,
        (left, left_span): (Value, Span),
        right: &Expression,
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let sign = sign(operator);
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            let decisive = operator == BinaryOperator::Or;
            let secret = left.is_sensitive();
            if self.boolean(&left, sign, left_span)? == decisive {
                return Ok(Value::Bool(decisive).tainted(secret));
            }
            let value = self.value(right, locals)?;
            let secret = secret || value.is_sensitive();
            return Ok(Value::Bool(self.boolean(&value, sign, right.span)?).tainted(secret));
        }
        let value = self.value(right, locals)?;
        if let BinaryOperator::Equal | BinaryOperator::NotEqual = operator {
            let secret = left.contains_sensitive() || value.contains_sensitive();
            let equal = if secret { left.reveal() == value.reveal() } else { left == value };
            return Ok(Value::Bool(equal == (operator == BinaryOperator::Equal)).tainted(secret));
        }
        let secret = left.is_sensitive() || value.is_sensitive();
        let a = self.number(&left, sign, left_span)?;
        let b = self.number(&value, sign, right.span)?;
        let result = match operator {
            BinaryOperator::Less => Ok(Value::Bool(a < b)),
            BinaryOperator::LessOrEqual => Ok(Value::Bool(a <= b)),
            BinaryOperator::Greater => Ok(Value::Bool(a > b)),
            BinaryOperator::GreaterOrEqual => Ok(Value::Bool(a >= b)),
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::And
            | BinaryOperator::Or => arithmetic(operator, a, b).map(Value::Number),
        };
        let result = result.map_err(|why| self.refuse(secret, codes::EVALUATION, span, why))?;
        Ok(result.tainted(secret))
    }

    fn number(&self, value: &Value, sign: &str, span: Span) -> Result<Number, Fault> {
        value.unwrap_sensitive().to_number().ok_or_else(|| {
            let detail = format!("`{sign}` takes numbers, and this is {}.", value.described());
            self.refuse(value.is_sensitive(), codes::WRONG_TYPE, span, detail)
        })
    }

    fn boolean(&self, value: &Value, sign: &str, span: Span) -> Result<bool, Fault> {
        value.unwrap_sensitive().to_bool().ok_or_else(|| {
            let detail =
                format!("`{sign}` takes `true` or `false`, and this is {}.", value.described());
            self.refuse(value.is_sensitive(), codes::WRONG_TYPE, span, detail)
        })
    }
}

fn negated(number: Number) -> Option<Number> {
    match number {
        Number::Integer(integer) => match integer.checked_neg() {
            Some(negative) => Some(Number::Integer(negative)),
            None => Number::new(-number.as_f64()),
        },
        Number::Float(float) => Number::new(-float),
    }
}

fn arithmetic(operator: BinaryOperator, a: Number, b: Number) -> Result<Number, &'static str> {
    let divides = matches!(operator, BinaryOperator::Divide | BinaryOperator::Modulo);
    if divides && b == Number::Integer(0) {
        return Err("A number cannot be divided by zero.");
    }
    if let (Number::Integer(a), Number::Integer(b)) = (a, b)
        && let Some(exact) = exact(operator, a, b)
    {
        return Ok(Number::Integer(exact));
    }
    let (a, b) = (a.as_f64(), b.as_f64());
    let result = match operator {
        BinaryOperator::Add => a + b,
        BinaryOperator::Subtract => a - b,
        BinaryOperator::Multiply => a * b,
        BinaryOperator::Divide => a / b,
        BinaryOperator::Modulo => a % b,
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::And
        | BinaryOperator::Or => unreachable!("no arithmetic. This is a bug in Lifeboat"),
    };
    Number::new(result).ok_or("The result is too large a number.")
}

/// The result as an integer, where it is one and fits.
fn exact(operator: BinaryOperator, a: i64, b: i64) -> Option<i64> {
    match operator {
        BinaryOperator::Add => a.checked_add(b),
        BinaryOperator::Subtract => a.checked_sub(b),
        BinaryOperator::Multiply => a.checked_mul(b),
        BinaryOperator::Divide if a.checked_rem(b) == Some(0) => a.checked_div(b),
        // The least integer modulo -1 is 0, although the division does not fit.
        BinaryOperator::Modulo => Some(a.checked_rem(b).unwrap_or(0)),
        BinaryOperator::Divide
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::And
        | BinaryOperator::Or => None,
    }
}

fn sign(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::And => "&&",
        BinaryOperator::Or => "||",
    }
}
