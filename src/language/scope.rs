//! What an expression can see.

use super::{BlockRef, Value};
use crate::diagnostic::{Diagnostic, Span};

/// Why there is no value: one finding.
pub type Fault = Box<Diagnostic>;

/// What an expression can see. Everything is asked for when it is needed and not before, so that
/// values may stand in any order and cost nothing when unused.
pub trait Scope {
    /// The value of a name and of the attribute steps that directly follow it, as far as the scope
    /// wants to take them at once: for `region.virginia.location` it is asked for `region` with
    /// `["virginia", "location"]`. Returns how many of `steps` the value has taken in.
    ///
    /// `span` is the whole reference.
    fn resolve(&self, name: &str, steps: &[&str], span: Span) -> Result<(Value, usize), Fault>;

    /// An attribute of a block.
    fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault>;

    /// The content of a file below the configuration's folder, for `file` and `templatefile`.
    fn file(&self, path: &str, span: Span) -> Result<String, Fault>;

    /// A variable of the environment, for `env`.
    fn environment(&self, name: &str) -> Option<String>;
}

/// Sees nothing: for expressions that have to be constant.
pub struct NoScope;

impl Scope for NoScope {
    fn resolve(&self, name: &str, _: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        Err(constant(span, &format!("`{name}` cannot be referred to here")))
    }

    fn attribute(&self, block: &BlockRef, _: &str, span: Span) -> Result<Value, Fault> {
        Err(constant(span, &format!("`{}` cannot be referred to here", block.address)))
    }

    fn file(&self, _: &str, span: Span) -> Result<String, Fault> {
        Err(constant(span, "files cannot be read here"))
    }

    fn environment(&self, _: &str) -> Option<String> {
        None
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "a fault is boxed wherever it goes")]
fn constant(span: Span, what: &str) -> Fault {
    let detail = format!("{what}: the value has to be constant.");
    Box::new(Diagnostic::new(crate::diagnostic::codes::UNKNOWN_REFERENCE, span, detail))
}
