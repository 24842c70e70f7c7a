//! Values, cheap to clone.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    List(Arc<[Value]>),
    /// A map or an object; keys are sorted.
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    /// A block of the configuration, such as `region.virginia`; its attributes are asked of the
    /// scope.
    Block(BlockRef),
    /// A value that came from a secret. Every operation on one gives one.
    Sensitive(Arc<Value>),
}

/// A block, by its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRef {
    /// The block type: `region`.
    pub kind: Arc<str>,
    /// `region.virginia`, `health_check.web["ireland"]`.
    pub address: Arc<str>,
}

/// A number: exact for integers of up to 64 bits, otherwise binary floating point. Never NaN and
/// never infinite.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Integer(i64),
    Float(f64),
}
