//! What an author changes between two plans.

use std::collections::BTreeSet;

use lifeboat_contract::RecordType;

use super::chance::Chance;
use super::configuration::{
    Answers, Check, Configuration, Data, Existing, Served, Target, endpoint, values,
};

/// How many kinds of edits there are.
pub(super) const KINDS: u64 = 12;

/// One to four edits, half of them of one kind, then mended.
pub(super) fn edit(
    configuration: &mut Configuration,
    chance: &mut Chance,
    existing: &mut Existing,
    focus: u64,
) {
    // Only a zone that was made can be let go of.
    let made: BTreeSet<String> = configuration.zones.keys().cloned().collect();
    for _ in 0..chance.small(1, 4) {
        match if chance.likely(500) { focus } else { chance.below(KINDS) } {
            0 => add(configuration, chance, existing),
            1 => remove(configuration, chance),
            2 => rename(configuration, chance),
            3 | 4 => edit_check(configuration, chance),
            5 => edit_image(configuration, chance),
            6 => edit_zone(configuration, chance, existing, &made),
            7 => swap_names(configuration, chance),
            8 => swap_form(configuration, chance),
            _ => edit_served(configuration, chance),
        }
    }
    configuration.mend();
}

fn add(configuration: &mut Configuration, chance: &mut Chance, existing: &Existing) {
    match chance.below(6) {
        0 => configuration.add_region(chance),
        1 => configuration.add_image(chance),
        2 => configuration.add_check(chance),
        3 if configuration.zones.len() < 2 => configuration.add_zone(chance, existing),
        _ => configuration.add_served(chance),
    }
}

fn remove(configuration: &mut Configuration, chance: &mut Chance) {
    match chance.below(9) {
        0 => drop(chance.key(&configuration.regions).map(|k| configuration.regions.remove(&k))),
        1 | 2 => drop(chance.key(&configuration.images).map(|k| configuration.images.remove(&k))),
        3 | 4 => drop(chance.key(&configuration.checks).map(|k| configuration.checks.remove(&k))),
        5 if configuration.zones.len() > 1 => {
            drop(chance.key(&configuration.zones).map(|k| configuration.zones.remove(&k)));
        }
        _ => drop(chance.key(&configuration.served).map(|k| configuration.served.remove(&k))),
    }
}

/// Another name for a block; what refers to it follows.
fn rename(configuration: &mut Configuration, chance: &mut Chance) {
    let fresh = chance.below(9);
    if chance.likely(500) {
        let Some(old) = chance.key(&configuration.served) else { return };
        let new = format!("n{fresh}");
        if !configuration.served.contains_key(&new)
            && let Some(served) = configuration.served.remove(&old)
        {
            configuration.served.insert(new, served);
        }
        return;
    }
    let Some(old) = chance.key(&configuration.checks) else { return };
    let new = format!("c{fresh}");
    if configuration.checks.contains_key(&new) {
        return;
    }
    if let Some(check) = configuration.checks.remove(&old) {
        configuration.checks.insert(new.clone(), check);
    }
    for check in configuration.checks.values_mut() {
        if let Check::Counted { of, all: _ } = check
            && of.remove(&old)
        {
            of.insert(new.clone());
        }
    }
    for served in configuration.served.values_mut() {
        if let Answers::Targets(targets) = &mut served.answers {
            for target in targets.iter_mut().filter(|t| t.check.as_ref() == Some(&old)) {
                target.check = Some(new.clone());
            }
        }
    }
}

fn edit_check(configuration: &mut Configuration, chance: &mut Chance) {
    let others: BTreeSet<String> = configuration.checks.keys().cloned().collect();
    let Some(name) = chance.key(&configuration.checks) else { return };
    let Some(check) = configuration.checks.get_mut(&name) else { return };
    if chance.likely(150) {
        let of = others.into_iter().filter(|_| chance.likely(500)).collect();
        *check = Check::Counted { of, all: chance.likely(500) };
        return;
    }
    match check {
        Check::Counted { of, all } => match chance.below(4) {
            0 => *all = !*all,
            1 => *of = others.into_iter().filter(|_| chance.likely(500)).collect(),
            2 => drop(of.pop_first()),
            _ => *check = endpoint(chance),
        },
        Check::Endpoint { interval, failures, timeout, .. } => match chance.below(4) {
            0 => *interval = 10 * chance.small(1, 3),
            1 => *failures = chance.small(1, 4),
            2 => *timeout = chance.likely(500).then(|| chance.small(1, 5)),
            _ => *check = endpoint(chance),
        },
    }
}

fn edit_image(configuration: &mut Configuration, chance: &mut Chance) {
    let all: Vec<String> = configuration.regions.keys().cloned().collect();
    let Some(name) = chance.key(&configuration.images) else { return };
    let Some(image) = configuration.images.get_mut(&name) else { return };
    match chance.below(6) {
        0 => image.keep = chance.likely(600).then(|| chance.small(1, 3)),
        1 => image.immutable = !image.immutable,
        2 => image.regions = all.into_iter().filter(|_| chance.likely(600)).collect(),
        3 => image.repository = format!("shop/i{}", chance.below(4)),
        _ => image.content = chance.below(5),
    }
}

/// A zone that is made is let go of, or gets another comment.
fn edit_zone(
    configuration: &mut Configuration,
    chance: &mut Chance,
    existing: &mut Existing,
    made: &BTreeSet<String>,
) {
    let Some(block) = chance.key(&configuration.zones) else { return };
    let Some(zone) = configuration.zones.get_mut(&block).filter(|zone| zone.create) else { return };
    if made.contains(&block) && chance.likely(250) {
        (zone.create, zone.comment) = (false, None);
        existing.insert(zone.name.clone(), false);
    } else {
        zone.comment = chance.likely(500).then(|| chance.below(3));
    }
}

/// Two blocks trade their names, or what they answer.
fn swap_names(configuration: &mut Configuration, chance: &mut Chance) {
    let (Some(a), Some(b)) = (chance.key(&configuration.served), chance.key(&configuration.served))
    else {
        return;
    };
    let (mut first, mut second) =
        (configuration.served[&a].clone(), configuration.served[&b].clone());
    if a == b {
        return;
    }
    if chance.likely(500) {
        std::mem::swap(&mut first.label, &mut second.label);
        std::mem::swap(&mut first.zone, &mut second.zone);
    } else if first.rtype == second.rtype {
        std::mem::swap(&mut first.answers, &mut second.answers);
    }
    configuration.served.insert(a, first);
    configuration.served.insert(b, second);
}

/// A record becomes a failover at the same name, or back; an address becomes a CNAME, or back.
fn swap_form(configuration: &mut Configuration, chance: &mut Chance) {
    let Some(block) = chance.key(&configuration.served) else { return };
    let mut served = configuration.served[&block].clone();
    if chance.likely(400) {
        let cname = served.rtype == RecordType::Cname;
        served.rtype = if cname { RecordType::A } else { RecordType::Cname };
        served.answers = Answers::Plain(values(chance, served.rtype));
        let (zone, label) = (&served.zone, &served.label);
        configuration.served.retain(|_, other| (&other.zone, &other.label) != (zone, label));
    } else if served.rtype == RecordType::A {
        served.answers = match served.answers {
            Answers::Plain(_) => {
                let all = 0..chance.small(2, 5);
                let targets = all.map(|at| configuration.target(chance, RecordType::A, at));
                Answers::Targets(targets.collect())
            }
            Answers::Targets(_) => Answers::Plain(configuration.data(chance, RecordType::A)),
        };
    }
    configuration.served.insert(block, served);
}

fn edit_served(configuration: &mut Configuration, chance: &mut Chance) {
    let Some(block) = chance.key(&configuration.served) else { return };
    let mut served = configuration.served[&block].clone();
    if chance.likely(150) {
        served.ttl = 30 * chance.small(1, 3);
    } else if chance.likely(100) {
        ["www", "api", "a", "b", "*", "x.y"][chance.place(6)].clone_into(&mut served.label);
    } else {
        let data = configuration.data(chance, served.rtype);
        let fresh = configuration.target(chance, served.rtype, chance_label(&served));
        edit_answers(&mut served, chance, data, fresh);
    }
    configuration.served.insert(block, served);
}

/// A label that no target of the name has yet.
fn chance_label(served: &Served) -> u32 {
    match &served.answers {
        Answers::Plain(_) => 0,
        Answers::Targets(targets) => u32::try_from(targets.len()).unwrap(),
    }
}

fn edit_answers(served: &mut Served, chance: &mut Chance, data: Data, fresh: Target) {
    let targets = match &mut served.answers {
        Answers::Plain(plain) => {
            *plain = data;
            return;
        }
        Answers::Targets(targets) => targets,
    };
    let at = chance.place(targets.len());
    match chance.below(10) {
        0 => targets.rotate_left(1),
        1 => targets.swap(0, at),
        2 if targets.len() > 2 => drop(targets.remove(at)),
        3 if targets.len() < 5 => targets.push(fresh),
        4 => targets[at].weight = u8::try_from(chance.below(10)).unwrap(),
        5 => targets.iter_mut().for_each(|target| target.tier = None),
        6 => targets.iter_mut().for_each(|target| target.tier = Some(chance.small(1, 3))),
        7 => targets[at].check = fresh.check,
        8 => {
            let first = targets[0].data.clone();
            targets[0].data = std::mem::replace(&mut targets[at].data, first);
        }
        _ => {
            let name = targets[at].name.clone();
            targets[at] = Target { name, ..fresh };
        }
    }
}
