//! A configuration as HCL text, so that a history runs through the language too.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::configuration::{Answers, Check, Configuration, Data, EACH, Image, Served, Target};

/// The configuration's text.
pub(super) fn write(configuration: &Configuration, stack: &str) -> String {
    let mut text = format!("lifeboat {{\n  stack = \"{stack}\"\n}}\n\nlocals {{\n");
    for (block, zone) in &configuration.zones {
        writeln!(text, "  {block}_name = \"{}\"", zone.name).unwrap();
    }
    text.push_str("}\n\n");
    for (name, location) in &configuration.regions {
        write!(
            text,
            "region \"{name}\" {{\n  provider = \"local\"\n  location = \"{location}\"\n}}\n\n"
        )
        .unwrap();
    }
    for (name, image) in &configuration.images {
        write_image(&mut text, name, image);
    }
    write_checks(&mut text, configuration);
    for (block, zone) in &configuration.zones {
        write!(text, "zone \"{block}\" {{\n  provider = \"local\"\n  name = local.{block}_name\n")
            .unwrap();
        writeln!(text, "  create = {}", zone.create).unwrap();
        if let Some(comment) = zone.comment {
            writeln!(text, "  comment = format(\"note %d\", {comment})").unwrap();
        }
        text.push_str("}\n\n");
    }
    for (block, served) in &configuration.served {
        write_served(&mut text, block, served);
    }
    text
}

fn write_image(text: &mut String, name: &str, image: &Image) {
    writeln!(text, "image \"{name}\" {{\n  repository = \"{}\"", image.repository).unwrap();
    writeln!(text, "  source = \"oci:images/{name}\"").unwrap();
    writeln!(text, "  regions = [{}]", references("region", &image.regions)).unwrap();
    writeln!(text, "  immutable = {}", image.immutable).unwrap();
    if let Some(keep) = image.keep {
        writeln!(text, "  keep {{\n    last = {keep}\n  }}").unwrap();
    }
    text.push_str("}\n\n");
}

fn write_checks(text: &mut String, configuration: &Configuration) {
    let (each, single): (Vec<_>, Vec<_>) =
        configuration.checks.iter().partition(|(name, _)| name.starts_with(EACH));
    for (name, check) in single {
        writeln!(text, "health_check \"{name}\" {{").unwrap();
        match check {
            Check::Counted { of, all } => {
                let form = if *all { "all_of" } else { "any_of" };
                let of: Vec<String> = of.iter().map(|name| check_reference(name)).collect();
                writeln!(text, "  {form} = [{}]", of.join(", ")).unwrap();
            }
            Check::Endpoint { interval, failures, contains, timeout, .. } => {
                writeln!(text, "  url = \"{}\"", url(check)).unwrap();
                writeln!(text, "  interval = \"{interval}s\"\n  failures = {failures}").unwrap();
                if let Some(contains) = contains {
                    writeln!(text, "  contains = \"ok ${{{contains} + 1}}\"").unwrap();
                }
                if let Some(timeout) = timeout {
                    writeln!(text, "  timeout = \"{timeout}s\"").unwrap();
                }
            }
        }
        text.push_str("}\n\n");
    }
    if each.is_empty() {
        return;
    }
    text.push_str("health_check \"every\" {\n  for_each = {\n");
    for (name, check) in each {
        if let Check::Endpoint { interval, failures, .. } = check {
            let url = url(check);
            writeln!(
                text,
                "    {name} = {{ url = \"{url}\", every = {interval}, failures = {failures} }}"
            )
            .unwrap();
        }
    }
    text.push_str("  }\n  url = each.value.url\n  interval = \"${each.value.every}s\"\n");
    text.push_str("  failures = each.value.failures\n}\n\n");
}

fn url(check: &Check) -> String {
    match check {
        Check::Endpoint { host, scheme: "tcp", .. } => format!("tcp://h{host}.example.net:5432"),
        Check::Endpoint { host, scheme, .. } => format!("{scheme}://h{host}.example.net/healthz"),
        Check::Counted { .. } => unreachable!("a check that counts others asks nothing"),
    }
}

fn check_reference(name: &str) -> String {
    if name.starts_with(EACH) {
        format!("health_check.every[\"{name}\"]")
    } else {
        format!("health_check.{name}")
    }
}

fn references(kind: &str, names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("{kind}.{name}")).collect::<Vec<_>>().join(", ")
}

fn write_served(text: &mut String, block: &str, served: &Served) {
    let Served { zone, label, rtype, ttl, answers } = served;
    let kind = match answers {
        Answers::Plain(_) => "record",
        Answers::Targets(_) => "failover",
    };
    writeln!(text, "{kind} \"{block}\" {{\n  zone = zone.{zone}\n  name = \"{label}\"").unwrap();
    writeln!(text, "  type = \"{rtype}\"").unwrap();
    match answers {
        Answers::Plain(data) => {
            if matches!(data, Data::Values(_)) {
                writeln!(text, "  ttl = \"{ttl}s\"").unwrap();
            }
            write_data(text, data);
        }
        Answers::Targets(targets) => {
            writeln!(text, "  ttl = \"{ttl}s\"").unwrap();
            for target in targets {
                write_target(text, target);
            }
        }
    }
    text.push_str("}\n\n");
}

fn write_target(text: &mut String, target: &Target) {
    let Target { name, region, data, check, runs, tier, weight } = target;
    writeln!(text, "  target \"{name}\" {{\n  region = region.{region}").unwrap();
    write_data(text, data);
    if let Some(check) = check {
        writeln!(text, "  health_check = {}", check_reference(check)).unwrap();
    }
    if !runs.is_empty() {
        writeln!(text, "  runs = [{}]", references("image", runs)).unwrap();
    }
    if let Some(tier) = tier {
        writeln!(text, "  tier = {tier}").unwrap();
    }
    writeln!(text, "  weight = {weight}\n  }}").unwrap();
}

fn write_data(text: &mut String, data: &Data) {
    match data {
        Data::Values(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
            writeln!(text, "  values = [{}]", values.join(", ")).unwrap();
        }
        Data::Alias(label) => {
            writeln!(text, "  alias {{\n    name = \"{label}\"\n  }}").unwrap();
        }
    }
}
