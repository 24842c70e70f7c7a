//! How health chooses: the distribution over the answers of a tree.

use std::collections::BTreeMap;

use super::policy::Rule;
use super::tree::{Condition, Group, Leads};
use super::{Answers, Reply, SetIndex, Share, Tree, Why};

/// How many sets are answered at once at most.
const MULTIVALUE_MAX: usize = 8;

impl Tree {
    /// The distribution over the answers while those of [`checks`](Self::checks) are healthy for
    /// whose positions `healthy` is true.
    pub fn answer(&self, healthy: &dyn Fn(usize) -> bool) -> Answers {
        self.answer_known(&|check| Some(healthy(check)))
    }

    /// The same where the health of some is unknown; what depends on it is undecided.
    pub fn answer_known(&self, healthy: &dyn Fn(usize) -> Option<bool>) -> Answers {
        self.evaluate(healthy).0
    }

    /// The answers, and the first check that they lack.
    pub(super) fn evaluate(
        &self,
        healthy: &dyn Fn(usize) -> Option<bool>,
    ) -> (Answers, Option<usize>) {
        let mut health: Vec<Health<'_>> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let counting = group.members.iter().filter(|m| group.measured && m.counts);
            let any = counting.map(|member| member.condition.health(healthy, &health));
            let any = decide(any, true);
            health.push(any);
        }
        let mut masses = vec![0.0; self.groups.len()];
        if let Some(root) = masses.last_mut() {
            *root = 1.0;
        }
        let mut shares: BTreeMap<Reply, f64> = BTreeMap::new();
        let mut lacking = None;
        for (index, group) in self.groups.iter().enumerate().rev() {
            let mass = masses[index];
            if mass == 0.0 {
                continue;
            }
            let is = |set: SetIndex| group.member(set).condition.health(healthy, &health);
            let mut give = |reply: Reply, share: f64| *shares.entry(reply).or_default() += share;
            match group.choose(&is) {
                Ok(Choice::Reply(reply)) => give(reply, mass),
                Ok(Choice::One(sets)) => {
                    for (set, part) in sets {
                        match &group.member(set).leads {
                            Leads::Group(group) => masses[*group] += mass * part,
                            Leads::Reply(reply) => give(reply.clone(), mass * part),
                            Leads::Values { ttl } => {
                                let reply = Reply::Sets { of: vec![set], take: 1, ttl: *ttl };
                                give(reply, mass * part);
                            }
                        }
                    }
                }
                Err(Gap::Why(why)) => give(Reply::Undecided { why: why.clone() }, mass),
                Err(Gap::Check(check)) => {
                    lacking = lacking.or(Some(check));
                    let why = Why::Health { of: self.checks()[check].clone() };
                    give(Reply::Undecided { why }, mass);
                }
            }
        }
        let share = |(reply, probability)| Share { probability, reply };
        (shares.into_iter().map(share).collect(), lacking)
    }
}

/// Whether something is healthy, or what would have to be known to tell.
type Health<'t> = Result<bool, Gap<'t>>;

#[derive(Clone, Copy)]
enum Gap<'t> {
    Check(usize),
    Why(&'t Why),
}

impl Gap<'_> {
    fn is_check(self) -> bool {
        matches!(self, Self::Check(_))
    }
}

/// Whether any is `decisive`, which then is the outcome. Of what is lacking, checks come first:
/// knowing them may make the rest needless.
fn decide<'t>(health: impl Iterator<Item = Health<'t>>, decisive: bool) -> Health<'t> {
    let mut outcome = Ok(!decisive);
    for health in health {
        match (health, &outcome) {
            (Ok(healthy), _) if healthy == decisive => return Ok(decisive),
            (Err(Gap::Check(_)), Ok(_) | Err(Gap::Why(_))) | (Err(Gap::Why(_)), Ok(_)) => {
                outcome = health;
            }
            (Ok(_), _) | (Err(_), Err(_)) => {}
        }
    }
    outcome
}

impl Condition {
    fn health<'t>(
        &'t self,
        healthy: &dyn Fn(usize) -> Option<bool>,
        groups: &[Health<'t>],
    ) -> Health<'t> {
        let gauges = self.gauges.iter().map(|gauge| healthy(*gauge).ok_or(Gap::Check(*gauge)));
        let group = self.group.map(|group| groups[group]);
        let unknown = self.unknown.as_ref().map(|why| Err(Gap::Why(why)));
        decide(gauges.chain(group).chain(unknown), false)
    }
}

#[derive(PartialEq)]
enum Choice {
    /// One of these, with these probabilities.
    One(Vec<(SetIndex, f64)>),
    Reply(Reply),
}

type Is<'i, 't> = &'i dyn Fn(SetIndex) -> Health<'t>;

impl Group {
    /// What is chosen, also where something is unknown that makes no difference.
    fn choose<'t>(&'t self, is: Is<'_, 't>) -> Result<Choice, Gap<'t>> {
        let gap = match self.choose_known(is) {
            Ok(choice) => return Ok(choice),
            Err(gap) => gap,
        };
        let (sets, _) = self.rule.sets();
        let unknown: Vec<(SetIndex, Gap<'t>)> =
            sets.into_iter().filter_map(|set| Some((set, is(set).err()?))).collect();
        // Two that are unknown always make a difference.
        if let [(only, _)] = unknown[..] {
            let assuming =
                |healthy| self.choose_known(&|set| if set == only { Ok(healthy) } else { is(set) });
            if let (Ok(one), Ok(other)) = (assuming(true), assuming(false))
                && one == other
            {
                return Ok(one);
            }
        }
        let check = unknown.into_iter().map(|(_, gap)| gap).find(|gap| gap.is_check());
        Err(check.unwrap_or(gap))
    }

    fn choose_known<'t>(&'t self, is: Is<'_, 't>) -> Result<Choice, Gap<'t>> {
        match &self.rule {
            Rule::Fixed(reply) => Ok(Choice::Reply(reply.clone())),
            Rule::First(sets) => first(sets, is),
            Rule::Only(set, _) if is(*set)? => Ok(Choice::One(vec![(*set, 1.0)])),
            Rule::Only(_, why) => Ok(undecided(why)),
            Rule::Nearest(by, why) => nearest(by, why, is),
            Rule::Weighted(weights) => weighted(weights, is),
            Rule::Multivalue(sets) => self.multivalue(sets, is),
        }
    }

    fn multivalue<'t>(&'t self, sets: &[SetIndex], is: Is<'_, 't>) -> Result<Choice, Gap<'t>> {
        let healthy = healthy(sets.iter().map(|set| ((), *set)), is)?;
        let of: Vec<SetIndex> = if healthy.is_empty() {
            sets.to_vec()
        } else {
            healthy.into_iter().map(|((), set)| set).collect()
        };
        let ttl = |set: &SetIndex| match &self.member(*set).leads {
            Leads::Values { ttl } => *ttl,
            Leads::Group(_) | Leads::Reply(_) => None,
        };
        let (take, ttl) = (of.len().min(MULTIVALUE_MAX), of.iter().filter_map(ttl).max());
        Ok(Choice::Reply(Reply::Sets { of, take, ttl }))
    }
}

fn undecided(why: &Why) -> Choice {
    Choice::Reply(Reply::Undecided { why: why.clone() })
}

impl Rule {
    /// The sets that may be chosen, and whether there is no choice.
    pub(super) fn sets(&self) -> (Vec<SetIndex>, bool) {
        let sets: Vec<SetIndex> = match self {
            Self::Fixed(_) => Vec::new(),
            Self::Only(set, _) => return (vec![*set], false),
            Self::First(sets) | Self::Multivalue(sets) => sets.clone(),
            Self::Nearest(by, _) => by.iter().map(|(_, set)| *set).collect(),
            Self::Weighted(weights) => weights.iter().map(|(_, set)| *set).collect(),
        };
        let alone = sets.len() <= 1;
        (sets, alone)
    }
}

fn healthy<'t, T: Copy>(
    sets: impl Iterator<Item = (T, SetIndex)>,
    is: Is<'_, 't>,
) -> Result<Vec<(T, SetIndex)>, Gap<'t>> {
    let mut healthy = Vec::new();
    for (with, set) in sets {
        if is(set)? {
            healthy.push((with, set));
        }
    }
    Ok(healthy)
}

fn first<'t>(sets: &[SetIndex], is: Is<'_, 't>) -> Result<Choice, Gap<'t>> {
    for set in sets.iter().filter(|_| sets.len() > 1) {
        if is(*set)? {
            return Ok(Choice::One(vec![(*set, 1.0)]));
        }
    }
    Ok(Choice::One(vec![(sets[0], 1.0)]))
}

fn nearest<'t>(
    by: &[(Option<f64>, SetIndex)],
    why: &Why,
    is: Is<'_, 't>,
) -> Result<Choice, Gap<'t>> {
    let chosen = |at: usize| Ok(Choice::One(vec![(by[at].1, 1.0)]));
    // Those of unknown distance stand first, so one of them is alike to all behind it.
    let alike = |at: usize| {
        let (distance, _) = by[at];
        by[at + 1..].iter().filter(move |(other, _)| distance.is_none() || *other == distance)
    };
    for (at, (_, set)) in by.iter().enumerate().filter(|_| by.len() > 1) {
        if is(*set)? {
            for (_, other) in alike(at) {
                if is(*other)? {
                    return Ok(undecided(why));
                }
            }
            return chosen(at);
        }
    }
    if alike(0).next().is_some() { Ok(undecided(why)) } else { chosen(0) }
}

fn weighted<'t>(weights: &[(u8, SetIndex)], is: Is<'_, 't>) -> Result<Choice, Gap<'t>> {
    if let [(_, only)] = weights {
        return Ok(Choice::One(vec![(*only, 1.0)]));
    }
    let (some, none): (Vec<_>, Vec<_>) =
        weights.iter().copied().partition(|(weight, _)| *weight > 0);
    let serving = healthy(some.iter().copied(), is)?;
    if !serving.is_empty() {
        return Ok(spread(&serving));
    }
    let alike = |sets: Vec<(u8, SetIndex)>| sets.into_iter().map(|(_, set)| (1, set)).collect();
    let idle: Vec<(u8, SetIndex)> = alike(healthy(none.iter().copied(), is)?);
    if !idle.is_empty() {
        return Ok(spread(&idle));
    }
    Ok(if some.is_empty() { spread(&alike(none)) } else { spread(&some) })
}

fn spread(weights: &[(u8, SetIndex)]) -> Choice {
    let total: f64 = weights.iter().map(|(weight, _)| f64::from(*weight)).sum();
    let part = |(weight, set): &(u8, SetIndex)| (*set, f64::from(*weight) / total);
    Choice::One(weights.iter().map(part).collect())
}
