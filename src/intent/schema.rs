//! What each block takes, as data: the same tables validate, suggest and make the reference.

/// A kind of block.
#[derive(Debug)]
pub struct BlockSchema {
    pub kind: &'static str,
    /// What its labels mean.
    pub labels: &'static [&'static str],
    /// One sentence.
    pub summary: &'static str,
    pub attributes: &'static [AttributeSchema],
    pub blocks: &'static [NestedSchema],
    /// Whether it may be repeated by `for_each`.
    pub for_each: bool,
    /// HCL that uses it.
    pub example: &'static str,
}

#[derive(Debug)]
pub struct AttributeSchema {
    pub name: &'static str,
    pub takes: Takes,
    pub required: bool,
    /// The value used where none is given, as HCL.
    pub default: Option<&'static str>,
    pub summary: &'static str,
}

/// What an attribute takes, in the words of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Text,
    Flag,
    Integer,
    Number,
    /// `"90s"`, `"1m30s"`.
    Duration,
    Texts,
    TextMap,
    /// A block of this kind.
    Reference(&'static str),
    /// A block of this kind, or the provider's id of a thing that no block declares.
    ReferenceOrId(&'static str),
    References(&'static str),
    /// Blocks of any of these kinds.
    ReferencesTo(&'static [&'static str]),
    /// A type constraint, read without evaluating.
    TypeConstraint,
    Anything,
}

#[derive(Debug)]
pub struct NestedSchema {
    pub schema: &'static BlockSchema,
    pub occurs: Occurs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    AtMostOnce,
    AnyNumber,
}

impl BlockSchema {
    pub fn attribute(&self, name: &str) -> Option<&'static AttributeSchema> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub fn block(&self, kind: &str) -> Option<&'static NestedSchema> {
        self.blocks.iter().find(|nested| nested.schema.kind == kind)
    }
}

impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("string"),
            Self::Flag => f.write_str("bool"),
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Duration => f.write_str("duration"),
            Self::Texts => f.write_str("list of strings"),
            Self::TextMap => f.write_str("map of strings"),
            Self::Reference(kind) => write!(f, "reference to a `{kind}`"),
            Self::ReferenceOrId(kind) => write!(f, "reference to a `{kind}`, or an id"),
            Self::References(kind) => write!(f, "list of references to `{kind}`"),
            Self::ReferencesTo(kinds) => {
                write!(f, "list of references to `{}`", kinds.join("` or `"))
            }
            Self::TypeConstraint => f.write_str("type"),
            Self::Anything => f.write_str("any value"),
        }
    }
}

/// An attribute that must be given.
pub(super) const fn required(
    name: &'static str,
    takes: Takes,
    summary: &'static str,
) -> AttributeSchema {
    AttributeSchema { name, takes, required: true, default: None, summary }
}

/// An attribute that may be left out.
pub(super) const fn optional(
    name: &'static str,
    takes: Takes,
    summary: &'static str,
) -> AttributeSchema {
    AttributeSchema { name, takes, required: false, default: None, summary }
}

/// An attribute with a value where none is given, as HCL.
pub(super) const fn defaulted(
    name: &'static str,
    takes: Takes,
    default: &'static str,
    summary: &'static str,
) -> AttributeSchema {
    AttributeSchema { name, takes, required: false, default: Some(default), summary }
}
