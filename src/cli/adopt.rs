//! `adopt` and `release`: take over and let go, by marks only.

use std::collections::BTreeMap;

use lifeboat_contract::Address;

use super::apply::{How, ask_and_carry_out};
use super::arguments::Hand as Words;
use super::prepare::{Purpose, prepare, tell};
use super::{Exit, Screen, Setting, plan};
use crate::diagnostic::{Diagnostic, codes};
use crate::report::Operation;

#[derive(Clone, Copy)]
pub(super) enum Way {
    Adopt,
    Release,
}

pub(super) async fn run(words: &Words, way: Way, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.planning.json;
    let addresses = words.addresses.iter().map(|text| Address::from(text.as_str()));
    let named = match named(&words.addresses) {
        Ok(named) => named,
        Err(found) => {
            let how = How { json, operation: Operation::Apply, setting, screen };
            return how.refuse(&found.into(), Exit::Error);
        }
    };
    let purpose = match way {
        Way::Adopt => Purpose { adopt: named, ..Purpose::default() },
        Way::Release => Purpose { release: addresses.collect(), ..Purpose::default() },
    };
    let purpose = Purpose { lease: words.out.is_none(), ..purpose };
    let prepared = match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => prepared,
        Err(refused) => return tell(&refused, screen, json, setting),
    };
    let detail = plan::detail(words.planning.verbose);
    plan::show(&prepared, detail, json, screen, setting);
    if let Some(out) = &words.out {
        return match plan::write_out(out, &prepared.plan, json, screen) {
            Ok(()) if prepared.partial => Exit::Part,
            Ok(()) => Exit::Done,
            Err(exit) => exit,
        };
    }
    let question = match way {
        Way::Adopt => "Take these over? Only their marks are written.",
        Way::Release => "Let go of these? Only their marks are removed.",
    };
    let ask = (!words.auto_approve).then_some((question, "yes"));
    let how = How { json, operation: Operation::Apply, setting, screen };
    ask_and_carry_out(prepared, ask, &how).await
}

/// The addresses, each with the provider's id if one is given.
fn named(words: &[String]) -> Result<BTreeMap<Address, Option<String>>, Diagnostic> {
    let mut named: BTreeMap<Address, Option<String>> = BTreeMap::new();
    for (address, id) in words.iter().map(|text| split(text)) {
        if named.insert(address.clone(), id.clone()).is_some_and(|other| other != id) {
            let detail = format!("`{address}` is named twice, and not with one id.");
            return Err(Diagnostic::global(codes::USAGE, detail));
        }
    }
    Ok(named)
}

/// An address, and the provider's id behind `=`. A key in quotes may hold a `=` of its own.
fn split(text: &str) -> (Address, Option<String>) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '=' if !quoted => {
                return (Address::from(&text[..at]), Some(text[at + 1..].to_owned()));
            }
            _ => {}
        }
    }
    (Address::from(text), None)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn ids_stand_behind_the_first_free_equals_sign() {
        for (text, address, id) in [
            ("record.mail", "record.mail", None),
            ("health_check.web=abc-1", "health_check.web", Some("abc-1")),
            ("health_check.web=a=b", "health_check.web", Some("a=b")),
            (r#"health_check.web["a=b"]"#, r#"health_check.web["a=b"]"#, None),
            (r#"health_check.web["\"="]=x"#, r#"health_check.web["\"="]"#, Some("x")),
            ("health_check.web=", "health_check.web", Some("")),
        ] {
            let (found, found_id) = split(text);
            assert_eq!((found.as_str(), found_id.as_deref()), (address, id), "{text}");
        }
    }
}
