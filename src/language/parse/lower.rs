//! The parser's tree as ours, with places in the file.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::expr::{self as tree, TraversalOperator};
use hcl_edit::structure as body;
use hcl_edit::template::HeredocTemplate;
use hcl_edit::{Decorated, Ident, Span as _};

use super::dedent;
use super::scan::Piece;
use super::template::{self, Trim};
use crate::diagnostic::{FileId, Span};
use crate::language::{
    Attribute, BinaryOperator, Block, Comprehension, Element, Expression, Name, NoScope, Node,
    Number, Step, UnaryOperator, Value, evaluate,
};

/// Different words that are kept once. A configuration uses some hundred; the limit keeps hostile
/// ones from making the set slow.
const WORDS_MAX: usize = 4096;

/// Turns trees of pieces into our own.
#[derive(Default)]
pub(super) struct Lowering {
    /// Where the piece starts, and in which file.
    piece: Option<(FileId, usize)>,
    /// Where everything stands, if it is in no file.
    pinned: Option<Span>,
    /// Where heredocs of the piece start whose indentation does not count.
    flush: Vec<usize>,
    words: BTreeSet<Arc<str>>,
}

impl Lowering {
    pub(super) fn start(&mut self, file: FileId, piece: Piece) {
        self.piece = Some((file, piece.range.start));
        self.flush = piece.flush;
    }

    pub(super) fn pin(&mut self, span: Span) {
        self.pinned = Some(span);
    }

    pub(super) fn block(&mut self, block: &body::Block) -> Block {
        let kind = self.name(&block.ident);
        let labels: Vec<Name> = block
            .labels
            .iter()
            .map(|label| match label {
                body::BlockLabel::Ident(ident) => self.name(ident),
                body::BlockLabel::String(string) => {
                    Name { text: string.as_str().into(), span: self.span(string.span()) }
                }
            })
            .collect();
        let span = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
        let mut lowered = Block { kind, labels, attributes: Vec::new(), blocks: Vec::new(), span };
        for structure in &block.body {
            match structure {
                body::Structure::Attribute(attribute) => {
                    lowered.attributes.push(self.attribute(attribute));
                }
                body::Structure::Block(nested) => lowered.blocks.push(self.block(nested)),
            }
        }
        lowered.attributes.shrink_to_fit();
        lowered.blocks.shrink_to_fit();
        lowered
    }

    pub(super) fn attribute(&mut self, attribute: &body::Attribute) -> Attribute {
        Attribute { name: self.name(&attribute.key), value: self.expression(&attribute.value) }
    }

    /// Recursion is bounded: the parser refuses what is nested more than 64 levels deep or has more
    /// than 128 operators on one path.
    pub(super) fn expression(&mut self, expression: &tree::Expression) -> Expression {
        let span = self.span(expression.span());
        let node = match expression {
            tree::Expression::Null(_) => Node::Literal(Value::Null),
            tree::Expression::Bool(flag) => Node::Literal(Value::Bool(*flag.value())),
            tree::Expression::Number(number) => number_node(number.value()),
            tree::Expression::String(text) => Node::Literal(Value::from(text.as_str())),
            tree::Expression::Array(array) => self.tuple(array, span),
            tree::Expression::Object(object) => self.object(object, span),
            tree::Expression::StringTemplate(template) => return self.quoted(template, span),
            tree::Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, span),
            tree::Expression::Parenthesis(inner) => self.expression(inner.inner()).node,
            tree::Expression::Variable(name) => {
                Node::Variable(Name { text: self.word(name.as_str()), span })
            }
            tree::Expression::Conditional(conditional) => self.conditional(conditional, span),
            tree::Expression::FuncCall(call) => self.call(call),
            tree::Expression::Traversal(traversal) => self.traversal(traversal, span),
            tree::Expression::UnaryOp(operation) => self.unary(operation, span),
            tree::Expression::BinaryOp(operation) => self.binary(operation, span),
            tree::Expression::ForExpr(comprehension) => self.comprehension(comprehension),
        };
        Expression { node, span }
    }

    pub(super) fn name(&mut self, ident: &Decorated<Ident>) -> Name {
        Name { text: self.word(ident.as_str()), span: self.span(ident.span()) }
    }

    pub(super) fn boxed(&mut self, expression: &tree::Expression) -> Box<Expression> {
        Box::new(self.expression(expression))
    }

    fn heredoc(&mut self, heredoc: &HeredocTemplate, span: Span) -> Node {
        // Its `-` was overwritten, which moved the start by one byte.
        let start = usize::try_from(span.start).unwrap_or(usize::MAX).wrapping_sub(1);
        if self.flush.binary_search(&start).is_err() {
            return template::folded(self.parts(&heredoc.template, Trim::default()));
        }
        let mut flush = heredoc.template.clone();
        dedent::strip(&mut flush);
        template::folded(self.parts(&flush, Trim::default()))
    }

    fn span(&self, range: Option<Range<usize>>) -> Span {
        if let Some(pinned) = self.pinned {
            return pinned;
        }
        let Some((file, offset)) = self.piece else {
            unreachable!("every piece is started. This is a bug in Lifeboat");
        };
        let range = range.unwrap_or(0..0);
        super::complaint::span(file, offset + range.start, offset + range.end)
    }

    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.words.get(text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = text.into();
        if self.words.len() < WORDS_MAX {
            self.words.insert(Arc::clone(&word));
        }
        word
    }

    fn tuple(&mut self, array: &tree::Array, span: Span) -> Node {
        let items: Vec<Expression> = array.iter().map(|item| self.expression(item)).collect();
        let constant = items.iter().all(is_literal);
        folded(Node::Tuple(items), constant, span)
    }

    fn object(&mut self, object: &tree::Object, span: Span) -> Node {
        let elements = object.iter().map(|(key, value)| Element {
            key: self.key(key),
            value: self.expression(value.expr()),
        });
        let elements: Vec<Element> = elements.collect();
        let constant = elements.iter().all(|e| is_literal(&e.key) && is_literal(&e.value));
        folded(Node::Object(elements), constant, span)
    }

    fn key(&mut self, key: &tree::ObjectKey) -> Expression {
        match key {
            tree::ObjectKey::Ident(ident) => {
                let name = self.name(ident);
                Expression { node: Node::Literal(Value::String(name.text)), span: name.span }
            }
            // A keyword that stands alone is a name here.
            tree::ObjectKey::Expression(word @ tree::Expression::Null(_)) => {
                Expression { node: Node::Literal("null".into()), span: self.span(word.span()) }
            }
            tree::ObjectKey::Expression(expression) => self.expression(expression),
        }
    }

    fn conditional(&mut self, conditional: &tree::Conditional, span: Span) -> Node {
        let condition = self.boxed(&conditional.cond_expr);
        let then = self.boxed(&conditional.true_expr);
        let otherwise = self.boxed(&conditional.false_expr);
        let constant = is_literal(&condition) && is_literal(&then) && is_literal(&otherwise);
        folded(Node::Conditional { condition, then, otherwise }, constant, span)
    }

    fn call(&mut self, call: &tree::FuncCall) -> Node {
        let mut name = self.name(&call.name.name);
        if call.name.is_namespaced() {
            let spaces = call.name.namespace.iter().map(|space| format!("{}::", space.as_str()));
            name.text = format!("{}{}", spaces.collect::<String>(), name.text).into();
        }
        let arguments = call.args.iter().map(|argument| self.expression(argument)).collect();
        Node::Call { name, arguments, expand_last: call.args.expand_final() }
    }

    fn traversal(&mut self, traversal: &tree::Traversal, span: Span) -> Node {
        let base = self.boxed(&traversal.expr);
        let steps = traversal.operators.iter().map(|step| {
            let place = step.span().map_or(span, |range| self.span(Some(range)));
            match step.value() {
                TraversalOperator::AttrSplat(_) => Step::AttributeSplat(place),
                TraversalOperator::FullSplat(_) => Step::FullSplat(place),
                TraversalOperator::GetAttr(ident) => {
                    let own = ident.span().map_or(place, |range| self.span(Some(range)));
                    Step::Attribute(Name { text: self.word(ident.as_str()), span: own })
                }
                TraversalOperator::Index(index) => Step::Index(self.boxed(index)),
                TraversalOperator::LegacyIndex(index) => {
                    let index = number_node(&hcl_edit::Number::from(*index.value()));
                    Step::Index(Box::new(Expression { node: index, span: place }))
                }
            }
        });
        Node::Traversal { steps: steps.collect(), base }
    }

    fn unary(&mut self, operation: &tree::UnaryOp, span: Span) -> Node {
        let operator = match operation.operator.value() {
            tree::UnaryOperator::Neg => UnaryOperator::Minus,
            tree::UnaryOperator::Not => UnaryOperator::Not,
        };
        let operand = self.boxed(&operation.expr);
        let constant = is_literal(&operand);
        folded(Node::Unary { operator, operand }, constant, span)
    }

    fn binary(&mut self, operation: &tree::BinaryOp, span: Span) -> Node {
        use tree::BinaryOperator as Theirs;
        let operator = match operation.operator.value() {
            Theirs::Eq => BinaryOperator::Equal,
            Theirs::NotEq => BinaryOperator::NotEqual,
            Theirs::LessEq => BinaryOperator::LessOrEqual,
            Theirs::GreaterEq => BinaryOperator::GreaterOrEqual,
            Theirs::Less => BinaryOperator::Less,
            Theirs::Greater => BinaryOperator::Greater,
            Theirs::Plus => BinaryOperator::Add,
            Theirs::Minus => BinaryOperator::Subtract,
            Theirs::Mul => BinaryOperator::Multiply,
            Theirs::Div => BinaryOperator::Divide,
            Theirs::Mod => BinaryOperator::Modulo,
            Theirs::And => BinaryOperator::And,
            Theirs::Or => BinaryOperator::Or,
        };
        let left = self.boxed(&operation.lhs_expr);
        let right = self.boxed(&operation.rhs_expr);
        let constant = is_literal(&left) && is_literal(&right);
        folded(Node::Binary { operator, left, right }, constant, span)
    }

    fn comprehension(&mut self, comprehension: &tree::ForExpr) -> Node {
        let intro = &comprehension.intro;
        Node::For(Box::new(Comprehension {
            key_name: intro.key_var.as_ref().map(|name| self.name(name)),
            value_name: self.name(&intro.value_var),
            collection: self.expression(&intro.collection_expr),
            key: comprehension.key_expr.as_ref().map(|key| self.expression(key)),
            value: self.expression(&comprehension.value_expr),
            condition: comprehension.cond.as_ref().map(|cond| self.expression(&cond.expr)),
            grouping: comprehension.grouping,
        }))
    }
}

fn number_node(number: &hcl_edit::Number) -> Node {
    let number = match number.as_i64() {
        Some(integer) => Some(Number::Integer(integer)),
        None => number.as_f64().and_then(Number::new),
    };
    Node::Literal(number.map_or(Value::Null, Value::Number))
}

fn is_literal(expression: &Expression) -> bool {
    matches!(expression.node, Node::Literal(_))
}

/// The value of a node whose parts are literals. One that has none stays as it is, and says why
/// when it is evaluated.
fn folded(node: Node, constant: bool, span: Span) -> Node {
    if !constant {
        return node;
    }
    let expression = Expression { node, span };
    match evaluate(&expression, &NoScope) {
        Ok(value) => Node::Literal(value),
        Err(_) => expression.node,
    }
}
