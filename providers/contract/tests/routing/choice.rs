//! How health chooses among the sets of a group, policy by policy, the obvious way.

use lifeboat_contract::routing::Set;
use lifeboat_contract::{Answer, FailoverRole, RecordType, Routing};

/// What a group chooses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice<'s> {
    Set(&'s Set),
    Several(Vec<&'s Set>),
    NoData,
    Undecided,
}

pub(crate) fn lawful(group: &[(&Set, bool)]) -> bool {
    for (at, (a, _)) in group.iter().enumerate() {
        let aliased = matches!(a.spec.answer, Answer::Alias { .. });
        let one_at_most = matches!(a.rtype, RecordType::Cname | RecordType::Ns);
        if a.spec.routing == Routing::Multivalue && (aliased || one_at_most) {
            return false;
        }
        for (b, _) in &group[..at] {
            let apart = match (&a.spec.routing, &b.spec.routing) {
                (Routing::Weighted { .. }, Routing::Weighted { .. })
                | (Routing::Multivalue, Routing::Multivalue)
                | (Routing::Other { .. }, Routing::Other { .. }) => true,
                (Routing::Failover(a), Routing::Failover(b)) => a != b,
                (Routing::Latency { region: a }, Routing::Latency { region: b }) => a != b,
                (Routing::Geoproximity { site: a, .. }, Routing::Geoproximity { site: b, .. }) => {
                    a != b
                }
                (Routing::Geolocation(a), Routing::Geolocation(b)) => a != b,
                (
                    Routing::Cidr { collection: a, location: at },
                    Routing::Cidr { collection: b, location: bt },
                ) => a == b && at != bt,
                _ => false,
            };
            if !apart || a.id == b.id {
                return false;
            }
        }
    }
    true
}

pub(crate) fn failover<'s>(group: &[(&'s Set, bool)]) -> Choice<'s> {
    let find = |role| group.iter().find(|(set, _)| set.spec.routing == Routing::Failover(role));
    match (find(FailoverRole::Primary), find(FailoverRole::Secondary)) {
        (Some((primary, true)), _) => Choice::Set(primary),
        (_, Some((secondary, true))) => Choice::Set(secondary),
        (Some((primary, false)), _) => Choice::Set(primary),
        (None, _) => Choice::Undecided,
    }
}

/// Picks by weight, and again among the others while an unhealthy one is picked.
pub(crate) fn weighted<'s>(group: &[(&'s Set, bool)]) -> Vec<(f64, Choice<'s>)> {
    let weight = |set: &Set| {
        let Routing::Weighted { weight } = set.spec.routing else { panic!("no weight") };
        f64::from(weight)
    };
    let some = group.iter().filter(|(set, _)| weight(set) > 0.0);
    let some: Vec<_> = some.map(|(set, healthy)| (weight(set), *set, *healthy)).collect();
    let none = group.iter().filter(|(set, _)| weight(set) == 0.0);
    let none: Vec<_> = none.map(|(set, healthy)| (1.0, *set, *healthy)).collect();
    let all_healthy = |sets: &[(f64, &'s Set, bool)]| {
        sets.iter().map(|(weight, set, _)| (*weight, *set, true)).collect::<Vec<_>>()
    };
    for draw in [some.clone(), none.clone(), all_healthy(&some), all_healthy(&none)] {
        let mut drawn = Vec::new();
        draw_again(&draw, 1.0, &mut drawn);
        if !drawn.is_empty() {
            let all = group.iter().map(|(set, _)| {
                let parts = drawn.iter().filter(|(_, drawn)| std::ptr::eq(*drawn, *set));
                (parts.map(|(part, _)| part).sum(), Choice::Set(set))
            });
            return all.filter(|(part, _)| *part > 0.0).collect();
        }
    }
    panic!("nothing can be drawn")
}

fn draw_again<'s>(sets: &[(f64, &'s Set, bool)], mass: f64, drawn: &mut Vec<(f64, &'s Set)>) {
    let total: f64 = sets.iter().map(|(weight, _, _)| weight).sum();
    for (at, (weight, set, healthy)) in sets.iter().enumerate() {
        if *healthy {
            drawn.push((mass * weight / total, *set));
        } else {
            let others = [&sets[..at], &sets[at + 1..]].concat();
            draw_again(&others, mass * weight / total, drawn);
        }
    }
}

/// The nearest that is healthy, else the nearest, where it can be told.
pub(crate) fn nearest<'s>(
    group: &[(&'s Set, bool)],
    distance: impl Fn(&Routing) -> Option<f64>,
) -> Choice<'s> {
    let mut candidates: Vec<&'s Set> =
        group.iter().filter(|(_, healthy)| *healthy).map(|(set, _)| *set).collect();
    if candidates.is_empty() {
        candidates = group.iter().map(|(set, _)| *set).collect();
    }
    if let [only] = candidates[..] {
        return Choice::Set(only);
    }
    let distances = candidates.iter().map(|set| distance(&set.spec.routing));
    let Some(distances) = distances.collect::<Option<Vec<f64>>>() else { return Choice::Undecided };
    let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let at_least =
        candidates.iter().zip(&distances).filter(|(_, far)| (**far - least).abs() < 1e-12);
    match at_least.collect::<Vec<_>>()[..] {
        [(only, _)] => Choice::Set(only),
        _ => Choice::Undecided,
    }
}

pub(crate) fn in_order<'s>(matching: &[&(&'s Set, bool)]) -> Choice<'s> {
    match (matching.iter().find(|(_, healthy)| *healthy), matching.first()) {
        (Some((healthy, _)), _) => Choice::Set(healthy),
        (None, Some((smallest, _))) => Choice::Set(smallest),
        (None, None) => Choice::NoData,
    }
}
