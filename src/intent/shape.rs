//! The shape of a block: its labels, and what may stand in it. Needs no value.

use std::cell::RefCell;

use super::label_is_lawful;
use super::schema::{BlockSchema, Occurs};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, nearest};
use crate::language::Block;

/// Checks what can be checked without a value: labels, names, what is missing, what stands twice.
pub(super) fn check_shape(
    block: &Block,
    schema: &'static BlockSchema,
    found: &RefCell<Diagnostics>,
) {
    let mut report = |diagnostic| found.borrow_mut().push(diagnostic);
    check_labels(block, schema, &mut report);
    let each = schema.for_each.then_some("for_each");
    // The attributes of `locals` are free, and those of `provider` stand with the provider.
    let open = schema.attributes.is_empty();
    for attribute in block.attributes.iter().filter(|_| !open) {
        let name: &str = &attribute.name.text;
        if schema.attribute(name).is_some() || each == Some(name) {
            continue;
        }
        let names = schema.attributes.iter().map(|a| a.name).chain(each);
        let help = match (nearest(name, names.clone()), schema.block(name)) {
            (_, Some(_)) => Some(format!("`{name}` is a block: write `{name} {{ ... }}`")),
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, None) => Some(format!("it takes `{}`", names.collect::<Vec<_>>().join("`, `"))),
        };
        let detail = format!("{} block has no attribute `{name}`.", a(schema.kind));
        let code = codes::UNKNOWN_ATTRIBUTE;
        report(Diagnostic::new(code, attribute.name.span, detail).help_if(help));
    }
    for known in schema.attributes.iter().filter(|known| known.required) {
        if !block.attributes.iter().any(|a| &*a.name.text == known.name) {
            let detail = format!(
                "This `{}` block needs `{}`, {}: {}",
                schema.kind, known.name, known.takes, known.summary
            );
            report(Diagnostic::new(codes::MISSING_ATTRIBUTE, block.span, detail));
        }
    }
    check_nested(block, schema, &mut report);
    for nested in &block.blocks {
        if let Some(known) = schema.block(&nested.kind.text) {
            check_shape(nested, known.schema, found);
        }
    }
}

/// A kind of block, with its article.
fn a(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} `{kind}`")
}

fn check_labels(block: &Block, schema: &BlockSchema, report: &mut impl FnMut(Diagnostic)) {
    if block.labels.len() != schema.labels.len() {
        let form: Vec<String> = std::iter::once(schema.kind.to_owned())
            .chain(schema.labels.iter().map(|label| format!("\"<{label}>\"")))
            .collect();
        let detail = format!("This block is written `{} {{ ... }}`.", form.join(" "));
        report(Diagnostic::new(codes::WRONG_LABELS, block.span, detail));
    }
    for label in &block.labels {
        if !label_is_lawful(&label.text) {
            let detail = format!(
                "`{}` is no name: it starts with a letter or `_` and goes on with letters, digits, \
                 `_` and `-`, 63 characters at most.",
                label.text.chars().take(80).collect::<String>()
            );
            report(Diagnostic::new(codes::WRONG_LABELS, label.span, detail));
        }
    }
}

fn check_nested(block: &Block, schema: &BlockSchema, report: &mut impl FnMut(Diagnostic)) {
    for (index, nested) in block.blocks.iter().enumerate() {
        let kind: &str = &nested.kind.text;
        let Some(known) = schema.block(kind) else {
            let names = schema.blocks.iter().map(|b| b.schema.kind);
            let help = match (nearest(kind, names), schema.attribute(kind)) {
                (_, Some(_)) => Some(format!("`{kind}` is an attribute: write `{kind} = ...`")),
                (Some(near), None) => Some(format!("did you mean `{near}`?")),
                (None, None) if schema.blocks.is_empty() => None,
                (None, None) => {
                    let kinds: Vec<&str> = schema.blocks.iter().map(|b| b.schema.kind).collect();
                    Some(format!("it takes `{}` blocks", kinds.join("` and `")))
                }
            };
            let detail = format!("{} block has no `{kind}` block in it.", a(schema.kind));
            report(Diagnostic::new(codes::UNKNOWN_BLOCK, nested.span, detail).help_if(help));
            continue;
        };
        let same = |other: &&Block| {
            other.kind.text == nested.kind.text
                && (known.occurs == Occurs::AtMostOnce
                    || (!known.schema.labels.is_empty()
                        && other.labels.first().map(|l| &l.text)
                            == nested.labels.first().map(|l| &l.text)))
        };
        if let Some(first) = block.blocks[..index].iter().find(same) {
            let detail = format!("This `{kind}` block stands twice in one `{}`.", schema.kind);
            report(
                Diagnostic::new(codes::DUPLICATE_BLOCK, nested.span, detail)
                    .also(first.span, "first here"),
            );
        }
    }
}
