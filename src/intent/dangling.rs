//! References to nothing, also where no value is computed: in the branch not taken, in a local that
//! nothing uses.

use std::cell::RefCell;

use super::names::Names;
use crate::diagnostic::{Diagnostics, Span, codes};
use crate::language::{Block, Document, Expression, references};

/// Finds what evaluation has not told already.
pub(super) fn find(document: &Document, names: &Names<'_>, found: &RefCell<Diagnostics>) {
    // The blocks of `variable` name types, and are read without a scope.
    for block in document.blocks.iter().filter(|block| &*block.kind.text != "variable") {
        in_block(block, names, found);
    }
}

fn in_block(block: &Block, names: &Names<'_>, found: &RefCell<Diagnostics>) {
    for attribute in &block.attributes {
        in_expression(&attribute.value, names, found);
    }
    for nested in &block.blocks {
        in_block(nested, names, found);
    }
}

fn in_expression(expression: &Expression, names: &Names<'_>, found: &RefCell<Diagnostics>) {
    for reference in references(expression) {
        let Some(step) = reference.steps.first() else { continue };
        let missing = names.missing(&reference.name, step, reference.span);
        let untold = missing.filter(|_| !is_told(reference.span, found));
        if let Some(fault) = untold {
            found.borrow_mut().push(*fault);
        }
    }
}

/// Whether a finding about this reference is there.
fn is_told(span: Span, found: &RefCell<Diagnostics>) -> bool {
    found.borrow().any(|told| {
        told.code == codes::UNKNOWN_REFERENCE
            && told.labels.first().is_some_and(|label| {
                label.span.file == span.file
                    && label.span.start < span.end
                    && span.start < label.span.end
            })
    })
}
