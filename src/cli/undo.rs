//! `undo`: the inverse of an applied plan.

use super::apply::{How, ask_and_carry_out, plan_providers, read};
use super::arguments::Undo as Words;
use super::plan::{detail, show};
use super::prepare::{Prepared, busy};
use super::{Exit, Screen, Setting};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};
use crate::report::Operation;
use crate::{apply, plan};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.json;
    let how = How { json, operation: Operation::Apply, setting, screen };
    let applied = match read(&words.file) {
        Ok(plan) => plan,
        Err(found) => return how.refuse(&(*found).into(), Exit::Error),
    };
    let mut diagnostics = Diagnostics::default();
    let providers = plan_providers(&applied, setting, &mut diagnostics);
    if diagnostics.has_errors() {
        return how.refuse(&diagnostics, Exit::Error);
    }
    let leases = match apply::lease(&applied.stack, &providers) {
        Ok(leases) => leases,
        Err(error) => return how.refuse(&busy(&error).into(), Exit::Error),
    };
    let (live, found) = apply::look(&applied, &providers).await;
    if found.has_errors() {
        return how.refuse(&found, Exit::Error);
    }
    let plan::Inverted { plan: inverse, moved, gone, unreachable } =
        plan::invert(&applied, &live, &|name| setting.batching(name));
    if !unreachable.is_empty() {
        let detail =
            format!("Whether these have moved cannot be told now: `{}`.", unreachable.join("`, `"));
        let help = "undo when everything answers";
        let found = Diagnostic::global(codes::PLAN_STALE, detail).help(help);
        return how.refuse(&found.into(), Exit::Error);
    }
    if !gone.is_empty() {
        let detail = format!(
            "The plan deleted these images, and a plan does not keep their content: `{}`.",
            gone.join("`, `")
        );
        let help = "`lifeboat apply` copies them again from where the configuration says";
        let found = Diagnostic::global(codes::PLAN_STALE, detail).help(help);
        return how.refuse(&found.into(), Exit::Error);
    }
    if !moved.is_empty() {
        let detail = format!(
            "Since the plan was applied, these have moved, and undoing would lose that: `{}`.",
            moved.join("`, `")
        );
        let help = "`lifeboat plan` shows how they are now";
        let found = Diagnostic::global(codes::PLAN_STALE, detail).help(help);
        return how.refuse(&found.into(), Exit::Error);
    }
    let prepared = Prepared {
        plan: inverse,
        providers,
        leases,
        diagnostics,
        sources: Sources::default(),
        drill: None,
        partial: false,
    };
    show(&prepared, detail(false), json, screen, setting);
    let ask = (!words.auto_approve).then_some(("Undo it?", "yes"));
    ask_and_carry_out(prepared, ask, &how).await
}
