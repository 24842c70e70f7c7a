//! The functions that expressions can call.
//!
//! One table per category says of each function how it is called, what it does and how an example
//! comes out; the reference is generated from it, and a test evaluates every example.

mod arguments;
mod control;
mod conversion;
mod encoding;
mod hash;
mod list;
mod map;
mod network;
mod number;
mod pattern;
mod printf;
mod set;
mod text;

pub(super) use arguments::Arguments;

use super::Value;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    pub name: &'static str,
    /// How it is called: `join(separator, list)`. Parameters in brackets may be left away, the last
    /// one may stand any number of times if `...` follows it.
    pub signature: &'static str,
    /// Functions of one category follow each other in [`FUNCTIONS`].
    pub category: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// An expression that calls it.
    pub example: &'static str,
    /// Its value, as `console` shows it on one line.
    pub result: &'static str,
    pub(super) body: Body,
}

/// Says in words why there is no result.
type Run = fn(Arguments<'_>) -> Result<Value, String>;

/// How a function runs.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// On values with every secret laid open; the result is a secret if any of them was one.
    Plain(Run),
    /// On values whose elements keep their secrecy, because it only moves them about.
    Structural(Run),
    Try,
    Can,
    File,
    Template,
    Environment,
}

/// Every function, by category.
pub const FUNCTIONS: &[Function] = &joined();

const TABLES: &[&[Function]] = &[
    text::TABLE,
    pattern::TABLE,
    printf::TABLE,
    list::TABLE,
    map::TABLE,
    set::TABLE,
    conversion::TABLE,
    number::TABLE,
    encoding::TABLE,
    hash::TABLE,
    network::TABLE,
    control::TABLE,
];

/// The function of this name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

impl Function {
    /// The least and the greatest number of arguments.
    pub(super) fn arity(&self) -> (usize, Option<usize>) {
        let least = self.parameters().filter(|name| !name.starts_with('[')).count();
        match self.parameters().last() {
            Some(name) if name.ends_with("...") => (least - 1, None),
            Some(name) if name.ends_with("...]") => (least, None),
            _ => (least, Some(self.parameters().count())),
        }
    }

    /// The name of the parameter that takes this argument.
    fn parameter(&self, at: usize) -> &'static str {
        let name = self.parameters().nth(at).or_else(|| self.parameters().last());
        name.unwrap_or_default().trim_matches(['[', ']', '.'])
    }

    fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        let inner = self.signature.split_once('(').map_or("", |(_, inner)| inner);
        inner.trim_end_matches(')').split(", ").filter(|name| !name.is_empty())
    }
}

const fn count() -> usize {
    let (mut total, mut table) = (0, 0);
    while table < TABLES.len() {
        total += TABLES[table].len();
        table += 1;
    }
    total
}

/// The tables in one row.
const fn joined() -> [Function; count()] {
    let mut all = [TABLES[0][0]; count()];
    let (mut at, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            all[at] = TABLES[table][row];
            at += 1;
            row += 1;
        }
        table += 1;
    }
    all
}

/// A table of one category: signature, summary, example and result of each function, and what runs.
macro_rules! table {
    ($category:literal: $($name:literal $signature:literal $summary:literal
        $example:literal => $result:literal $body:expr;)*) => {
        pub(super) const TABLE: &[super::Function] = &[$(super::Function {
            name: $name,
            signature: concat!($name, "(", $signature, ")"),
            category: $category,
            summary: $summary,
            example: $example,
            result: $result,
            body: $body,
        }),*];
    };
}
use table;
