//! Where a line has a space and where it has none.

use super::tokens::{Bracket, Kind};

/// Whether a space follows `this`, given the tokens around it on the line.
///
/// `in_keyword` says that `this` is the word `in`, which a bracket may follow at a distance:
/// `[for x in [1, 2] : x]`.
pub(super) fn space_after(this: Kind, in_keyword: bool, before: Option<Kind>, after: Kind) -> bool {
    let curly = [Kind::Open(Bracket::Curly), Kind::Close(Bracket::Curly)];
    if glued(this, after) {
        return false;
    }
    if this == Kind::Comma || (in_keyword && before == Some(Kind::Word)) {
        return true;
    }
    if after == Kind::Open(Bracket::Square) && can_be_indexed(this) || this == Kind::Bang {
        return false;
    }
    if this == Kind::Minus {
        return before.is_some_and(ends_operand);
    }
    if this == curly[0] || after == curly[1] {
        return [this, after] != curly;
    }
    !matches!(this, Kind::Open(_)) && !matches!(after, Kind::Close(_))
}

/// Pairs that are one thing to the reader: `f(`, `a.b`, `a,`, `list...`, `ns::f`.
fn glued(this: Kind, after: Kind) -> bool {
    let joins = [Kind::Dot, Kind::DoubleColon];
    (this == Kind::Word && after == Kind::Open(Bracket::Round))
        || joins.contains(&this)
        || joins.contains(&after)
        || after == Kind::Comma
        || after == Kind::Ellipsis
}

fn can_be_indexed(this: Kind) -> bool {
    matches!(this, Kind::Word | Kind::Number | Kind::Close(_))
}

/// Whether a minus after this token subtracts. After anything else it negates, and sticks to what
/// it negates.
fn ends_operand(before: Kind) -> bool {
    match before {
        Kind::Word
        | Kind::Number
        | Kind::Quoted
        | Kind::Heredoc
        | Kind::BlockComment
        | Kind::LineComment
        | Kind::Close(_)
        | Kind::Dot
        | Kind::DoubleColon
        | Kind::Ellipsis
        | Kind::Newline => true,
        Kind::Open(_)
        | Kind::Equal
        | Kind::Arrow
        | Kind::Operator
        | Kind::Minus
        | Kind::Bang
        | Kind::Question
        | Kind::Colon
        | Kind::Comma => false,
    }
}
