//! L32, L49 and L51: where answers and images may be.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{Address, Location, Routing, Site};

use super::super::verdict::{LintCategory, LintSeverity};
use super::country::{country, is_opt_in, partition};
use super::rule::{Rule, Said, Spot, listed};
use super::scene::{Member, Scene, plain};
use crate::intent::{Region, Replicate};

pub(super) const RULES: &[&Rule] = &[FAIL_OPEN, OUTSIDE, OPT_IN, PARTITIONS];

const FAIL_OPEN: &Rule = &Rule {
    id: "L32",
    title: "When nothing is healthy, the answer leaves the allowed countries",
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "Where all is unhealthy, Route 53 answers the first tier rather than nothing. It has no \
          fence: only targets in allowed countries keep users there.",
    fix: "let the first tier be in an allowed country",
    source: "Route 53 Developer Guide, `health-checks-how-route-53-chooses-records`",
};

const OUTSIDE: &Rule = &Rule {
    id: "L49",
    title: "A region is outside of the allowed countries",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A failover moves users and images to it, on the worst day and without asking.",
    fix: "use a region in an allowed country, or add the country to `policy.countries`",
    source: "AWS SSM parameters, `geolocationCountry`",
};

const OPT_IN: &Rule = &Rule {
    id: "L51",
    title: "A region has to be enabled first",
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "An opt-in region does not exist for an account until it is enabled, which takes up to \
          hours, and images are not replicated to it before.",
    fix: "enable the region in the account, then plan again",
    source: "AWS Account Management Guide, `manage-acct-regions`",
};

const PARTITIONS: &Rule = &Rule {
    id: "L51",
    title: "An image is replicated between partitions",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A registry's own replication ends at its partition, as accounts and credentials do.",
    fix: "declare an image for each partition, in a stack of its own",
    source: "ECR User Guide, `replication`",
};

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    let uses = uses(scene);
    for (address, region) in &scene.intents.regions {
        let uses = uses.get(address);
        if let Some(uses) = uses {
            outside(scene, address, region, uses, said);
        }
        if uses.is_some() && is_opt_in(&region.location) {
            opt_in(scene, address, region, said);
        }
    }
    fail_open(scene, said);
    partitions(scene, said);
}

/// What each region is used for: names that it serves, and images that it holds.
fn uses<'s>(scene: &Scene<'s>) -> BTreeMap<&'s Address, BTreeSet<&'s Address>> {
    let mut uses: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    for (address, failover) in scene.failovers() {
        for target in &failover.targets {
            uses.entry(&target.region.value).or_default().insert(address);
        }
    }
    for image in scene.intents.images.keys() {
        for region in scene.intents.regions.keys() {
            if held(scene, image, region) {
                uses.entry(region).or_default().insert(image);
            }
        }
    }
    uses
}

fn held(scene: &Scene<'_>, image: &Address, region: &Address) -> bool {
    scene.desired.resources.contains_key(&image.part("repository", plain(region)))
}

/// The allowed countries in which a region is not; absent where it is in one.
fn refused<'s>(scene: &Scene<'s>, location: &Location) -> Option<(Option<&'s str>, &'s [String])> {
    let countries = &scene.intents.policy.countries.as_ref()?.value;
    let country = country(location);
    let allowed = country.is_some_and(|country| countries.iter().any(|one| one == country));
    (!allowed).then_some((country, countries))
}

fn outside(
    scene: &Scene<'_>,
    address: &Address,
    region: &Region,
    uses: &BTreeSet<&Address>,
    said: &mut Said,
) {
    let Some((country, countries)) = refused(scene, &region.location) else { return };
    let (location, uses, allowed) = (&region.location, listed(uses), listed(countries));
    let spot = Spot::Block(address, region.span);
    match country {
        Some(country) => {
            let message =
                format!("`{location}` is in `{country}`, not in {allowed}, and is used by {uses}");
            said.say(OUTSIDE, spot, message);
        }
        None => {
            let message = format!("nothing tells in which country `{location}` is, used by {uses}");
            said.say(OUTSIDE, spot, message)
                .at_most(LintSeverity::Info)
                .fix("make sure that it is in an allowed country");
        }
    }
}

fn fail_open(scene: &Scene<'_>, said: &mut Said) {
    for (address, failover) in scene.failovers() {
        let first = failover.targets.iter().filter(|target| target.tier == 0);
        // Those without a weight are not among the answers, unless all are.
        let weighted = first.clone().any(|target| target.weight > 0);
        for target in first.filter(|target| target.weight > 0 || !weighted) {
            let Some(region) = scene.region(&target.region.value) else { continue };
            let Some((Some(country), countries)) = refused(scene, &region.location) else {
                continue;
            };
            let message = format!(
                "when nothing is healthy, target `{}` is answered: in `{country}`, not in {}",
                target.name,
                listed(countries)
            );
            said.say(FAIL_OPEN, Spot::Block(address, target.span), message);
        }
    }
    for (_, group) in scene.foreign_groups() {
        let at = |member: &Member<'_>| match &member.spec.routing {
            Routing::Latency { region } => Some(region.clone()),
            Routing::Geoproximity { site: Site::Location(location), .. } => Some(location.clone()),
            Routing::Geoproximity { .. }
            | Routing::Simple
            | Routing::Failover(_)
            | Routing::Weighted { .. }
            | Routing::Geolocation(_)
            | Routing::Cidr { .. }
            | Routing::Multivalue
            | Routing::Other { .. } => None,
        };
        for member in group {
            let Some(location) = at(member) else { continue };
            if let Some((Some(country), countries)) = refused(scene, &location) {
                let message = format!(
                    "it is answered when nothing nearer is healthy: in `{country}`, not in {}",
                    listed(countries)
                );
                said.say(FAIL_OPEN, Spot::Foreign(member.key), message);
            }
        }
    }
}

fn opt_in(scene: &Scene<'_>, address: &Address, region: &Region, said: &mut Said) {
    let location = &region.location;
    let spot = Spot::Block(address, region.span);
    let dark = scene.live.map(|live| {
        live.dark().any(|(provider, dark)| {
            *provider == region.provider && dark.location.as_ref() == Some(location)
        })
    });
    match dark {
        // It answers, so it is enabled.
        Some(false) => {}
        Some(true) => {
            let message = format!("`{location}` does not answer, and has to be enabled to do so");
            said.say(OPT_IN, spot, message);
        }
        None => {
            let message = format!("`{location}` is used only once it is enabled in the account");
            said.say(OPT_IN, spot, message).at_most(LintSeverity::Info);
        }
    }
}

fn partitions(scene: &Scene<'_>, said: &mut Said) {
    for (address, image) in &scene.intents.images {
        let regions =
            scene.intents.regions.iter().filter(|(region, _)| held(scene, address, region));
        let found: BTreeSet<(&str, &str)> =
            regions.map(|(_, region)| (&*region.provider, partition(&region.location))).collect();
        let apart = found.iter().any(|(provider, one)| {
            found.iter().any(|(same, other)| provider == same && one != other)
        });
        if apart && image.replicate.value == Replicate::Registry {
            let message = format!("it is replicated across {}", listed(found.iter().map(|f| f.1)));
            said.say(PARTITIONS, Spot::Block(address, image.replicate.span), message);
        }
    }
}
