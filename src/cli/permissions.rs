//! `permissions`: the least that an identity has to be allowed, for this configuration.

use std::collections::BTreeSet;

use lifeboat_contract::{Key, NeededSet, NeededZone, Needs, Object, Policy, ProviderInfo, Spec};

use super::arguments::Permissions as Words;
use super::load::load;
use super::prepare::connect;
use super::{Exit, Screen, Setting};
use crate::desired::{self, Desired};
use crate::diagnostic::Diagnostics;
use crate::intent::Intents;
use crate::live::Live;
use crate::{image, live, report};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let contents = image::locked(&intents, &loaded.lock);
    let (desired, found) = desired::derive(&intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    let Some(desired) = desired.filter(|_| !loaded.diagnostics.has_errors()) else {
        screen.diagnostics(&loaded.diagnostics, &loaded.sources);
        return Exit::Error;
    };
    let mut found = Diagnostics::default();
    let live = if words.offline {
        Live::default()
    } else {
        read(&intents, &desired, setting, &mut found).await
    };
    if found.has_errors() {
        screen.diagnostics(&found, &loaded.sources);
        return Exit::Error;
    }
    let used: BTreeSet<&str> = desired
        .regions
        .iter()
        .map(|region| &*region.provider)
        .chain(desired.zones.values().map(|zone| &*zone.provider))
        .collect();
    let used = setting.providers.iter().filter(|info| used.contains(info.name));
    let policies: Vec<(&ProviderInfo, Policy)> = used
        .flat_map(|info| {
            let needs = needs(info, &intents, &desired, &live);
            let policies = info.permissions.map(|policies| policies(&needs)).unwrap_or_default();
            policies.into_iter().map(move |policy| (info, policy))
        })
        .filter(|(_, policy)| {
            words.purpose.is_none_or(|purpose| purpose.as_str() == policy.purpose)
        })
        .collect();
    print(&policies, words, screen);
    Exit::Done
}

async fn read(
    intents: &Intents,
    desired: &Desired,
    setting: &Setting<'_>,
    found: &mut Diagnostics,
) -> Live {
    let providers = connect(intents, setting, found);
    let (live, more) = live::read(desired, &providers).await;
    found.extend(more);
    live
}

fn needs(info: &ProviderInfo, intents: &Intents, desired: &Desired, live: &Live) -> Needs {
    let name = info.name;
    let account = intents
        .providers
        .get(name)
        .and_then(|config| config.attributes.get("allowed_account").cloned());
    let mut needs = Needs { account, ..Needs::default() };
    for zone in desired.zones.values().filter(|zone| *zone.provider == *name) {
        let there = live.object(name, &Key::Zone { name: zone.name.clone() });
        let id = there.and_then(|object| object.id.clone());
        needs.zones.push(NeededZone { name: zone.name.clone(), id, made: zone.ours });
    }
    let regions = desired.regions.iter().filter(|region| *region.provider == *name);
    needs.locations = regions.map(|region| region.location.clone()).collect();
    for resource in desired.resources.values().filter(|resource| *resource.provider == *name) {
        match &resource.key {
            None => needs.checks = true,
            Some(Key::RecordSet { name, rtype, label, .. }) => {
                let plain = label.is_none();
                needs.sets.insert(NeededSet { name: name.clone(), rtype: *rtype, plain });
            }
            Some(Key::Repository { location, name }) => {
                let spec = &resource.spec;
                needs.replicates |=
                    matches!(spec, Spec::Repository(spec) if !spec.replicate_to.is_empty());
                needs.repositories.insert((location.clone(), name.clone()));
            }
            Some(
                Key::Zone { .. }
                | Key::ImageCopy { .. }
                | Key::HealthCheck { .. }
                | Key::ForeignCheck { .. },
            ) => {}
        }
    }
    // What is still there and declared no more is deleted, and so has to be allowed, too.
    let ours = |object: &&Object| object.mark.as_ref().is_some_and(|m| m.stack == desired.stack);
    for object in live.objects(name).iter().filter(ours) {
        match &object.key {
            Key::RecordSet { name, rtype, label, .. } => {
                let plain = label.is_none();
                needs.sets.insert(NeededSet { name: name.clone(), rtype: *rtype, plain });
            }
            Key::Repository { location, name } => {
                needs.repositories.insert((location.clone(), name.clone()));
            }
            Key::HealthCheck { .. } => needs.checks = true,
            Key::Zone { name } if needs.zones.iter().all(|zone| zone.name != *name) => {
                needs.zones.push(NeededZone {
                    name: name.clone(),
                    id: object.id.clone(),
                    made: true,
                });
            }
            Key::Zone { .. } | Key::ImageCopy { .. } | Key::ForeignCheck { .. } => {}
        }
    }
    needs
}

fn print(policies: &[(&ProviderInfo, Policy)], words: &Words, screen: &Screen) {
    if words.json {
        let policies = policies.iter().map(|(info, policy)| (info.name, policy));
        let all = serde_json::to_string_pretty(&report::permissions(policies));
        return screen.line(&all.unwrap_or_default());
    }
    if policies.is_empty() {
        return screen.line("No provider of this configuration has permissions to give.");
    }
    for (at, (info, policy)) in policies.iter().enumerate() {
        // One policy alone is ready to be put into a file.
        if words.purpose.is_none() || policies.len() > 1 {
            let gap = if at == 0 { "" } else { "\n" };
            screen.line(&format!("{gap}# {}: to {}", info.name, policy.purpose));
        }
        screen.line(&format!("{:#}", policy.document));
    }
}
