//! L15 to L22: health checks that lie.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{CheckRef, Endpoint, HealthCheck, Location, Protocol};

use super::super::verdict::{LintCategory, LintSeverity};
use super::policy::exception;
use super::rule::{Rule, Said, Spot, listed};
use super::scene::{Scene, called};
use crate::desired::ServedName;
use crate::intent::Failover;

pub(super) const RULES: &[&Rule] =
    &[CIRCULAR, LEVER, THRESHOLD, SHALLOW, CERTIFICATE, FEW_CHECKERS, MISSING];

const CIRCULAR: &Rule = &Rule {
    id: "L15",
    title: "A check asks a name that fails over",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "Once the name has moved, the check asks the other region, finds it well, and says so of \
          the lost one.",
    fix: "ask a name of the region's own, or set `address`",
    source: "Route 53 Developer Guide, `health-checks-creating-values`; ustaxcourt/ef-cms #3767",
};

const LEVER: &Rule = &Rule {
    id: "L16",
    title: "A check is disabled or inverted",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A disabled check is healthy for ever; an inverted one says that what is lost serves.",
    fix: "put it back at the provider; to move users, change the order of the targets",
    source: "Route 53 API Reference, `HealthCheckConfig`",
};

const THRESHOLD: &Rule = &Rule {
    id: "L17",
    title: "A check that counts others never changes",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "With 0 it is always healthy, and with more than there are it never is.",
    fix: "count 1 to all of them",
    source: "Route 53 API Reference, `HealthCheckConfig`, `HealthThreshold`",
};

const SHALLOW: &Rule = &Rule {
    id: "L18",
    title: "A check asks too little",
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "A start page or an open port answers long after what users need is broken.",
    fix: "ask a path that tries what users need within 2 s, or look for text with `contains`",
    source: "AWS Builders' Library, health checks; Route 53 Developer Guide, \
             `dns-failover-determining-health-of-endpoints`",
};

const CERTIFICATE: &Rule = &Rule {
    id: "L18",
    title: "Nothing here notices an expired certificate",
    severity: LintSeverity::Info,
    category: LintCategory::Mistake,
    why: "Health checks do not validate certificates: every client refuses one that has expired, \
          and the check stays healthy.",
    fix: "watch when certificates expire elsewhere, and say where in a `lint` block of `policy`",
    source: "Route 53 Developer Guide, `dns-failover-determining-health-of-endpoints`",
};

const FEW_CHECKERS: &Rule = &Rule {
    id: "L19",
    title: "Too few checkers are left when the primary region is lost",
    severity: LintSeverity::Warning,
    category: LintCategory::SinglePoint,
    why: "Checkers in the lost region do not report either. What a few others see, such as a broken \
          route of theirs, then decides for everybody.",
    fix: "name three places or more outside of the primary region, or leave `checkers` out",
    source: "Route 53 Developer Guide, `dns-failover-determining-health-of-endpoints`",
};

const MISSING: &Rule = &Rule {
    id: "L22",
    title: "A check that is used is not there",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "What Route 53 makes of a deleted check that is still referred to is unpredictable.",
    fix: "declare the check, or refer to one that is there",
    source: "Route 53 Developer Guide, `health-checks-updating-deleting-tasks`",
};

/// Places that have to be left.
const CHECKERS_MIN: usize = 3;

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    used(scene, said);
    asked(scene, said);
    for (_, failover) in scene.failovers() {
        few_checkers(scene, failover, said);
    }
    certificates(scene, said);
}

/// Everything that an answer depends on, each once: with the declared ones that use it first.
fn used(scene: &Scene<'_>, said: &mut Said) {
    let mut seen = BTreeSet::new();
    for (spot, check) in scene.users() {
        for reached in scene.reached(check) {
            if !seen.insert(reached.clone()) {
                continue;
            }
            let name = called(&reached);
            let Some(spec) = scene.check(&reached) else {
                if could_be_seen(scene, &reached) {
                    said.say(MISSING, spot, format!("there is no health check `{name}`"));
                }
                continue;
            };
            let (inverted, disabled) = match spec {
                HealthCheck::Endpoint(Endpoint { inverted, disabled, .. })
                | HealthCheck::Calculated { inverted, disabled, .. } => (*inverted, *disabled),
            };
            let lever = match (disabled, inverted) {
                (true, true) => Some("disabled and inverted: unhealthy for ever"),
                (true, false) => Some("disabled: healthy for ever"),
                (false, true) => Some("inverted: it says the opposite"),
                (false, false) => None,
            };
            if let Some(lever) = lever {
                said.say(LEVER, spot, format!("health check `{name}` is {lever}"));
            }
            if let HealthCheck::Calculated { checks, at_least, .. } = spec {
                let count = checks.len();
                let needs = usize::try_from(*at_least).unwrap_or(usize::MAX);
                if needs == 0 || needs > count {
                    let is = if needs == 0 { "always" } else { "never" };
                    let message = format!(
                        "health check `{name}` needs {at_least} of {count} and is {is} healthy"
                    );
                    said.say(THRESHOLD, spot, message);
                }
            }
        }
    }
}

/// Whether a check that is not here would have been read.
fn could_be_seen(scene: &Scene<'_>, check: &CheckRef) -> bool {
    let Some(live) = scene.live else { return false };
    let whole = live.all().all(|(provider, _)| live.unreachable(provider, None).is_none());
    whole
        && match check {
            CheckRef::Address(_) => false,
            // Those of other stacks are not read.
            CheckRef::Marked(reference) => reference.stack == scene.desired.stack,
            CheckRef::Id(_) => true,
        }
}

/// The endpoint checks that failovers rest on.
fn leaves(scene: &Scene<'_>) -> BTreeSet<CheckRef> {
    let targets = scene.intents.failovers.values().flat_map(|failover| &failover.targets);
    let checks = targets.filter_map(|target| target.health_check.as_ref());
    checks.flat_map(|at| scene.leaves(&at.value)).collect()
}

fn asked(scene: &Scene<'_>, said: &mut Said) {
    let served: BTreeMap<&str, &ServedName> =
        scene.desired.names.iter().map(|served| (served.name.as_str(), served)).collect();
    for leaf in leaves(scene) {
        let (Some((address, span)), Some(endpoint)) =
            (scene.declared(&leaf), scene.endpoint(&leaf))
        else {
            continue;
        };
        let spot = Spot::Block(address, span);
        if endpoint.address.is_none() {
            let names = scene.leads_to(&endpoint.host);
            let moved = names.iter().find_map(|name| served.get(name.as_str()));
            if let Some(served) = moved {
                let message = format!("it asks `{}`, {}", endpoint.host, {
                    let name = &served.name;
                    if endpoint.host.eq_ignore_ascii_case(name.as_str()) {
                        format!("which `{}` moves", served.address)
                    } else {
                        format!("which leads to `{name}`, which `{}` moves", served.address)
                    }
                });
                said.say(CIRCULAR, spot, message);
            }
        }
        if let Some(what) = shallow(endpoint) {
            said.say(SHALLOW, spot, format!("it asks {what}"));
        }
    }
}

fn shallow(endpoint: &Endpoint) -> Option<String> {
    let bare = endpoint.contains.is_none()
        && endpoint.path.as_deref().is_none_or(|path| matches!(path, "" | "/"));
    match (endpoint.protocol, endpoint.port) {
        (Protocol::Http | Protocol::Https, _) if bare => {
            Some("for `/` and reads nothing".to_owned())
        }
        (Protocol::Tcp, port @ (80 | 443)) => {
            Some(format!("whether port {port} is open, where a web server could be asked"))
        }
        (Protocol::Http | Protocol::Https | Protocol::Tcp, _) => None,
    }
}

/// One remark for the whole configuration: it is about what checks cannot do at all.
fn certificates(scene: &Scene<'_>, said: &mut Said) {
    let leaves = leaves(scene);
    let https = leaves.iter().filter(|leaf| {
        scene.endpoint(leaf).is_some_and(|endpoint| endpoint.protocol == Protocol::Https)
    });
    let mut alike: BTreeMap<Option<usize>, Vec<_>> = BTreeMap::new();
    for (address, span) in https.filter_map(|leaf| scene.declared(leaf)) {
        let exception = exception(&scene.intents.policy, CERTIFICATE.id, address.as_str());
        alike.entry(exception).or_default().push((address, span));
    }
    for blocks in alike.into_values() {
        let Some((address, span)) = blocks.first() else { continue };
        let message = match blocks.len() {
            1 => "it asks by https and does not look at the certificate".to_owned(),
            count => format!("{count} checks ask by https and do not look at certificates"),
        };
        said.say(CERTIFICATE, Spot::Block(address, *span), message);
    }
}

fn few_checkers(scene: &Scene<'_>, failover: &Failover, said: &mut Said) {
    let first = failover.targets.iter().filter(|target| target.tier == 0);
    let primary: Vec<&Location> =
        first.filter_map(|target| Some(&scene.region(&target.region.value)?.location)).collect();
    let checks = failover.targets.iter().filter_map(|target| target.health_check.as_ref());
    let leaves: BTreeSet<CheckRef> = checks.flat_map(|at| scene.leaves(&at.value)).collect();
    for leaf in leaves {
        let (Some((address, span)), Some(endpoint)) =
            (scene.declared(&leaf), scene.endpoint(&leaf))
        else {
            continue;
        };
        let chosen: BTreeSet<&Location> = endpoint.checkers.iter().collect();
        // The worst of the regions that traffic goes to by default.
        let left = primary.iter().map(|lost| chosen.iter().filter(|at| *at != lost).count()).min();
        let Some(left) = left.filter(|left| !chosen.is_empty() && *left < CHECKERS_MIN) else {
            continue;
        };
        let message = format!(
            "it is asked from {}, of which {left} are left when {} is lost",
            listed(chosen),
            listed(primary.iter().copied())
        );
        said.say(FEW_CHECKERS, Spot::Block(address, span), message);
    }
}
