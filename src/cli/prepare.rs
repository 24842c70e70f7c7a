//! From intents to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use lifeboat_contract::{Address, Lease, Providers};

use super::arguments::Planning;
use super::load::{Loaded, load};
use super::{Exit, Screen, Setting};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes, nearest};
use crate::diff::{self, Wishes};
use crate::intent::Intents;
use crate::live::Live;
use crate::plan::{self, Allowed, Plan, Unchanged};
use crate::{graph, image, live, report};

/// What a plan is made for.
#[derive(Default)]
pub(super) struct Purpose {
    pub(super) destroy: bool,
    pub(super) adopt: BTreeSet<Address>,
    pub(super) release: BTreeSet<Address>,
    /// Whether other applies are kept out from before anything is read.
    pub(super) lease: bool,
    /// Whether resources that stay as they are get an entry.
    pub(super) list_unchanged: bool,
}

/// A plan, ready to be shown and applied.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) providers: Providers,
    pub(super) leases: Vec<Lease>,
    /// Warnings.
    pub(super) diagnostics: Diagnostics,
    pub(super) sources: Sources,
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
        Ok((plan, providers, leases, partial)) => {
            Ok(Prepared { plan, providers, leases, diagnostics, sources, partial })
        }
        Err(Stop { exit, plan }) => Err(Refused { diagnostics, sources, exit, plan }),
    }
}

/// Why [`make`] ends early; the findings say more.
struct Stop {
    exit: Exit,
    plan: Option<Box<Plan>>,
}

async fn make(
    words: &Planning,
    purpose: &Purpose,
    setting: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
) -> Result<(Plan, Providers, Vec<Lease>, bool), Stop> {
    let (contents, found) = if purpose.destroy {
        (image::locked(intents, &loaded.lock), Diagnostics::default())
    } else {
        image::resolve(intents, &loaded.lock, &setting.places(), &mut loaded.sources).await
    };
    loaded.diagnostics.extend(found);
    let (desired, found) = desired::derive(intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    let mut desired = go_on(desired, &loaded.diagnostics)?;
    let (_, found) = graph::build(&desired);
    loaded.diagnostics.extend(found);
    let lost = lost_regions(words, &desired, &mut loaded.diagnostics);
    go_on(Some(()), &loaded.diagnostics)?;
    if purpose.destroy {
        // What is no longer served has no targets to tell of.
        desired.names.clear();
    }
    let providers = connect(intents, setting, &mut loaded.diagnostics);
    let mut leases = Vec::new();
    if purpose.lease {
        leases = lease(&desired, &providers, &mut loaded.diagnostics);
    }
    go_on(Some(()), &loaded.diagnostics)?;
    let (live, found) = read(&desired, &providers, &lost).await;
    loaded.diagnostics.extend(found);
    go_on(Some(()), &loaded.diagnostics)?;
    let wishes = Wishes {
        adopt: purpose.adopt.clone(),
        release: purpose.release.clone(),
        destroy: purpose.destroy,
    };
    let (changes, found) = diff::compare(&desired, &live, &wishes);
    loaded.diagnostics.extend(found);
    go_on(Some(()), &loaded.diagnostics)?;
    let unchanged = if purpose.list_unchanged { Unchanged::Listed } else { Unchanged::Counted };
    let plan = plan::make(plan::Making {
        desired: &desired,
        live: &live,
        changes: &changes,
        providers: public_attributes(intents, setting),
        batching: &|name| setting.batching(name),
        outputs: outputs(intents),
        unchanged,
    });
    if !purpose.destroy {
        let allowed = Allowed {
            mass_change: words.allow_mass_change,
            missing_image: words.allow_missing_image,
        };
        let found = plan::guard(&desired, &changes, allowed);
        let refused = found.has_errors();
        loaded.diagnostics.extend(found);
        if refused {
            return Err(Stop { exit: Exit::No, plan: Some(Box::new(plan)) });
        }
    }
    let partial = live.dark().any(|(provider, dark)| {
        let known = |(name, location): &(Arc<str>, _)| {
            name == provider && Some(location) == dark.location.as_ref()
        };
        !lost.iter().any(known)
    });
    Ok((plan, providers, leases, partial))
}

/// The value, unless there are errors.
fn go_on<T>(value: Option<T>, diagnostics: &Diagnostics) -> Result<T, Stop> {
    value.filter(|_| !diagnostics.has_errors()).ok_or(Stop { exit: Exit::Error, plan: None })
}

type Lost = Vec<(Arc<str>, lifeboat_contract::Location)>;

fn lost_regions(words: &Planning, desired: &Desired, diagnostics: &mut Diagnostics) -> Lost {
    let mut lost = Lost::new();
    for name in &words.lost {
        let region = desired
            .regions
            .iter()
            .find(|region| *region.name == **name || region.location.as_str() == name.as_str());
        match region {
            Some(region) => lost.push((Arc::clone(&region.provider), region.location.clone())),
            None => {
                let names: Vec<&str> = desired.regions.iter().map(|region| &*region.name).collect();
                let detail = format!("No region is called `{name}`.");
                let help = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is `{}`", names.join("`, `")),
                };
                diagnostics.push(Diagnostic::global(codes::USAGE, detail).help(help));
            }
        }
    }
    lost
}

async fn read(desired: &Desired, providers: &Providers, lost: &Lost) -> (Live, Diagnostics) {
    let (mut live, mut found) = live::read(desired, providers).await;
    for (provider, location) in lost {
        live.forget(provider, location);
    }
    found.extend(plan::unreachable(&live));
    (live, found)
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

fn lease(desired: &Desired, providers: &Providers, diagnostics: &mut Diagnostics) -> Vec<Lease> {
    crate::apply::lease(&desired.stack, providers).unwrap_or_else(|error| {
        diagnostics.push(busy(&error));
        Vec::new()
    })
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
