//! Faults that only what is live shows.

use lifeboat_contract::{
    Answer, Area, CheckRef, Digest, Endpoint, FailoverRole, HealthCheck, ImageCopy, Key, Object,
    Protocol, RecordSet, RecordType, Repository, Routing, Spec,
};
use lifeboat_local::Cloud;

use super::{Case, digest, plants, spares};

/// The primary is answered by a check that somebody else made.
const BY_ID: &[(&str, &str)] =
    &[("health_check = health_check.virginia\n", "health_check = \"theirs\"\n")];

const PUSHED: &[(&str, &str)] = &[("source     = \"oci:web\"", "source = \"pushed\"")];

const REPLICATED: &[(&str, &str)] =
    &[("source     = \"oci:web\"", "source = \"pushed\"\nreplicate = \"ecr\"")];

fn plant(cloud: &mut Cloud, key: Key, spec: Spec) {
    cloud.plant(Object { key, spec, mark: None, id: None, version: None });
}

fn endpoint() -> Endpoint {
    let mut endpoint = Endpoint::new(Protocol::Http, "web.us-east-1.example.com".to_owned(), 80);
    endpoint.path = Some("/healthz".to_owned());
    endpoint
}

fn check(cloud: &mut Cloud, id: &str, edit: impl FnOnce(&mut Endpoint)) {
    let mut endpoint = endpoint();
    edit(&mut endpoint);
    cloud.plant_check(id, HealthCheck::Endpoint(endpoint));
}

fn counted(cloud: &mut Cloud, at_least: u32) {
    check(cloud, "other", |_| {});
    let checks = vec![CheckRef::Id("other".to_owned())];
    let counted = HealthCheck::Calculated { checks, at_least, inverted: false, disabled: false };
    cloud.plant_check("theirs", counted);
}

/// A set of `api.example.com` that others own.
fn set(cloud: &mut Cloud, label: &str, routing: Routing, edit: impl FnOnce(&mut RecordSet)) {
    let mut set = RecordSet {
        ttl: Some(60),
        answer: Answer::Values(vec!["192.0.2.99".to_owned()]),
        routing,
        health_check: None,
    };
    edit(&mut set);
    let key = Key::RecordSet {
        zone: "example.com".parse().unwrap(),
        name: "api.example.com".parse().unwrap(),
        rtype: RecordType::A,
        label: Some(label.to_owned()),
    };
    plant(cloud, key, Spec::RecordSet(set));
}

fn checked(cloud: &mut Cloud, label: &str, routing: Routing) {
    check(cloud, "theirs", |_| {});
    set(cloud, label, routing, |set| set.health_check = Some(CheckRef::Id("theirs".to_owned())));
}

fn copy(cloud: &mut Cloud, location: &str, digest: Digest) {
    let key = Key::ImageCopy {
        location: location.parse().unwrap(),
        repository: "web".parse().unwrap(),
        digest,
    };
    plant(cloud, key, Spec::ImageCopy(ImageCopy { tag: String::new() }));
}

fn repository(cloud: &mut Cloud, location: &str, replicate_to: &[&str]) {
    let key = Key::Repository { location: location.parse().unwrap(), name: "web".parse().unwrap() };
    let replicate_to = replicate_to.iter().map(|to| to.parse().unwrap()).collect();
    plant(cloud, key, Spec::Repository(Repository { replicate_to, ..Repository::default() }));
}

fn latency(region: &str) -> Routing {
    Routing::Latency { region: region.parse().unwrap() }
}

fn block(location: &str) -> Routing {
    Routing::Cidr { collection: "c".to_owned(), location: location.to_owned() }
}

const WEIGHT: Routing = Routing::Weighted { weight: 1 };
const ZERO: Routing = Routing::Weighted { weight: 0 };

pub(super) const CASES: &[Case] = &[
    plants("L16", "a check that is disabled", BY_ID)
        .with(|cloud| check(cloud, "theirs", |endpoint| endpoint.disabled = true)),
    plants("L16", "a check that is inverted", BY_ID)
        .with(|cloud| check(cloud, "theirs", |endpoint| endpoint.inverted = true)),
    spares("L16", "a check that is neither", BY_ID).with(|cloud| check(cloud, "theirs", |_| {})),
    plants("L17", "a count of nothing", BY_ID).with(|cloud| counted(cloud, 0)),
    plants("L17", "a count of more than there are", BY_ID).with(|cloud| counted(cloud, 2)),
    spares("L17", "a count of all", BY_ID).with(|cloud| counted(cloud, 1)),
    plants("L22", "a check that is gone", BY_ID).with(|_| {}),
    plants("L22", "a check that a foreign set had", &[]).with(|cloud| {
        set(cloud, "a", WEIGHT, |set| set.health_check = Some(CheckRef::Id("gone".to_owned())));
    }),
    spares("L22", "nobody looked", BY_ID),
    plants("L10", "a foreign primary that nothing checks", &[]).with(|cloud| {
        set(cloud, "a", Routing::Failover(FailoverRole::Primary), |_| {});
        checked(cloud, "b", Routing::Failover(FailoverRole::Secondary));
    }),
    plants("L10", "one of foreign weights that nothing checks", &[]).with(|cloud| {
        checked(cloud, "a", WEIGHT);
        set(cloud, "b", WEIGHT, |_| {});
    }),
    spares("L10", "foreign weights that only share", &[]).with(|cloud| {
        set(cloud, "a", WEIGHT, |_| {});
        set(cloud, "b", WEIGHT, |_| {});
    }),
    plants("L12", "a foreign secondary that nothing checks", &[]).with(|cloud| {
        checked(cloud, "a", Routing::Failover(FailoverRole::Primary));
        set(cloud, "b", Routing::Failover(FailoverRole::Secondary), |_| {});
    }),
    plants("L31", "foreign weights that are all 0", &[]).with(|cloud| {
        set(cloud, "a", ZERO, |_| {});
        set(cloud, "b", ZERO, |_| {});
    }),
    plants("L33", "foreign weights with two TTLs", &[]).with(|cloud| {
        set(cloud, "a", WEIGHT, |_| {});
        set(cloud, "b", WEIGHT, |set| set.ttl = Some(30));
    }),
    plants("L42", "one region has the image", &[]).with(|cloud| copy(cloud, "us-east-1", digest())),
    plants("L42", "one region has what others pushed", PUSHED).with(|cloud| {
        copy(cloud, "us-east-1", digest());
        copy(cloud, "us-east-1", Digest::of(b"newer"));
        copy(cloud, "eu-west-1", digest());
    }),
    spares("L42", "both have it", &[]).with(|cloud| {
        copy(cloud, "us-east-1", digest());
        copy(cloud, "eu-west-1", digest());
    }),
    spares("L42", "nobody has it yet", &[]).with(|_| {}),
    plants("L43", "pushed before the rule", REPLICATED).with(|cloud| {
        repository(cloud, "us-east-1", &[]);
        copy(cloud, "us-east-1", digest());
    }),
    plants("L43", "a chain", REPLICATED)
        .with(|cloud| repository(cloud, "eu-central-1", &["us-east-1"])),
    spares("L43", "pushed after the rule", REPLICATED).with(|cloud| {
        repository(cloud, "us-east-1", &["eu-west-1"]);
        copy(cloud, "us-east-1", digest());
    }),
    plants("L30", "a continent and no default", &[]).with(|cloud| {
        set(cloud, "a", Routing::Geolocation(Area::Continent("EU".to_owned())), |_| {});
    }),
    plants("L30", "blocks and no default", &[])
        .with(|cloud| set(cloud, "a", block("office"), |_| {})),
    spares("L30", "a default", &[]).with(|cloud| {
        set(cloud, "a", Routing::Geolocation(Area::Continent("EU".to_owned())), |_| {});
        set(cloud, "b", Routing::Geolocation(Area::Default), |_| {});
    }),
    plants("L10", "one of several that latency chooses from", &[]).with(|cloud| {
        checked(cloud, "a", latency("sa-east-1"));
        set(cloud, "b", latency("us-west-2"), |_| {});
    }),
    spares("L10", "a default that nothing checks", &[]).with(|cloud| {
        checked(cloud, "a", block("office"));
        set(cloud, "b", block("*"), |_| {});
    }),
    plants("L36", "latency between primary and standby", &[]).with(|cloud| {
        checked(cloud, "a", latency("us-east-1"));
        checked(cloud, "b", latency("eu-west-1"));
    }),
    spares("L36", "latency between standbys", &[]).with(|cloud| {
        checked(cloud, "a", latency("eu-central-1"));
        checked(cloud, "b", latency("eu-west-1"));
    }),
    plants(
        "L32",
        "latency leaves the countries",
        &[("", "policy {\n  countries = [\"IE\", \"US\"]\n}\n")],
    )
    .with(|cloud| {
        checked(cloud, "a", latency("us-west-2"));
        checked(cloud, "b", latency("ap-south-1"));
    }),
];
