//! The calls about replication.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields::Fields;
use super::replication::{Destination, Rule};
use super::{Call, image_calls, named, unsatisfied};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const RULES_MAX: usize = 10;
const DESTINATIONS_MAX: usize = 25;
const FILTERS_MAX: usize = 100;
const PLACE: &str = "replicationConfiguration";

pub(super) fn registry(cloud: &Cloud, call: &Call<'_>) -> Value {
    let rules = cloud.ecr.registries.get(call.region).map(|registry| registry.rules.as_slice());
    let shown: Vec<Value> = rules.unwrap_or_default().iter().map(rule_shown).collect();
    json!({"registryId": cloud.account, PLACE: {"rules": shown}})
}

/// The new configuration takes the place of the whole one before.
pub(super) fn put(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let given = call.fields.object(PLACE).and_then(|given| given.list("rules"));
    let given = given.ok_or_else(|| unsatisfied(PLACE, "Member must not be null"))?;
    let rules: Vec<Rule> = given.into_iter().map(rule).collect::<Result<_, _>>()?;
    verify(&rules, call.region, &cloud.account)?;
    let shown: Vec<Value> = rules.iter().map(rule_shown).collect();
    cloud.ecr.registries.entry(call.region.to_owned()).or_default().rules = rules;
    Ok(json!({PLACE: {"rules": shown}}))
}

fn verify(rules: &[Rule], region: &str, account: &str) -> Result<(), Refusal> {
    if rules.len() > RULES_MAX {
        return Err(unsatisfied(PLACE, &format!("there can be at most {RULES_MAX} rules")));
    }
    let mut unique = BTreeSet::new();
    for rule in rules {
        let own: BTreeSet<&Destination> = rule.destinations.iter().collect();
        if own.len() < rule.destinations.len() {
            return Err(unsatisfied(PLACE, "the destinations of a rule must be unique"));
        }
        unique.extend(own);
    }
    if unique.len() > DESTINATIONS_MAX {
        let rule = format!("there can be at most {DESTINATIONS_MAX} unique destinations");
        return Err(unsatisfied(PLACE, &rule));
    }
    if unique.iter().any(|to| to.region == region && to.registry == account) {
        return Err(unsatisfied(PLACE, "a registry cannot be replicated to itself"));
    }
    Ok(())
}

fn rule(fields: Fields<'_>) -> Result<Rule, Refusal> {
    let mut destinations = Vec::new();
    for destination in fields.list("destinations").unwrap_or_default() {
        let region = destination.required("region")?.to_owned();
        let registry = destination.required("registryId")?.to_owned();
        if registry.len() != 12 || !registry.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unsatisfied("registryId", "must satisfy regular expression '[0-9]{12}'"));
        }
        destinations.push(Destination { region, registry });
    }
    let mut prefixes = Vec::new();
    let filters = fields.list("repositoryFilters").unwrap_or_default();
    if filters.len() > FILTERS_MAX {
        return Err(unsatisfied(PLACE, &format!("a rule can have at most {FILTERS_MAX} filters")));
    }
    for filter in filters {
        let text = filter.required("filter")?;
        if filter.required("filterType")? != "PREFIX_MATCH" || !(2..=256).contains(&text.len()) {
            return Err(unsatisfied("repositoryFilters", "a filter must be a PREFIX_MATCH"));
        }
        prefixes.push(text.to_owned());
    }
    let deletes = fields.object("deleteReplication").map(|it| it.flag("enabled"));
    Ok(Rule { destinations, prefixes, deletes })
}

fn rule_shown(rule: &Rule) -> Value {
    let destinations: Vec<Value> = rule
        .destinations
        .iter()
        .map(|to| json!({"region": to.region, "registryId": to.registry}))
        .collect();
    let mut shown = json!({"destinations": destinations});
    if !rule.prefixes.is_empty() {
        let filter = |prefix: &String| json!({"filter": prefix, "filterType": "PREFIX_MATCH"});
        shown["repositoryFilters"] = rule.prefixes.iter().map(filter).collect();
    }
    if let Some(deletes) = rule.deletes {
        shown["deleteReplication"] = json!({"enabled": deletes});
    }
    shown
}

pub(super) fn status(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let id = call.fields.object("imageId");
    let id = id.ok_or_else(|| unsatisfied("imageId", "Member must not be null"))?;
    let image = image_calls::one(repository, id, &cloud.account)?;
    let statuses: Vec<Value> = image
        .replicas
        .iter()
        .map(|replica| {
            let to = &replica.destination;
            json!({"region": to.region, "registryId": to.registry, "status": replica.status})
        })
        .collect();
    Ok(json!({
        "repositoryName": repository.name,
        "imageId": {"imageDigest": image.digest},
        "replicationStatuses": statuses,
    }))
}
