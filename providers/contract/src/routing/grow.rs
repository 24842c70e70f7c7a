//! How a query becomes a tree: aliases are followed, and what cannot matter is cut.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::policy::{self, Rule};
use super::tree::{Condition, Group, Leads, Member};
use super::zone::Found;
use super::{Client, Gauge, Reply, SetIndex, Tree, Why, ZeroWeight, Zone};
use crate::{Answer, DnsName, RecordType, Routing};

pub(super) fn grow(zone: &Zone, name: &DnsName, rtype: RecordType, client: &Client) -> Tree {
    let fixed = |reply| {
        let (rule, members) = (Rule::Fixed(reply), Vec::new());
        let groups = vec![Group { rule, offset: 0, members, measured: false, reached: true }];
        Tree { groups, gauges: Vec::new() }
    };
    let root = match zone.find(name, rtype) {
        Found::Group(root) => root,
        Found::Referral(set) => return fixed(Reply::Referral { set }),
        Found::NoData => return fixed(Reply::NoData),
        Found::NoName => return fixed(Reply::NoName),
    };
    let mut growth = Growth { zone, client, places: BTreeMap::new(), gauges: BTreeMap::new() };
    let mut groups: Vec<Group> = Vec::new();
    for range in order(zone, root) {
        let group = growth.group(&range, &groups);
        growth.places.insert(range.start, groups.len());
        groups.push(group);
    }
    let used = cut(&mut groups);
    let gauges = renumber(&mut groups, growth.gauges, &used);
    Tree { groups, gauges }
}

/// The groups that a group leads to and the group itself, each after what it leads to. What leads
/// to a circle is left out, but the group itself never is.
fn order(zone: &Zone, root: Range<SetIndex>) -> Vec<Range<SetIndex>> {
    let mut targets: BTreeMap<SetIndex, BTreeSet<SetIndex>> = BTreeMap::new();
    let mut ranges = BTreeMap::from([(root.start, root.clone())]);
    let mut queue = VecDeque::from([root.clone()]);
    while let Some(range) = queue.pop_front() {
        let led = range.clone().filter_map(|set| target(zone, set)).filter(|led| !led.is_empty());
        let led: Vec<Range<SetIndex>> = led.collect();
        targets.insert(range.start, led.iter().map(|led| led.start).collect());
        for led in led {
            if ranges.insert(led.start, led.clone()).is_none() {
                queue.push_back(led);
            }
        }
    }
    let mut leading: BTreeMap<SetIndex, Vec<SetIndex>> = BTreeMap::new();
    for (group, led) in &targets {
        for led in led {
            leading.entry(*led).or_default().push(*group);
        }
    }
    let mut waits: BTreeMap<SetIndex, usize> =
        targets.iter().map(|(group, led)| (*group, led.len())).collect();
    let mut free: VecDeque<SetIndex> =
        waits.iter().filter(|(_, waits)| **waits == 0).map(|(group, _)| *group).collect();
    let mut order = Vec::new();
    while let Some(group) = free.pop_front() {
        if group != root.start {
            order.extend(ranges.get(&group).cloned());
        }
        for leading in leading.get(&group).into_iter().flatten() {
            if let Some(waits) = waits.get_mut(leading) {
                *waits -= 1;
                if *waits == 0 {
                    free.push_back(*leading);
                }
            }
        }
    }
    order.push(root);
    order
}

/// The group in the zone that a set is an alias of; empty if there is none.
fn target(zone: &Zone, set: SetIndex) -> Option<Range<SetIndex>> {
    let set = &zone.sets()[set];
    match &set.spec.answer {
        Answer::Alias { name, zone_id: None, .. } => Some(zone.group(name.as_str(), set.rtype)),
        Answer::Alias { zone_id: Some(_), .. } | Answer::Values(_) => None,
    }
}

struct Growth<'z> {
    zone: &'z Zone,
    client: &'z Client,
    /// Where the groups are that are done, by their first set.
    places: BTreeMap<SetIndex, usize>,
    /// Numbered as they are met.
    gauges: BTreeMap<Gauge, usize>,
}

impl Growth<'_> {
    fn group(&mut self, range: &Range<SetIndex>, done: &[Group]) -> Group {
        let weight = |set: SetIndex| match self.zone.sets()[set].spec.routing {
            Routing::Weighted { weight } => weight,
            Routing::Simple
            | Routing::Failover(_)
            | Routing::Latency { .. }
            | Routing::Geolocation(_)
            | Routing::Geoproximity { .. }
            | Routing::Cidr { .. }
            | Routing::Multivalue
            | Routing::Other { .. } => 1,
        };
        let idle = match self.zone.assumptions.zero_weight {
            ZeroWeight::Counts => true,
            ZeroWeight::CountsAlone => range.clone().all(|set| weight(set) == 0),
        };
        let counts: Vec<bool> = range.clone().map(|set| idle || weight(set) > 0).collect();
        let sets = range.clone().zip(counts);
        let members = sets.map(|(set, counts)| self.member(set, counts, done)).collect();
        let rule = policy::rule(self.zone, range, self.client);
        Group { rule, offset: range.start, members, measured: false, reached: false }
    }

    fn member(&mut self, index: SetIndex, counts: bool, done: &[Group]) -> Member {
        let set = &self.zone.sets()[index];
        let mut condition = Condition::default();
        if let Some(check) = &set.spec.health_check {
            condition.gauges.push(self.gauge(Gauge::Check(check.clone())));
        }
        let (name, evaluated) = match &set.spec.answer {
            Answer::Values(_) => {
                return Member { condition, leads: Leads::Values { ttl: set.spec.ttl }, counts };
            }
            Answer::Alias { name, zone_id: None, evaluate_target_health } => {
                (name, *evaluate_target_health)
            }
            Answer::Alias { name, zone_id: Some(zone_id), evaluate_target_health } => {
                let (name, zone_id) = (name.clone(), zone_id.clone());
                if *evaluate_target_health {
                    let (name, zone_id) = (name.clone(), zone_id.clone());
                    condition.gauges.push(self.gauge(Gauge::Target { name, zone_id }));
                }
                let leads = Leads::Reply(Reply::Foreign { set: index, name, zone_id });
                return Member { condition, leads, counts };
            }
        };
        let led = self.zone.group(name.as_str(), set.rtype);
        let (name, rtype) = (name.clone(), set.rtype);
        let leads = match self.places.get(&led.start).filter(|_| !led.is_empty()) {
            Some(group) => Leads::Group(*group),
            None => {
                let why = if led.is_empty() {
                    Why::NoTarget { name, rtype }
                } else {
                    Why::Circle { name }
                };
                Leads::Reply(Reply::Undecided { why })
            }
        };
        match &leads {
            Leads::Group(group) if evaluated && !done[*group].is_steady() => {
                condition.group = Some(*group);
            }
            Leads::Reply(Reply::Undecided { why }) if evaluated => {
                condition.unknown = Some(why.clone());
            }
            Leads::Group(_) | Leads::Reply(_) | Leads::Values { .. } => {}
        }
        Member { condition, leads, counts }
    }

    fn gauge(&mut self, gauge: Gauge) -> usize {
        let next = self.gauges.len();
        *self.gauges.entry(gauge).or_insert(next)
    }
}

/// Shortens the rules by what can never be chosen, marks the groups whose health matters, and gives
/// the gauges that do.
fn cut(groups: &mut [Group]) -> BTreeSet<usize> {
    let mut used = BTreeSet::new();
    let mut chosen = vec![false; groups.len()];
    if let Some(root) = chosen.last_mut() {
        *root = true;
    }
    for index in (0..groups.len()).rev() {
        let mut deciding: Vec<Condition> = Vec::new();
        if chosen[index] {
            let group = &mut groups[index];
            if let Rule::First(sets) = &mut group.rule {
                let steady =
                    |set: &SetIndex| group.members[*set - group.offset].condition.is_steady();
                let end = sets.iter().position(steady).map_or(sets.len(), |last| last + 1);
                sets.truncate(end);
            }
            let (sets, alone) = group.rule.sets();
            for set in sets {
                let member = group.member(set);
                if !alone {
                    deciding.push(member.condition.clone());
                }
                if let Leads::Group(group) = &member.leads {
                    chosen[*group] = true;
                }
            }
        }
        if groups[index].measured {
            let counting = groups[index].members.iter().filter(|member| member.counts);
            deciding.extend(counting.map(|member| member.condition.clone()));
        }
        groups[index].reached = chosen[index] || groups[index].measured;
        for condition in deciding {
            used.extend(condition.gauges);
            if let Some(group) = condition.group {
                groups[group].measured = true;
            }
        }
    }
    used
}

/// Keeps the gauges that are used, sorted.
fn renumber(
    groups: &mut [Group],
    gauges: BTreeMap<Gauge, usize>,
    used: &BTreeSet<usize>,
) -> Vec<Gauge> {
    let mut kept = Vec::new();
    let mut new = BTreeMap::new();
    for (gauge, old) in gauges.into_iter().filter(|(_, old)| used.contains(old)) {
        new.insert(old, kept.len());
        kept.push(gauge);
    }
    for member in groups.iter_mut().flat_map(|group| &mut group.members) {
        let gauges = &mut member.condition.gauges;
        *gauges = gauges.iter().filter_map(|old| new.get(old)).copied().collect();
    }
    kept
}
