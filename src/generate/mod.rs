//! Configuration for what exists and nobody declares.
//!
//! Input: the settings as [`Intents`] and [`Desired`], [`Live`]. Output: [`Generated`], HCL text and
//! what it takes over. What is written is read back, and is left out where it would not mean just
//! what is there; whatever is left out is named. Writes no file.

mod compose;
mod name;
mod read_back;
mod settings;
mod sort;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Address, CheckRef, Key, Object, ProviderInfo};

use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, codes, sentence};
use crate::intent::Intents;
use crate::live::Live;

/// What is generated from.
pub struct Settings<'s> {
    pub intents: &'s Intents,
    pub desired: &'s Desired,
    pub live: &'s Live,
    pub providers: &'s [ProviderInfo],
    pub form: Form,
    /// The zones whose record sets are wanted, with the checks that these use; absent for all zones
    /// and all checks.
    pub zones: Option<BTreeSet<Address>>,
}

/// What the text stands beside.
pub enum Form {
    /// Nothing: it is a configuration of its own. Attributes by which each provider is reached from
    /// there, where they are others than here.
    Whole(BTreeMap<Arc<str>, BTreeMap<&'static str, String>>),
    /// The configuration that the settings are from, which has these blocks already, by kind and name.
    Added(BTreeSet<(String, String)>),
}

/// Configuration for what exists.
pub struct Generated {
    /// The text, laid out.
    pub text: String,
    /// What it takes over; health checks by the provider's ids.
    pub adopt: BTreeMap<Address, Option<String>>,
    /// How many blocks of each kind there are.
    pub counts: BTreeMap<&'static str, usize>,
    /// What could not be written, and what was guessed.
    pub found: Diagnostics,
}

/// A block that shall be written.
struct Draft<'w> {
    kind: &'static str,
    name: String,
    provider: Arc<str>,
    /// The block of its zone, for record sets.
    zone: Option<Address>,
    pieces: Vec<Piece<'w>>,
}

/// An object that a block stands for.
struct Piece<'w> {
    /// The target's name, in a failover; the region's, for a repository.
    label: Option<String>,
    object: &'w Object,
}

/// What exists and is not written.
struct Unsaid {
    what: String,
    why: String,
    /// Provider and id, for a health check.
    check: Option<CheckId>,
}

/// A provider, and its id of a health check.
type CheckId = (Arc<str>, String);

/// Writes configuration for what exists.
///
/// # Errors
/// Where the settings themselves cannot be written.
pub fn generate(settings: &Settings<'_>) -> Result<Generated, Diagnostics> {
    let (mut drafts, mut unsaid) = sort::sort(settings);
    read_back::keep_what_reads_back(settings, &mut drafts, &mut unsaid)?;
    if let Some(zones) = &settings.zones {
        let used = keep_what_is_used(&mut drafts, zones);
        unsaid.retain(|gap| gap.check.as_ref().is_none_or(|check| used.contains(check)));
    }
    if let Form::Whole(_) = &settings.form {
        unsaid.extend(settings::secrets(settings));
    }
    let text = match &settings.form {
        Form::Whole(_) => compose::whole(settings, &drafts, &unsaid),
        Form::Added(_) => compose::added(settings, &drafts, &unsaid),
    };
    let mut counts = BTreeMap::new();
    for draft in &drafts {
        *counts.entry(draft.kind).or_default() += 1;
    }
    let adopt = drafts.iter().flat_map(Draft::addresses);
    let adopt = adopt.map(|(address, object)| (address, id_of(object))).collect();
    let found = findings(&unsaid, counts.get("failover").copied().unwrap_or(0));
    Ok(Generated { text, adopt, counts, found })
}

impl Draft<'_> {
    fn address(&self) -> Address {
        Address::block(self.kind, &self.name)
    }

    /// What it declares, and the object that each address stands for.
    fn addresses(&self) -> impl Iterator<Item = (Address, &Object)> {
        self.pieces.iter().map(|piece| {
            let part = if self.kind == "image" { "repository" } else { "target" };
            let address = match &piece.label {
                Some(label) => self.address().part(part, label),
                None => self.address(),
            };
            (address, piece.object)
        })
    }

    /// The ids of the checks that it refers to.
    fn refers_to(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for piece in &self.pieces {
            let mut spec = piece.object.spec.clone();
            let found = std::cell::RefCell::new(&mut ids);
            spec.rename_checks(|check| {
                if let CheckRef::Id(id) = check {
                    found.borrow_mut().push(id.clone());
                }
                None
            });
        }
        ids
    }
}

/// The provider's id of a health check, by which it is taken over.
fn id_of(object: &Object) -> Option<String> {
    match &object.key {
        Key::ForeignCheck { id } => Some(id.clone()),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::RecordSet { .. } => None,
    }
}

/// The record sets of these zones, and the checks that they use, be it through others.
fn keep_what_is_used(drafts: &mut Vec<Draft<'_>>, zones: &BTreeSet<Address>) -> BTreeSet<CheckId> {
    let mut used = BTreeSet::new();
    let checks: BTreeMap<CheckId, &Draft<'_>> =
        drafts.iter().filter_map(|draft| Some((draft.check()?, draft))).collect();
    let within = |draft: &&Draft<'_>| draft.zone.as_ref().is_some_and(|zone| zones.contains(zone));
    let mut open: Vec<&Draft<'_>> = drafts.iter().filter(within).collect();
    while let Some(draft) = open.pop() {
        for id in draft.refers_to() {
            let check = (Arc::clone(&draft.provider), id);
            if !used.contains(&check) {
                open.extend(checks.get(&check));
                used.insert(check);
            }
        }
    }
    drafts.retain(|draft| match draft.check() {
        Some(check) => used.contains(&check),
        None => draft.zone.as_ref().is_some_and(|zone| zones.contains(zone)),
    });
    used
}

impl Draft<'_> {
    /// Provider and id, for a health check.
    fn check(&self) -> Option<CheckId> {
        let object = self.pieces.first().map(|piece| piece.object)?;
        Some((Arc::clone(&self.provider), id_of(object)?))
    }
}

fn findings(unsaid: &[Unsaid], guesses: usize) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Unsaid { what, why, .. } in unsaid {
        let detail = format!("{}.", sentence(why));
        found.push(Diagnostic::global(codes::NOT_WRITTEN, detail).about(what.as_str()));
    }
    if guesses > 0 {
        let detail = format!(
            "Nothing tells in which region an address is, so the targets of {guesses} `failover` {} \
             got the regions in their order.",
            if guesses == 1 { "block" } else { "blocks" }
        );
        let help = "correct them in the file; no record set changes by that";
        found.push(Diagnostic::global(codes::REGION_GUESSED, detail).help(help));
    }
    found
}
