//! HCL text as blocks, expressions and values.
//!
//! Input: [`Sources`](crate::diagnostic::Sources). Output: [`Document`], whose expressions
//! [`evaluate`] to [`Value`]s in a [`Scope`]. Knows nothing of regions or clouds, reads no file
//! itself, and never fails: it returns what it understood, and the findings.

mod evaluate;
mod format;
mod function;
mod parse;
mod reference;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub use evaluate::evaluate;
pub use format::format;
pub use function::{FUNCTIONS, Function};
pub use parse::{parse, parse_expression};
pub use reference::{Reference, references};
pub use scope::{Fault, NoScope, Scope};
pub use syntax::{
    Attribute, BinaryOperator, Block, Comprehension, Document, Element, Expression, Name, Node,
    Part, Step, UnaryOperator,
};
pub use value::{BlockRef, Number, Value};
