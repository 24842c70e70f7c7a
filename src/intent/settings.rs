//! `lifeboat`: the stack's name and the version that the configuration needs.

use lifeboat_contract::Stack;

use super::reader::Reader;
use super::schema::{BlockSchema, Takes, optional, required};
use crate::diagnostic::{Diagnostic, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "lifeboat",
    labels: &[],
    summary: "Names the stack, under which this configuration owns things in the cloud.",
    attributes: &[
        required(
            "stack",
            Takes::Text,
            "1 to 32 of `a-z`, `0-9` and `-`. Everything the stack makes carries this name.",
        ),
        optional(
            "required_version",
            Takes::Text,
            "Versions of Lifeboat that may run, such as `\">= 0.1\"` or `\">= 0.1, < 2.0\"`.",
        ),
    ],
    blocks: &[],
    for_each: false,
    example: "lifeboat {\n  stack            = \"shop\"\n  required_version = \">= 0.1\"\n}\n",
};

pub(super) fn read(reader: &Reader<'_>) -> Option<Stack> {
    if let Some(required) = reader.text("required_version") {
        match allows(&required.value, env!("CARGO_PKG_VERSION")) {
            Ok(true) => {}
            Ok(false) => {
                let detail = format!(
                    "This is Lifeboat {}, and the configuration needs `{}`.",
                    env!("CARGO_PKG_VERSION"),
                    required.value
                );
                reader.report(Diagnostic::new(codes::REQUIRED_VERSION, required.span, detail));
            }
            Err(part) => reader.refuse(
                required.span,
                format!("`{part}` is no version constraint: write like `\">= 0.1, < 2.0\"`."),
            ),
        }
    }
    reader.parsed("stack").map(|at| at.value)
}

/// Whether every part of the constraint holds, or the part that cannot be read.
fn allows(constraint: &str, running: &str) -> Result<bool, String> {
    let running = version(running).unwrap_or_default();
    let mut holds = true;
    for part in constraint.split(',').map(str::trim) {
        let digits = part.find(|c: char| c.is_ascii_digit()).ok_or(part)?;
        let wanted = version(&part[digits..]).ok_or(part)?;
        holds &= match part[..digits].trim() {
            "" | "=" => running == wanted,
            "!=" => running != wanted,
            ">" => running > wanted,
            ">=" => running >= wanted,
            "<" => running < wanted,
            "<=" => running <= wanted,
            // `~> 1.2` lets the last part that is written grow.
            "~>" => {
                let fixed = part[digits..].split('.').count().saturating_sub(1);
                running >= wanted && running[..fixed] == wanted[..fixed]
            }
            _ => return Err(part.to_owned()),
        };
    }
    Ok(holds)
}

fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = [0; 3];
    for (at, part) in text.split('.').enumerate() {
        *parts.get_mut(at)? = part.parse().ok()?;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn constraints_are_those_people_know() {
        for (constraint, running, expected) in [
            (">= 0.1", "0.1.0", true),
            ("> 0.1", "0.1.0", false),
            (">= 0.1, < 1.0", "1.0.0", false),
            ("~> 0.1", "0.9.3", true),
            ("~> 0.1.2", "0.1.9", true),
            ("~> 0.1.2", "0.2.0", false),
            ("0.1.0", "0.1.0", true),
            ("!= 0.1.0", "0.1.0", false),
        ] {
            assert_eq!(allows(constraint, running), Ok(expected), "{constraint} {running}");
        }
        for bad in ["", "x", ">=", "=> 1", ">= 1.2.3.4", ">= 1.x"] {
            assert!(allows(bad, "0.1.0").is_err(), "{bad}");
        }
    }
}
