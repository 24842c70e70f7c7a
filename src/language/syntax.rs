//! The tree that a file is lowered to.

use std::sync::Arc;

use crate::diagnostic::Span;

/// What the files say, blocks in the order of files and lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub blocks: Vec<Block>,
    /// Attributes outside of every block; only variable files have them.
    pub attributes: Vec<Attribute>,
}

/// A word of the author's, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

/// `kind "label" { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: Name,
    pub labels: Vec<Name>,
    /// In the order written, no name twice.
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
    /// The header: from the kind to the last label.
    pub span: Span,
}

/// `name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: Name,
    pub value: Expression,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub node: Node,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A value without any reference, folded when lowered: `3`, `"text"`, `[1, 2]`.
    Literal(super::Value),
    Tuple(Vec<Expression>),
    Object(Vec<Element>),
    /// A name at the start of a traversal: `region`, `each`.
    Variable(Name),
    /// Steps into a value: `region.virginia.location`, `list[0]`, `all[*].name`.
    Traversal {
        base: Box<Expression>,
        steps: Vec<Step>,
    },
    Call {
        name: Name,
        arguments: Vec<Expression>,
        expand_last: bool,
    },
    Conditional {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    Unary {
        operator: UnaryOperator,
        operand: Box<Expression>,
    },
    Binary {
        operator: BinaryOperator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    For(Box<Comprehension>),
    /// A quoted template or heredoc with interpolations or directives.
    Template(Vec<Part>),
}

/// `[for k, v in x : value if condition]`, or with a key `{for ... : key => value...}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    pub key_name: Option<Name>,
    pub value_name: Name,
    pub collection: Expression,
    pub key: Option<Expression>,
    pub value: Expression,
    pub condition: Option<Expression>,
    pub grouping: bool,
}

/// `key = value` in an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub key: Expression,
    pub value: Expression,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Attribute(Name),
    Index(Box<Expression>),
    /// `.*`: over the attribute steps that follow.
    AttributeSplat(Span),
    /// `[*]`: over all steps that follow.
    FullSplat(Span),
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Literal(Arc<str>),
    /// `${expression}`
    Interpolation(Expression),
    /// `%{if condition}...%{else}...%{endif}`
    If {
        condition: Expression,
        then: Vec<Part>,
        otherwise: Vec<Part>,
    },
    /// `%{for k, v in collection}...%{endfor}`
    For {
        key_name: Option<Name>,
        value_name: Name,
        collection: Expression,
        body: Vec<Part>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    Minus,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}
