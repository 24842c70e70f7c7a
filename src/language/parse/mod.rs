//! Files as a [`Document`].
//!
//! A file is split into its top-level pieces, and each is parsed by itself and its tree lowered to
//! ours at once: one slip hides no other, and memory holds one foreign tree at a time.

mod complaint;
mod dedent;
mod literal;
mod lower;
mod scan;
mod split;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::parser;
use hcl_edit::structure::Structure;

use super::{Document, Expression, Fault, Node};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Sources, Span, codes};
use lower::Lowering;
use split::Splitter;

/// Findings per file. Whoever has more has not written HCL, and would not read them.
const ERRORS_MAX: usize = 1_000;

/// Reads every file: what was understood, and what was not.
pub fn parse(sources: &Sources) -> (Document, Diagnostics) {
    let mut document = Document::default();
    let mut found = Diagnostics::default();
    let mut lowering = Lowering::default();
    for file in sources.ids() {
        let errors = parse_file(sources, file, &mut lowering, &mut document);
        for error in errors {
            found.push(error);
        }
    }
    document.blocks.shrink_to_fit();
    (document, found)
}

/// Reads a file that holds one expression.
pub fn parse_expression(sources: &Sources, file: FileId) -> Result<Expression, Fault> {
    let text = sources.text(file);
    let mark = scan::after_byte_order_mark(text);
    let start = mark + leading_space(&text[mark..]);
    let mut piece =
        scan::expression(text, start).map_err(|problem| Box::new(problem.report(file)))?;
    if piece.range.is_empty() {
        let span = complaint::span(file, start, start);
        return Err(Box::new(Diagnostic::new(codes::SYNTAX, span, "An expression is missing.")));
    }
    let plain = piece.for_parser(text);
    let space = leading_space(&plain);
    piece.range.start += space;
    match parser::parse_expr(&plain[space..]) {
        Ok(tree) => {
            let mut lowering = Lowering::default();
            lowering.start(file, piece);
            Ok(lowering.expression(&tree))
        }
        Err(error) => Err(Box::new(complaint::explain(&error, text, file, piece.range))),
    }
}

/// Reads text as a template, as `templatefile` does. The text is in no file that a finding could
/// point into, so everything in it stands at `span`.
pub(super) fn parse_template(text: &str, span: Span) -> Result<Expression, String> {
    match parser::parse_template(text) {
        Ok(tree) => {
            let mut lowering = Lowering::default();
            lowering.pin(span);
            let parts = lowering.parts(&tree, template::Trim::default());
            Ok(Expression { node: Node::Template(parts), span })
        }
        Err(error) => {
            let place = error.location();
            Err(format!("line {}, column {}: {}", place.line(), place.column(), error.message()))
        }
    }
}

fn parse_file(
    sources: &Sources,
    file: FileId,
    lowering: &mut Lowering,
    document: &mut Document,
) -> Vec<Diagnostic> {
    let text = sources.text(file);
    let mut errors = Vec::new();
    let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
    for piece in Splitter::new(text) {
        if errors.len() >= ERRORS_MAX {
            let span = complaint::span(file, text.len(), text.len());
            let detail = format!("After {ERRORS_MAX} errors, the rest of this file was not read.");
            errors.push(Diagnostic::new(codes::SYNTAX, span, detail));
            break;
        }
        let piece = match piece {
            Ok(piece) => piece,
            Err(problem) => {
                errors.push(problem.report(file));
                continue;
            }
        };
        let body = match parser::parse_body(&piece.for_parser(text)) {
            Ok(body) => body,
            Err(error) => {
                errors.push(complaint::explain(&error, text, file, piece.range));
                continue;
            }
        };
        lowering.start(file, piece);
        for structure in &body {
            match structure {
                Structure::Block(block) => document.blocks.push(lowering.block(block)),
                Structure::Attribute(attribute) => {
                    let attribute = lowering.attribute(attribute);
                    let name = &attribute.name;
                    if let Some(first) = seen.insert(Arc::clone(&name.text), name.span) {
                        errors.push(complaint::twice(&name.text, name.span, Some(first)));
                    } else {
                        document.attributes.push(attribute);
                    }
                }
            }
        }
    }
    errors
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
