//! Failovers: primary and secondary sets, nested through aliases where there are more tiers.

use std::sync::Arc;

use lifeboat_contract::{
    Address, Answer, DnsName, FailoverRole, Key, RecordSet, Routing, Spec, ZoneName,
};

use super::record::{answer, check_capabilities, declared, needs_zone, place};
use super::{Making, Resource, ServedName, ServedTarget, WantedZone, region_name};
use crate::diagnostic::{Diagnostic, codes};
use crate::intent::{Failover, Source, Target};

pub(super) fn derive(making: &mut Making<'_>) {
    let intents = making.intents;
    for (address, failover) in &intents.failovers {
        let Some(zone) = making.zone(&failover.zone.value) else { continue };
        let Some(name) = place(making, address, &failover.name, &zone, failover.rtype) else {
            continue;
        };
        check_capabilities(making, address, &zone, failover.rtype, &failover.ttl);
        let mut sets = Vec::new();
        for target in &failover.targets {
            check_target(making, address, target, &zone);
            let Some(answer) = answer(making, address, &target.data, &zone) else { continue };
            sets.push((target, answer));
        }
        if sets.len() < failover.targets.len() {
            continue;
        }
        check_tiers(making, (address, failover), &zone, &sets);
        let mut group = Group { address, failover, zone: &zone, base: &name, making: &mut *making };
        let tiers: Vec<&[(&Target, Answer)]> = sets.chunk_by(|a, b| a.0.tier == b.0.tier).collect();
        group.lay(&tiers, &name);
        note_served(making, address, failover, (zone.name, name));
    }
}

/// As many targets may share a tier as the provider has sets of one name.
fn check_tiers(
    making: &mut Making<'_>,
    (address, failover): (&Address, &Failover),
    zone: &WantedZone,
    sets: &[(&Target, Answer)],
) {
    let most = making.capabilities(&zone.provider).map_or(usize::MAX, |can| can.sets_max);
    for tier in sets.chunk_by(|a, b| a.0.tier == b.0.tier).filter(|tier| tier.len() > most) {
        let what = format!("shares a tier among {most} targets, not {}", tier.len());
        making.unsupported(address, failover.span, &zone.provider, &what);
    }
}

/// Finds what would make a target useless.
fn check_target(making: &mut Making<'_>, address: &Address, target: &Target, zone: &WantedZone) {
    let can = making.capabilities(&zone.provider);
    if target.weight != 1 && !can.is_some_and(|can| can.weighted) {
        making.unsupported(address, target.span, &zone.provider, "shares nothing by weight");
    }
    let check = target.health_check.as_ref();
    let named = check.and_then(|at| Some((at.span, declared(&at.value)?)));
    let asked_by = |named: &Address| making.intents.health_checks.get(named)?.provider.clone();
    if let Some((span, named)) = named
        && let Some(other) = asked_by(&named).filter(|other| *other != zone.provider)
    {
        let what = format!("cannot answer by `{named}`, which provider `{other}` asks");
        making.unsupported(address, span, &zone.provider, &what);
    }
    for image in target.runs.iter().flat_map(|runs| &runs.value) {
        let intents = making.intents;
        let Some(intent) = intents.images.get(image) else { continue };
        if intent.source.value == Source::Pushed {
            let detail = format!(
                "Target \"{}\" runs `{image}`, which others push, so nothing says which image its \
                 region has to hold.",
                target.name
            );
            let span = target.runs.as_ref().map_or(target.span, |runs| runs.span);
            let help = "give the image a `source`, or leave `runs` out";
            let found = Diagnostic::new(codes::IMAGE_SOURCE, span, detail).help(help);
            making.found.push(found.about(address.as_str()));
            continue;
        }
        let regions = super::image::regions_of(making, image, intent);
        if regions.iter().any(|(region, _)| *region == target.region.value) {
            continue;
        }
        let detail = format!(
            "Target \"{}\" runs `{image}` in `{}`, where that image is not replicated, so the \
             region could not serve.",
            target.name, target.region.value
        );
        let span = target.runs.as_ref().map_or(target.span, |runs| runs.span);
        let help = format!("add `{}` to `{image}.regions`", target.region.value);
        making.found.push(
            Diagnostic::new(codes::IMAGE_NOT_IN_REGION, span, detail)
                .help(help)
                .about(address.as_str()),
        );
    }
}

fn note_served(
    making: &mut Making<'_>,
    address: &Address,
    failover: &Failover,
    (zone, name): (ZoneName, DnsName),
) {
    let targets = failover.targets.iter().map(|target| {
        let region = region_name(&target.region.value);
        ServedTarget {
            label: Arc::clone(&target.name),
            tier: target.tier,
            set: address.part("target", &target.name),
            runs: copies_of(target, &region),
            region,
        }
    });
    let targets = targets.collect();
    let rtype = failover.rtype;
    let address = address.clone();
    making.desired.names.push(ServedName { address, zone, name, rtype, targets });
}

/// The image copies that a target needs.
fn copies_of(target: &Target, region: &str) -> Vec<Address> {
    let images = target.runs.iter().flat_map(|runs| &runs.value);
    images.map(|image| image.part("copy", region)).collect()
}

/// The sets of one failover.
struct Group<'g, 'm> {
    address: &'g Address,
    failover: &'g Failover,
    zone: &'g WantedZone,
    base: &'g DnsName,
    making: &'g mut Making<'m>,
}

impl Group<'_, '_> {
    /// Lays tiers out at a name. A provider knows primary and secondary only, so what is more
    /// becomes an alias of a name of its own.
    fn lay(&mut self, tiers: &[&[(&Target, Answer)]], name: &DnsName) {
        match tiers {
            [] => {}
            [only] => {
                for (target, answer) in *only {
                    let routing = Routing::Weighted { weight: target.weight };
                    self.target(target, answer, name, routing);
                }
            }
            [first, rest @ ..] => {
                self.side(FailoverRole::Primary, &[*first], name, "tier");
                self.side(FailoverRole::Secondary, rest, name, "rest");
            }
        }
    }

    fn side(
        &mut self,
        role: FailoverRole,
        tiers: &[&[(&Target, Answer)]],
        name: &DnsName,
        part: &str,
    ) {
        if let [[(target, answer)]] = tiers {
            return self.target(target, answer, name, Routing::Failover(role));
        }
        let number = tiers.first().and_then(|tier| tier.first()).map_or(0, |(t, _)| t.tier) + 1;
        let below = self.base.as_str().strip_prefix("*.").map(|rest| format!("_wildcard.{rest}"));
        let below = below.unwrap_or_else(|| self.base.to_string());
        let nested: DnsName = match format!("_lifeboat-{part}{number}.{below}").parse() {
            Ok(nested) => nested,
            Err(why) => {
                let detail = format!(
                    "The name is too long for a failover of several tiers, which needs a name of \
                     its own: {}.",
                    lifeboat_contract::Invalid { value: String::new(), ..why }.why
                );
                let found = Diagnostic::new(codes::INVALID_VALUE, self.failover.name.span, detail);
                return self.making.found.push(found.about(self.address.as_str()));
            }
        };
        let answer =
            Answer::Alias { name: nested.clone(), zone_id: None, evaluate_target_health: true };
        let address = self.address.part(part, &number.to_string());
        let spec =
            RecordSet { ttl: None, answer, routing: Routing::Failover(role), health_check: None };
        let label = if part == "tier" { format!("@{number}") } else { format!("@{number}+") };
        self.set(address, name, label, spec, Vec::new());
        self.lay(tiers, &nested);
    }

    /// Some providers take no primary of which nothing says whether it is healthy.
    fn check_primary(&mut self, target: &Target, answer: &Answer) {
        let can = self.making.capabilities(&self.zone.provider);
        let evaluates = matches!(answer, Answer::Alias { evaluate_target_health: true, .. });
        if target.health_check.is_some()
            || evaluates
            || !can.is_some_and(|can| can.primary_needs_check)
        {
            return;
        }
        let detail = format!(
            "Provider `{}` takes a target that others stand behind only with a health check, or as \
             an alias that evaluates its target's health, and target \"{}\" has neither.",
            self.zone.provider, target.name
        );
        let found = Diagnostic::new(codes::UNSUPPORTED, target.span, detail);
        let found = found.help("set `health_check`").about(self.address.as_str());
        self.making.found.push(found);
    }

    fn target(&mut self, target: &Target, answer: &Answer, name: &DnsName, routing: Routing) {
        if routing == Routing::Failover(FailoverRole::Primary) {
            self.check_primary(target, answer);
        }
        let health_check = target.health_check.as_ref().map(|at| at.value.clone());
        let ttl = matches!(answer, Answer::Values(_)).then_some(self.failover.ttl.value);
        let mut needs = copies_of(target, &region_name(&target.region.value));
        needs.extend(health_check.as_ref().and_then(declared));
        let spec = RecordSet { ttl, answer: answer.clone(), routing, health_check };
        let address = self.address.part("target", &target.name);
        self.set(address, name, target.name.to_string(), spec, needs);
    }

    fn set(
        &mut self,
        address: Address,
        name: &DnsName,
        label: String,
        spec: RecordSet,
        mut needs: Vec<Address>,
    ) {
        needs.extend(needs_zone(self.zone));
        let key = Key::RecordSet {
            zone: self.zone.name.clone(),
            name: name.clone(),
            rtype: self.failover.rtype,
            label: Some(label),
        };
        let resource = Resource {
            provider: Arc::clone(&self.zone.provider),
            region: None,
            key: Some(key),
            spec: Spec::RecordSet(spec),
            needs,
            unit: Some(self.base.clone()),
            content: None,
            span: self.failover.span,
        };
        self.making.desired.resources.insert(address, resource);
    }
}
