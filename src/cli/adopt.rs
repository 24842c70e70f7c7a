//! `adopt` and `release`: take over and let go, by marks only.

use std::collections::BTreeMap;

use lifeboat_contract::Address;

use super::apply::{How, ask_and_carry_out};
use super::arguments::{Adopt, Handling, Release};
use super::prepare::{Prepared, Purpose, prepare, tell};
use super::{Exit, Screen, Setting, generate, plan};
use crate::diagnostic::{Diagnostic, codes};
use crate::report::Operation;

const TAKE: &str = "Take these over? Only their marks are written.";
const LET_GO: &str = "Let go of these? Only their marks are removed.";

pub(super) async fn run(words: &Adopt, setting: &Setting<'_>, screen: &Screen) -> Exit {
    if let Some(folder) = &words.generate {
        return generate::run(words, folder, setting, screen).await;
    }
    match named(&words.addresses) {
        Ok(adopt) => {
            let purpose = Purpose { adopt, ..Purpose::default() };
            hand(&words.handling, purpose, TAKE, setting, screen).await
        }
        Err(found) => {
            let json = words.handling.planning.json;
            let how = How { json, operation: Operation::Apply, setting, screen };
            how.refuse(&found.into(), Exit::Error)
        }
    }
}

pub(super) async fn release(words: &Release, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let release = words.addresses.iter().map(|text| Address::from(text.as_str())).collect();
    let purpose = Purpose { release, ..Purpose::default() };
    hand(&words.handling, purpose, LET_GO, setting, screen).await
}

async fn hand(
    words: &Handling,
    purpose: Purpose,
    question: &str,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Exit {
    let purpose = Purpose { lease: words.out.is_none(), ..purpose };
    match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => conclude(prepared, words, question, setting, screen).await,
        Err(refused) => tell(&refused, screen, words.planning.json, setting),
    }
}

/// Takes over what a generated configuration declares.
pub(super) async fn take(
    prepared: Prepared,
    words: &Handling,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Exit {
    conclude(prepared, words, TAKE, setting, screen).await
}

/// Shows the plan, and writes it or asks and carries it out.
async fn conclude(
    prepared: Prepared,
    words: &Handling,
    question: &str,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Exit {
    let json = words.planning.json;
    plan::show(&prepared, plan::detail(words.planning.verbose), json, screen, setting);
    if let Some(out) = &words.out {
        return match plan::write_out(out, &prepared.plan, json, screen) {
            Ok(()) if prepared.partial => Exit::Part,
            Ok(()) => Exit::Done,
            Err(exit) => exit,
        };
    }
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
