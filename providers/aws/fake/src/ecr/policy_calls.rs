//! The calls about lifecycle policies and access policies of repositories.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::{compact, spacious};
use super::fields::Fields;
use super::repository_calls::with_name;
use super::{Call, named, named_mut, unsatisfied};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const LIFECYCLE_CHARS: std::ops::RangeInclusive<usize> = 100..=30_720;
const ACCESS_CHARS_MAX: usize = 10_240;

pub(super) fn lifecycle(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let Some(text) = &repository.lifecycle else {
        return Err(no_lifecycle(cloud, &repository.name));
    };
    // A policy that was never evaluated yet has this date.
    let shown = json!({"lifecyclePolicyText": text, "lastEvaluatedAt": 0});
    Ok(with_name(cloud, &repository.name, shown))
}

pub(super) fn put_lifecycle(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.fields.required("lifecyclePolicyText")?;
    verify_lifecycle(text).map_err(|why| {
        let rule = format!("Lifecycle policy validation failure: {why}");
        unsatisfied("LifecyclePolicyText", &rule)
    })?;
    let repository = named_mut(cloud, call)?;
    let text = compact(text);
    repository.lifecycle = Some(text.clone());
    let name = repository.name.clone();
    Ok(with_name(cloud, &name, json!({"lifecyclePolicyText": text})))
}

pub(super) fn delete_lifecycle(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named_mut(cloud, call)?;
    let (name, text) = (repository.name.clone(), repository.lifecycle.take());
    let Some(text) = text else { return Err(no_lifecycle(cloud, &name)) };
    let shown = json!({"lifecyclePolicyText": text, "lastEvaluatedAt": 0});
    Ok(with_name(cloud, &name, shown))
}

fn no_lifecycle(cloud: &Cloud, name: &str) -> Refusal {
    let message = format!(
        "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id \
         '{}'",
        cloud.account
    );
    Refusal::new(400, "LifecyclePolicyNotFoundException", message)
}

fn verify_lifecycle(text: &str) -> Result<(), String> {
    if !LIFECYCLE_CHARS.contains(&text.chars().count()) {
        return Err("the text must have between 100 and 30720 characters".to_owned());
    }
    let policy: Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let rules = Fields(&policy).list("rules").unwrap_or_default();
    if rules.is_empty() {
        return Err("object has missing required properties ([\"rules\"])".to_owned());
    }
    let mut priorities = BTreeSet::new();
    for rule in rules {
        let priority = rule.0.get("rulePriority").and_then(Value::as_u64);
        let priority =
            priority.filter(|priority| *priority > 0).ok_or("rulePriority is missing")?;
        if !priorities.insert(priority) {
            return Err(format!("rulePriority {priority} is used more than once"));
        }
        verify_selection(rule.object("selection").ok_or("selection is missing")?)?;
        let action = rule.object("action").and_then(|action| action.text("type"));
        if !matches!(action, Some("expire" | "transition")) {
            return Err("action.type must be expire or transition".to_owned());
        }
    }
    Ok(())
}

fn verify_selection(selection: Fields<'_>) -> Result<(), String> {
    let patterns = ["tagPrefixList", "tagPatternList"];
    let named =
        patterns.iter().filter_map(|name| selection.list(name)).any(|list| !list.is_empty());
    match selection.text("tagStatus") {
        Some("tagged") if !named => return Err("tagged needs tags to select".to_owned()),
        Some("untagged" | "any") if named => {
            return Err("tags can only be selected where tagStatus is tagged".to_owned());
        }
        Some("tagged" | "untagged" | "any") => {}
        _ => return Err("tagStatus must be tagged, untagged or any".to_owned()),
    }
    let unit = selection.text("countUnit");
    match selection.text("countType") {
        Some("imageCountMoreThan") if unit.is_some() => {
            return Err("imageCountMoreThan has no countUnit".to_owned());
        }
        Some("sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned")
            if unit != Some("days") =>
        {
            return Err("countUnit must be days".to_owned());
        }
        Some(
            "imageCountMoreThan"
            | "sinceImagePushed"
            | "sinceImagePulled"
            | "sinceImageTransitioned",
        ) => {}
        _ => return Err("countType is missing".to_owned()),
    }
    let count = selection.0.get("countNumber").and_then(Value::as_u64);
    count.filter(|count| *count > 0).map(|_| ()).ok_or_else(|| "countNumber is missing".to_owned())
}

pub(super) fn access(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let text = repository.access.as_ref().ok_or_else(|| no_access(cloud, &repository.name))?;
    Ok(with_name(cloud, &repository.name, json!({"policyText": text})))
}

pub(super) fn set_access(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.fields.required("policyText")?;
    if text.chars().count() > ACCESS_CHARS_MAX || !is_access_policy(text) {
        return Err(unsatisfied("PolicyText", "Invalid repository policy provided"));
    }
    let repository = named_mut(cloud, call)?;
    let text = spacious(text);
    repository.access = Some(text.clone());
    let name = repository.name.clone();
    Ok(with_name(cloud, &name, json!({"policyText": text})))
}

pub(super) fn delete_access(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named_mut(cloud, call)?;
    let (name, text) = (repository.name.clone(), repository.access.take());
    let text = text.ok_or_else(|| no_access(cloud, &name))?;
    Ok(with_name(cloud, &name, json!({"policyText": text})))
}

fn no_access(cloud: &Cloud, name: &str) -> Refusal {
    let message = format!(
        "Repository policy does not exist for the repository with name '{name}' in the registry with id \
         '{}'",
        cloud.account
    );
    Refusal::new(400, "RepositoryPolicyNotFoundException", message)
}

fn is_access_policy(text: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(text) else { return false };
    let statements = Fields(&policy).list("Statement").unwrap_or_default();
    let complete = |statement: &Fields<'_>| {
        let given = |name: &str| statement.0.get(name).is_some();
        matches!(statement.text("Effect"), Some("Allow" | "Deny"))
            && (given("Action") || given("NotAction"))
            && (given("Principal") || given("NotPrincipal"))
    };
    !statements.is_empty() && statements.iter().all(complete)
}
