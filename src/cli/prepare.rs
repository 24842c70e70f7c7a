//! From intents to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use lifeboat_contract::{Address, Depth, Lease, Providers};

use super::arguments::Planning;
use super::load::{Loaded, load};
use super::survey::{Stop, Survey, go_on, survey};
use super::{Exit, Screen, Setting};
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};
use crate::diff::{self, Wishes};
use crate::drill::{self, Ask, Drill};
use crate::intent::Intents;
use crate::live::{self, Live};
use crate::plan::{self, Allowed, Plan, Unchanged};
use crate::report;

/// What a plan is made for.
#[derive(Default)]
pub(super) struct Purpose {
    /// How much is read.
    pub(super) depth: Depth,
    pub(super) destroy: bool,
    /// What is taken over; health checks by the provider's ids.
    pub(super) adopt: BTreeMap<Address, Option<String>>,
    pub(super) release: BTreeSet<Address>,
    /// Whether other applies are kept out from before anything is read.
    pub(super) lease: bool,
    /// Whether resources that stay as they are get an entry.
    pub(super) list_unchanged: bool,
    pub(super) images: Images,
    /// Whether the rules of a drill are asked, too.
    pub(super) rules: bool,
}

/// Where the content of images is learned from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Images {
    /// The lock, and the sources where it does not know.
    #[default]
    Resolved,
    /// The lock alone: no source is read.
    Locked,
}

/// A plan, ready to be shown and applied.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) providers: Providers,
    pub(super) leases: Vec<Lease>,
    /// Warnings.
    pub(super) diagnostics: Diagnostics,
    pub(super) sources: Sources,
    /// What users would see, where that was computed.
    pub(super) drill: Option<Drill>,
    /// Whether something could not be read that was not planned as lost.
    pub(super) partial: bool,
}

/// Why there is no plan.
pub(super) struct Refused {
    pub(super) diagnostics: Diagnostics,
    pub(super) sources: Sources,
    pub(super) exit: Exit,
    /// What a guard refuses: to be looked at, not to be applied.
    pub(super) plan: Option<Box<Plan>>,
}

/// Reads the folder and the world, and makes the plan.
pub(super) async fn prepare(
    words: &Planning,
    purpose: &Purpose,
    setting: &Setting<'_>,
) -> Result<Prepared, Refused> {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let result = make(words, purpose, setting, &mut loaded, &intents).await;
    let Loaded { sources, diagnostics, .. } = loaded;
    match result {
        Ok(Made { plan, providers, leases, drill, partial }) => {
            Ok(Prepared { plan, providers, leases, diagnostics, sources, drill, partial })
        }
        Err(Stop { exit, plan }) => Err(Refused { diagnostics, sources, exit, plan }),
    }
}

struct Made {
    plan: Plan,
    providers: Providers,
    leases: Vec<Lease>,
    drill: Option<Drill>,
    partial: bool,
}

async fn make(
    words: &Planning,
    purpose: &Purpose,
    setting: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
) -> Result<Made, Stop> {
    let survey = survey(&words.lost, purpose, setting, loaded, intents).await?;
    let partial = survey.is_partial();
    let Survey { desired, providers, leases, live, .. } = survey;
    let wishes = Wishes {
        adopt: purpose.adopt.clone(),
        release: purpose.release.clone(),
        destroy: purpose.destroy,
    };
    let (changes, found) = diff::compare(&desired, &live, &wishes);
    loaded.diagnostics.extend(found);
    go_on(Some(()), &loaded.diagnostics)?;
    let drill = drilled(purpose, intents, &desired, &live, loaded)?;
    let verdicts = drill.iter().flat_map(|drill| drill.objectives.clone()).collect();
    let lacking = live::lacking(changes.copies(), &providers).await;
    let unchanged = if purpose.list_unchanged { Unchanged::Listed } else { Unchanged::Counted };
    let plan = plan::make(plan::Making {
        desired: &desired,
        live: &live,
        changes: &changes,
        lacking: &lacking,
        verdicts,
        providers: public_attributes(intents, setting),
        batching: &|name| setting.batching(name),
        outputs: outputs(intents),
        unchanged,
    });
    if !purpose.destroy {
        let allowed = Allowed {
            mass_change: words.allow_mass_change,
            missing_image: words.allow_missing_image,
            violation: words.allow_violation,
        };
        let found = plan::guard(&desired, &changes, &plan.verdicts, allowed);
        let refused = found.has_errors();
        loaded.diagnostics.extend(found);
        if refused {
            return Err(Stop { exit: Exit::No, plan: Some(Box::new(plan)) });
        }
    }
    Ok(Made { plan, providers, leases, drill, partial })
}

/// What users will see. What only marks, or deletes everything, changes nothing of that.
fn drilled(
    purpose: &Purpose,
    intents: &Intents,
    desired: &Desired,
    live: &Live,
    loaded: &mut Loaded,
) -> Result<Option<Drill>, Stop> {
    if purpose.destroy || !purpose.adopt.is_empty() || !purpose.release.is_empty() {
        return Ok(None);
    }
    let (drill, found) = drill::drill(intents, desired, Ok(live), &Ask::default());
    loaded.diagnostics.extend(found);
    let mut drill = go_on(drill, &loaded.diagnostics)?;
    if purpose.rules {
        drill = drill.with(drill::lints(intents, desired, Some(live), &loaded.sources));
    }
    Ok(Some(drill))
}

/// Connects every provider that is used.
pub(super) fn connect(
    intents: &Intents,
    setting: &Setting<'_>,
    diagnostics: &mut Diagnostics,
) -> Providers {
    let attributes = intents.providers.iter().map(|(name, config)| {
        let attributes = config.attributes.iter();
        let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone()));
        (Arc::clone(name), attributes.collect())
    });
    connect_all(attributes, setting, diagnostics)
}

/// Connects providers by name and attributes.
pub(super) fn connect_all(
    wanted: impl Iterator<Item = (Arc<str>, BTreeMap<String, String>)>,
    setting: &Setting<'_>,
    diagnostics: &mut Diagnostics,
) -> Providers {
    let mut providers = Providers::new();
    for (name, attributes) in wanted {
        match (setting.connect)(&name, &attributes, Path::new(""), setting.trace.clone()) {
            Ok(provider) => {
                providers.insert(name, provider);
            }
            Err(why) => {
                let detail = format!("Provider `{name}` cannot be used: {why}.");
                diagnostics.push(Diagnostic::global(codes::PROVIDER_FAILED, detail));
            }
        }
    }
    providers
}

/// Why an apply cannot start.
pub(super) fn busy(error: &lifeboat_contract::ProviderError) -> Diagnostic {
    let code = if matches!(error, lifeboat_contract::ProviderError::Busy) {
        codes::APPLY_BUSY
    } else {
        codes::PROVIDER_FAILED
    };
    Diagnostic::global(code, format!("Nothing was written: {}.", crate::diagnostic::chain(error)))
}

/// How each provider is reached, without secrets.
fn public_attributes(
    intents: &Intents,
    setting: &Setting<'_>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let public = intents.providers.iter().map(|(name, config)| {
        let info = setting.providers.iter().find(|info| *info.name == **name);
        let attributes = config.attributes.iter().filter(|(attribute, _)| {
            let known =
                info.and_then(|info| info.attributes.iter().find(|a| a.name == **attribute));
            known.is_some_and(|known| !known.secret)
        });
        let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone()));
        (name.to_string(), attributes.collect())
    });
    public.collect()
}

fn outputs(intents: &Intents) -> BTreeMap<String, serde_json::Value> {
    let public = intents.outputs.iter().filter(|(_, output)| !output.sensitive);
    public.map(|(name, output)| (name.clone(), output.value.to_json())).collect()
}

/// Tells why there is no plan.
pub(super) fn tell(refused: &Refused, screen: &Screen, json: bool, setting: &Setting<'_>) -> Exit {
    let plan = refused.plan.as_deref();
    if json {
        super::plan::stream_plan(plan, &refused.diagnostics, &refused.sources, setting, screen);
    } else {
        if let Some(plan) = plan {
            screen.line(&report::plan(plan, report::Detail::Short));
        }
        screen.diagnostics(&refused.diagnostics, &refused.sources);
    }
    refused.exit
}
