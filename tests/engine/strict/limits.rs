//! How much fits, and what others still use or hold.

use std::collections::BTreeMap;

use expect_test::expect;
use lifeboat_contract::{
    Answer, CheckRef, FailoverRole, HealthCheck, Key, Limits, Object, RecordSet, RecordType,
    Routing, Spec, ZoneName,
};

use super::world::{applied, holding, plans};

/// A zone, these names in it, and these checks.
fn shop(names: &[&str], checks: &[&str]) -> String {
    let record = |name: &&str| {
        format!(
            "record \"{name}\" {{\n  zone = zone.main\n  name = \"{name}\"\n  type = \"A\"\n  values = \
             [\"192.0.2.1\"]\n}}\n"
        )
    };
    let check = |name: &&str| {
        format!("health_check \"{name}\" {{\n  url = \"https://{name}.example.com/\"\n}}\n")
    };
    let zone =
        "zone \"main\" {\n  provider = \"strict\"\n  name = \"example.com\"\n  create = true\n}\n";
    let names: String = names.iter().map(record).collect();
    let checks: String = checks.iter().map(check).collect();
    [zone, &names, &checks].concat()
}

fn zone() -> ZoneName {
    ZoneName::public("example.com".parse().unwrap())
}

/// A record set that somebody else made.
fn foreign(name: &str, label: Option<&str>, set: RecordSet) -> Object {
    let key = Key::RecordSet {
        zone: zone(),
        name: name.parse().unwrap(),
        rtype: RecordType::A,
        label: label.map(str::to_owned),
    };
    Object { key, spec: Spec::RecordSet(set), mark: None, id: None, version: None }
}

fn values() -> RecordSet {
    let answer = Answer::Values(vec!["198.51.100.1".to_owned()]);
    RecordSet { ttl: Some(60), answer, routing: Routing::Simple, health_check: None }
}

fn alias(name: &str, zone_id: Option<&str>) -> RecordSet {
    let answer = Answer::Alias {
        name: name.parse().unwrap(),
        zone_id: zone_id.map(str::to_owned),
        evaluate_target_health: false,
    };
    RecordSet { ttl: None, answer, ..values() }
}

#[test]
fn a_zone_takes_so_many_record_sets() {
    let there = |max| {
        let objects =
            [applied(&shop(&["a", "b"], &[])), vec![foreign("other.example.com", None, values())]];
        let limits = Limits { sets: BTreeMap::from([(zone(), max)]), checks: None };
        holding(objects.concat(), limits)
    };
    plans(
        &shop(&["a", "b", "c"], &[]),
        &there(4),
        expect![[r"
        record.c: Create
    "]],
    );
    plans(
        &shop(&["a", "b", "c"], &[]),
        &there(3),
        expect![[r"
        record.c: Create
        E0402 line 4: Zone `example.com` holds 3 record sets, and with 1 more and 0 fewer it would hold 4. It takes 3.
            help: raise the limit at the provider, or remove record sets
    "]],
    );
    plans(
        &shop(&["a", "c"], &[]),
        &there(3),
        expect![[r#"
        record.c: Create
        record_set["b.example.com A"]: Delete(Undeclared)
    "#]],
    );
    plans(
        &shop(&["c", "d", "e"], &[]),
        &there(3),
        expect![[r#"
        record.c: Create
        record.d: Create
        record.e: Create
        record_set["a.example.com A"]: Delete(Undeclared)
        record_set["b.example.com A"]: Delete(Undeclared)
        E0402 line 4: Zone `example.com` holds 3 record sets, and with 3 more and 2 fewer it would hold 4. It takes 3.
            help: raise the limit at the provider, or remove record sets
    "#]],
    );
    // What is over the limit already may still become less.
    plans(
        &shop(&["a"], &[]),
        &there(1),
        expect![[r#"
        record_set["b.example.com A"]: Delete(Undeclared)
    "#]],
    );
}

#[test]
fn a_provider_takes_so_many_checks() {
    let there = |max| {
        let limits = Limits { sets: BTreeMap::new(), checks: Some((max, 7)) };
        holding(applied(&shop(&[], &["a", "b"])), limits)
    };
    plans(
        &shop(&[], &["a", "b", "c"]),
        &there(8),
        expect![[r"
        health_check.c: Create
    "]],
    );
    plans(
        &shop(&[], &["a", "b", "c"]),
        &there(7),
        expect![[r"
        health_check.c: Create
        E0402 line 13: Provider `strict` has 7 health checks, those of others among them, and with 1 more it would have 8. It takes 7.
            help: raise the limit at the provider, or remove health checks first
    "]],
    );
    plans(
        &shop(&[], &["b"]),
        &there(7),
        expect![[r#"
        health_check["lifeboat:shop:cc71e6a8706e:1"]: Delete(Undeclared)
    "#]],
    );
    // One goes and one comes; what comes is made first.
    plans(
        &shop(&[], &["b", "c"]),
        &there(7),
        expect![[r#"
            health_check.c: Create
            health_check["lifeboat:shop:cc71e6a8706e:1"]: Delete(Undeclared)
            E0402 line 10: Provider `strict` has 7 health checks, those of others among them, and with 1 more it would have 8, since what is replaced or deleted goes last. It takes 7.
                help: raise the limit at the provider, or remove health checks first
        "#]],
    );
    let other = shop(&[], &["a", "b"]).replacen("https", "http", 1);
    plans(
        &other,
        &there(7),
        expect![[r#"
            health_check.a: Replace { because: "protocol" }
            E0402 line 7: Provider `strict` has 7 health checks, those of others among them, and with 1 more it would have 8, since what is replaced or deleted goes last. It takes 7.
                help: raise the limit at the provider, or remove health checks first
        "#]],
    );
}

/// What `shop` leaves behind, with something foreign beside it.
fn beside(names: &[&str], checks: &[&str], others: Vec<Object>) -> Vec<Object> {
    [applied(&shop(names, checks)), others].concat()
}

#[test]
fn a_name_that_others_are_aliases_of_stays() {
    let there = |others| holding(beside(&["a", "b"], &[], others), Limits::default());
    let of_a = || foreign("x.example.com", None, alias("a.example.com", None));
    plans(
        &shop(&["b"], &[]),
        &there(vec![of_a()]),
        expect![[r#"
        record_set["a.example.com A"]: Delete(Undeclared)
        E0609 line 0: Record set a.example.com A would be deleted, and record set x.example.com A is an alias of it, which this stack does not own and so does not change.
            help: change or remove record set x.example.com A first, or keep what it uses
    "#]],
    );
    // It keeps its answer, with another owner of ours or of others.
    let renamed = shop(&["a", "b"], &[]).replace("record \"a\"", "record \"z\"");
    plans(&renamed, &there(vec![of_a()]), expect![[r""]]);
    // By the id of its zone, as from another zone.
    let by_id = foreign("y.example.com", None, alias("a.example.com", Some("id-of-zone.main")));
    plans(
        &shop(&["b"], &[]),
        &there(vec![by_id]),
        expect![[r#"
        record_set["a.example.com A"]: Delete(Undeclared)
        E0609 line 0: Record set a.example.com A would be deleted, and record set y.example.com A is an alias of it, which this stack does not own and so does not change.
            help: change or remove record set y.example.com A first, or keep what it uses
    "#]],
    );
    let elsewhere = foreign("y.example.com", None, alias("a.example.com", Some("id-of-another")));
    plans(
        &shop(&["b"], &[]),
        &there(vec![elsewhere]),
        expect![[r#"
        record_set["a.example.com A"]: Delete(Undeclared)
    "#]],
    );
}

/// A check of others that counts the check of ours.
fn counting(check: CheckRef) -> Object {
    let checks = vec![check];
    let spec = HealthCheck::Calculated { checks, at_least: 1, inverted: false, disabled: false };
    let key = Key::ForeignCheck { id: "theirs".to_owned() };
    Object { key, spec: Spec::HealthCheck(spec), mark: None, id: None, version: None }
}

#[test]
fn a_check_that_others_answer_by_or_count_stays() {
    let ours = applied(&shop(&[], &["a"])).into_iter().find_map(|object| match object.key {
        Key::HealthCheck { reference } => Some(reference),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::ForeignCheck { .. }
        | Key::RecordSet { .. } => None,
    });
    let marked = CheckRef::Marked(ours.unwrap());
    let answering = |check: CheckRef| {
        foreign("x.example.com", None, RecordSet { health_check: Some(check), ..values() })
    };
    let by_id = CheckRef::Id("id-of-health_check.a".to_owned());
    let there = |others| holding(beside(&[], &["a", "b"], others), Limits::default());
    let without = shop(&[], &["b"]);
    plans(
        &without,
        &there(vec![answering(marked.clone())]),
        expect![[r#"
        health_check["lifeboat:shop:cc71e6a8706e:1"]: Delete(Undeclared)
        E0609 line 0: Health check lifeboat:shop:cc71e6a8706e:1 would be deleted, and record set x.example.com A answers by it, which this stack does not own and so does not change.
            help: change or remove record set x.example.com A first, or keep what it uses
    "#]],
    );
    plans(
        &without,
        &there(vec![answering(by_id), counting(marked.clone())]),
        expect![[r#"
        health_check["lifeboat:shop:cc71e6a8706e:1"]: Delete(Undeclared)
        E0609 line 0: Health check lifeboat:shop:cc71e6a8706e:1 would be deleted, and health check theirs counts it, which this stack does not own and so does not change.
            help: change or remove health check theirs first, or keep what it uses
        E0609 line 0: Health check lifeboat:shop:cc71e6a8706e:1 would be deleted, and record set x.example.com A answers by it, which this stack does not own and so does not change.
            help: change or remove record set x.example.com A first, or keep what it uses
    "#]],
    );
    let other = shop(&[], &["a", "b"]).replacen("https", "http", 1);
    plans(
        &other,
        &there(vec![counting(marked.clone())]),
        expect![[r#"
        health_check.a: Replace { because: "protocol" }
        E0609 line 7: Health check lifeboat:shop:cc71e6a8706e:1 would be replaced by another, and health check theirs counts it, which this stack does not own and so does not change.
            help: change or remove health check theirs first, or keep what it uses
    "#]],
    );
    plans(
        &shop(&[], &["a"]),
        &there(vec![counting(marked)]),
        expect![[r#"
        health_check["lifeboat:shop:0d6ed8eed84a:1"]: Delete(Undeclared)
    "#]],
    );
}

#[test]
fn a_name_has_one_primary() {
    let text = [super::world::PLACES, &super::world::served("outside", false, "standby")].concat();
    let primary = RecordSet { routing: Routing::Failover(FailoverRole::Primary), ..values() };
    let mut objects = applied(&text);
    objects.retain(|object| !matches!(object.key, Key::RecordSet { .. }));
    let other = foreign("www.example.com", Some("theirs"), primary.clone());
    let there = |others: &[Object]| holding([&objects, others].concat(), Limits::default());
    plans(
        &text,
        &there(std::slice::from_ref(&other)),
        expect![[r#"
        failover.outside.target["primary"]: Create
        failover.outside.target["standby"]: Create
        www.example.com A: answered by virginia; when that is lost, by ireland
        E0601 line 19: Record set www.example.com A "theirs" exists already and was not made by this stack, and one name and type has one owner.
            help: `lifeboat adopt 'failover.outside.target["primary"]'` takes over the set that stands for it
    "#]],
    );
    // Beside ours, as after somebody forced it in.
    let ours: Vec<Object> = applied(&text);
    let both = [ours, vec![other]].concat();
    plans(
        &text,
        &holding(both, Limits::default()),
        expect![[r#"
            E0601 line 19: Record set www.example.com A "theirs" exists already and was not made by this stack, and one name and type has one owner.
                help: remove or rename one of the two
        "#]],
    );
    let plain = foreign("www.example.com", None, values());
    plans(
        &text,
        &there(&[plain]),
        expect![[r#"
        failover.outside.target["primary"]: Create
        failover.outside.target["standby"]: Create
        www.example.com A: answered by virginia; when that is lost, by ireland
        E0601 line 19: Record set www.example.com A exists already and was not made by this stack, and one name and type has one owner.
            help: remove or rename one of the two
    "#]],
    );
    let weighted = RecordSet { routing: Routing::Weighted { weight: 1 }, ..values() };
    let weighted = foreign("www.example.com", Some("theirs"), weighted);
    plans(
        &text,
        &there(&[weighted]),
        expect![[r#"
        failover.outside.target["primary"]: Create
        failover.outside.target["standby"]: Create
        www.example.com A: answered by virginia; when that is lost, by ireland
        E0601 line 19: Record set www.example.com A "theirs" exists already and was not made by this stack, and one name and type has one owner.
            help: remove or rename one of the two
    "#]],
    );
}
