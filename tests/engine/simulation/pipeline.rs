//! The real stages, from text to plan and from plan to world.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::{self, Diagnostics, Sources};
use lifeboat::diff::{self, Wishes};
use lifeboat::intent::{self, Inputs, Intents};
use lifeboat::language::{self, Document};
use lifeboat::lock::{Content, Contents};
use lifeboat::plan::{self, Allowed, Plan, Unchanged};
use lifeboat::{apply, graph, live};
use lifeboat_contract::{
    Address, Batching, Digest, ImageSource, ProviderInfo, Providers, Stack, Weight,
};
use tokio::sync::watch;

use super::configuration::Configuration;
use super::text;

pub(super) const STACK: &str = "sim";

pub(super) fn stack() -> Stack {
    STACK.parse().unwrap()
}

/// Whether what is declared shall be there, or nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Apply,
    Destroy,
}

/// What the configuration wants, from its text. The text is lawful, so any error is a bug: in the
/// test or in the language.
pub(super) fn desire(configuration: &Configuration, purpose: Purpose) -> Desired {
    let text = text::write(configuration, STACK);
    derive(&text, &contents(configuration), lifeboat_local::INFO, purpose)
}

/// The same, for the only provider that the text names.
pub(super) fn derive(
    text: &str,
    contents: &Contents,
    provider: ProviderInfo,
    purpose: Purpose,
) -> Desired {
    let (_, mut desired) = understand(text, contents, provider);
    if purpose == Purpose::Destroy {
        desired.resources.clear();
        desired.names.clear();
        desired.zones.values_mut().for_each(|zone| zone.ours = true);
    }
    desired
}

/// What a lawful text says and wants.
pub(super) fn understand(
    text: &str,
    contents: &Contents,
    provider: ProviderInfo,
) -> (Intents, Desired) {
    let mut sources = Sources::default();
    sources.add("main.hcl", text);
    let (document, mut found) = language::parse(&sources);
    let providers = [provider];
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &Document::default(),
        environment: &BTreeMap::new(),
        files: &|_| Err("no file is read here".to_owned()),
        providers: &providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, contents, &providers);
    found.extend(more);
    let desired = desired.filter(|_| !found.has_errors());
    let Some(desired) = desired else {
        panic!("{}\n{text}", diagnostic::text(&found, &sources, false));
    };
    let (_, circles) = graph::build(&desired);
    assert!(!circles.has_errors(), "{}\n{text}", diagnostic::text(&circles, &sources, false));
    (intents, desired)
}

/// What the lock would say of each image.
fn contents(configuration: &Configuration) -> Contents {
    let contents = configuration.images.iter().map(|(name, image)| {
        let content = Content {
            digest: Digest::of(format!("{name} {}", image.content).as_bytes()),
            blobs: 3,
            bytes: 1000,
            source: ImageSource::Layout { path: format!("images/{name}") },
            missing: None,
            platforms: Vec::new(),
        };
        (Address::block("image", name), content)
    });
    contents.collect()
}

/// At most so many writes in a batch.
pub(super) fn batching(writes_max: usize) -> Batching {
    Batching {
        max: Weight { records: writes_max, characters: 0 },
        weigh: |_| Weight::ONE,
        calls: |_| 1,
    }
}

/// A plan, or the codes of the findings that refuse it.
pub(super) async fn plan(
    desired: &Desired,
    providers: &Providers,
    purpose: Purpose,
    batching: Batching,
) -> Result<Plan, Vec<&'static str>> {
    let (live, found) = live::read(desired, providers).await;
    go_on(&found)?;
    let (changes, found) = diff::compare(desired, &live, &Wishes::default());
    go_on(&found)?;
    if purpose == Purpose::Apply {
        let allowed = Allowed { mass_change: true, ..Allowed::default() };
        go_on(&plan::guard(desired, &changes, &[], allowed))?;
    }
    let plan = plan::make(plan::Making {
        desired,
        live: &live,
        changes: &changes,
        lacking: &live::Lacking::new(),
        verdicts: Vec::new(),
        providers: BTreeMap::new(),
        batching: &|_| Some(batching),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    });
    assert_eq!(plan.is_empty(), changes.is_empty(), "a plan has steps where there are changes");
    Ok(plan)
}

fn go_on(found: &Diagnostics) -> Result<(), Vec<&'static str>> {
    if !found.has_errors() {
        return Ok(());
    }
    let errors = found.sorted().into_iter().filter(|d| d.code.id.starts_with('E'));
    Err(errors.map(|d| d.code.id).collect())
}

/// The plan as it comes back from its file.
pub(super) fn through_file(plan: &Plan) -> Plan {
    let text = plan::write(plan);
    let read = plan::read(&text).map_err(|found| found.detail).unwrap();
    assert_eq!(read, *plan, "a plan reads back as it was written");
    assert_eq!(plan::write(&read), text, "the same plan gives the same text");
    read
}

/// Carries a plan out.
pub(super) async fn carry_out(plan: &Plan, providers: &Providers) -> apply::Outcome {
    let leases = apply::lease(&plan.stack, providers).unwrap();
    let mut journal = apply::Memory::default();
    let (_keep, stop) = watch::channel(apply::Stop::Run);
    let outcome = apply::execute(providers, plan, &BTreeSet::new(), &mut journal, &|_| {}, stop)
        .await
        .unwrap();
    drop(leases);
    let ended = matches!(journal.entries.last(), Some(apply::Entry::End { complete })
        if *complete == outcome.is_complete());
    assert!(ended, "the journal ends as the apply does");
    outcome
}

/// One provider, by the name that the text has for it.
pub(super) fn providers(local: impl lifeboat_contract::Provider + 'static) -> Providers {
    provider("local", local)
}

/// The same, by another name.
pub(super) fn provider(
    name: &str,
    provider: impl lifeboat_contract::Provider + 'static,
) -> Providers {
    let provider: Arc<dyn lifeboat_contract::Provider> = Arc::new(provider);
    Providers::from([(Arc::from(name), provider)])
}
