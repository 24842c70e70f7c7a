//! What other people made, written as configuration and adopted: then nothing is left to do, nothing
//! but marks has changed, and undoing it leaves no trace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use lifeboat::diagnostic::Diagnostics;
use lifeboat::diff::{self, Wishes};
use lifeboat::generate::{Form, Generated, Settings, generate};
use lifeboat::lock::Contents;
use lifeboat::plan::{self, Plan, Unchanged};
use lifeboat::{apply, language, live};
use lifeboat_contract::{Address, CheckRef, Key, Object, Providers};
use lifeboat_local::{Cloud, INFO, World};

use super::chance::Chance;
use super::foreign;
use super::pipeline::{self, Purpose, batching, carry_out, through_file, understand};

const ZONES: [&str; 2] = ["example.com", "example.org"];

pub(super) async fn run(seed: u64) {
    let mut chance = Chance::new(seed);
    let world = World::new(seed);
    let zones = &ZONES[..=chance.place(2)];
    world.edit(|cloud| foreign::plant(&mut chance, cloud, zones));
    let before = world.cloud();
    let providers = pipeline::providers(world.clone());
    let settings = settings(&mut chance, zones);
    let whole = chance.likely(500);
    let generated = generated(&settings, whole, &providers).await;
    let text = if whole { generated.text.clone() } else { settings + "\n" + &generated.text };
    let insist = |holds: bool, what: &str| {
        assert!(holds, "seed {seed}: {what}\n{text}\n{:#?}", before.objects());
    };
    insist(language::format(&generated.text) == generated.text, "it is laid out");
    let told = nothing_is_passed_over(&generated, &before, text.contains("\"loc-0\""));
    insist(told, "all that is there is told of");

    let (_, desired) = understand(&text, &Contents::new(), INFO);
    let plan = adoption(&desired, &generated.adopt, &providers, chance.small(1, 5)).await;
    insist(plan.steps.is_empty() == generated.adopt.is_empty(), "all of it is adopted");
    let plan = through_file(&plan);
    let outcome = carry_out(&plan, &providers).await;
    insist(outcome.is_complete(), &format!("{outcome:#?}"));
    let again = pipeline::plan(&desired, &providers, Purpose::Apply, batching(1000)).await;
    let again = again.unwrap_or_else(|codes| panic!("seed {seed}: {codes:?}\n{text}"));
    insist(again.is_empty(), &format!("nothing is left to do: {:#?}", again.steps));
    insist(specs(&world.cloud()) == specs(&before), "only marks have changed");
    let (live, _) = live::read(&desired, &providers).await;
    insist(diff::drift(&desired, &live).list.is_empty(), "nothing has drifted");

    let (standing, _) = apply::verify(&plan, &providers).await;
    insist(standing.moved.is_empty(), &format!("applied, and moved: {:#?}", standing.moved));
    insist(standing.done.len() == plan.steps.len(), "an applied plan is done");
    let (live, _) = apply::look(&plan, &providers).await;
    let inverted = plan::invert(&plan, &live, &|_| Some(batching(1000)));
    insist(inverted.moved.is_empty(), &format!("{:?}", inverted.moved));
    let outcome = carry_out(&inverted.plan, &providers).await;
    insist(outcome.is_complete(), &format!("undone: {outcome:#?}"));
    insist(world.cloud().objects() == before.objects(), "undoing it leaves no trace");
}

fn settings(chance: &mut Chance, zones: &[&str]) -> String {
    let mut text = "lifeboat {\n  stack = \"sim\"\n}\n".to_owned();
    for number in 0..chance.below(4) {
        let location = format!("  provider = \"local\"\n  location = \"loc-{number}\"");
        writeln!(text, "region \"r{number}\" {{\n{location}\n}}").unwrap();
    }
    if chance.likely(300) {
        let names: Vec<String> = zones.iter().map(|zone| format!("\"{zone}\"")).collect();
        let names = names.join(", ");
        return text
            + &format!(
                "zone \"all\" {{\n  for_each = [{names}]\n  provider = \"local\"\n  name = each.key\n}}\n"
            );
    }
    for (number, zone) in zones.iter().enumerate() {
        let zone = format!("  provider = \"local\"\n  name = \"{zone}\"");
        writeln!(text, "zone \"z{number}\" {{\n{zone}\n}}").unwrap();
    }
    text
}

async fn generated(settings: &str, whole: bool, providers: &Providers) -> Generated {
    let (intents, desired) = understand(settings, &Contents::new(), INFO);
    let (live, found) = live::read(&desired, providers).await;
    assert!(!found.has_errors());
    let taken = ("record".to_owned(), "x_y_example_com_a".to_owned());
    let form = || {
        let added = || Form::Added(BTreeSet::from([taken.clone()]));
        if whole { Form::Whole(BTreeMap::new()) } else { added() }
    };
    let make = || {
        let settings = Settings {
            intents: &intents,
            desired: &desired,
            live: &live,
            providers: &[INFO],
            form: form(),
            zones: None,
        };
        generate(&settings).unwrap_or_else(|found| panic!("{found:#?}"))
    };
    let made = make();
    assert_eq!(made.text, make().text, "the same world gives the same text");
    made
}

/// Whether each object is adopted or named as left out.
fn nothing_is_passed_over(generated: &Generated, before: &Cloud, images: bool) -> bool {
    let left: BTreeSet<String> =
        generated.found.sorted().into_iter().filter_map(|found| found.address.clone()).collect();
    let sets = before.objects().into_iter().filter(|o| matches!(o.key, Key::RecordSet { .. }));
    let checks = before.objects().into_iter().filter(|o| matches!(o.key, Key::ForeignCheck { .. }));
    let untold = |object: &Object| !left.contains(&object.key.to_string());
    let (sets, checks) = (sets.filter(untold).count(), checks.filter(untold).count());
    let adopted_checks = generated.adopt.values().filter(|id| id.is_some()).count();
    let repositories =
        before.objects().into_iter().filter(|o| matches!(o.key, Key::Repository { .. }));
    let repositories = if images { repositories.filter(untold).count() } else { 0 };
    generated.adopt.len() == sets + checks + repositories && adopted_checks == checks
}

async fn adoption(
    desired: &lifeboat::desired::Desired,
    adopt: &BTreeMap<Address, Option<String>>,
    providers: &Providers,
    batch_max: u32,
) -> Plan {
    let (live, _) = live::read(desired, providers).await;
    // With no wish at all everything would be changed.
    let wishes = Wishes { adopt: adopt.clone(), ..Wishes::default() };
    let (changes, found) = if adopt.is_empty() {
        (diff::Changes::default(), Diagnostics::default())
    } else {
        diff::compare(desired, &live, &wishes)
    };
    assert!(!found.has_errors(), "{found:#?}");
    assert_eq!(changes.list.len(), adopt.len(), "{changes:#?}");
    plan::make(plan::Making {
        desired,
        live: &live,
        changes: &changes,
        lacking: &live::Lacking::new(),
        verdicts: Vec::new(),
        providers: BTreeMap::new(),
        batching: &|_| Some(batching(usize::try_from(batch_max).unwrap())),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    })
}

/// What everything is, by what stays the same when it is adopted: the id of a check, the name and type
/// of a record set. Checks are called by their ids.
fn specs(cloud: &Cloud) -> BTreeMap<String, Vec<String>> {
    let objects = cloud.objects();
    let id = |check: &CheckRef| {
        let CheckRef::Marked(reference) = check else { return None };
        let key = Key::HealthCheck { reference: reference.clone() };
        let found = objects.iter().find(|object| object.key == key)?;
        found.id.clone().map(CheckRef::Id)
    };
    let mut specs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in &objects {
        let place = match &object.key {
            Key::HealthCheck { .. } | Key::ForeignCheck { .. } => format!("{:?}", object.id),
            Key::RecordSet { zone, name, rtype, .. } => format!("{zone} {name} {rtype}"),
            Key::Zone { .. } | Key::Repository { .. } | Key::ImageCopy { .. } => {
                object.key.to_string()
            }
        };
        let mut spec = object.spec.clone();
        spec.rename_checks(id);
        specs.entry(place).or_default().push(serde_json::to_string(&spec).unwrap());
    }
    for specs in specs.values_mut() {
        specs.sort();
    }
    specs
}
