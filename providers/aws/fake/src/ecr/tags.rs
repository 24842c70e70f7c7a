//! Tags of repositories.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fields::Fields;
use super::repository::{self, Repository};
use super::{Call, unsatisfied};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const TAGS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;

pub(super) fn read(fields: Fields<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for tag in fields.list("tags").unwrap_or_default() {
        let (key, value) = (tag.required("Key")?, tag.required("Value")?);
        let fits = (1..=KEY_CHARS_MAX).contains(&key.chars().count())
            && value.chars().count() <= VALUE_CHARS_MAX
            && !key.starts_with("aws:");
        if !fits {
            let message = format!("The tag with key '{key}' is not permitted");
            return Err(Refusal::new(400, "InvalidTagParameterException", message));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    not_too_many(&tags)?;
    Ok(tags)
}

fn not_too_many(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() <= TAGS_MAX {
        return Ok(());
    }
    let message = format!("The repository would have more than {TAGS_MAX} tags");
    Err(Refusal::new(400, "TooManyTagsException", message))
}

pub(super) fn add(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let given = read(call.fields)?;
    let repository = of_arn(cloud, call)?;
    let mut tags = repository.tags.clone();
    tags.extend(given);
    not_too_many(&tags)?;
    repository.tags = tags;
    Ok(json!({}))
}

pub(super) fn remove(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let keys = call.fields.texts("tagKeys", TAGS_MAX)?;
    let repository = of_arn(cloud, call)?;
    repository.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = of_arn(cloud, call)?;
    Ok(json!({"tags": shown(&repository.tags)}))
}

pub(crate) fn shown(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// The repository of the ARN, which must be of this region.
fn of_arn<'c>(cloud: &'c mut Cloud, call: &Call<'_>) -> Result<&'c mut Repository, Refusal> {
    let arn = call.fields.required("resourceArn")?;
    let account = cloud.account.clone();
    let prefix = repository::arn(&account, call.region, "");
    let Some(name) = arn.strip_prefix(&prefix) else {
        let rule = format!("Invalid ARN: a repository of {} in {account}", call.region);
        return Err(unsatisfied("resourceArn", &rule));
    };
    let registry = cloud.ecr.registries.get_mut(call.region);
    let found = registry.and_then(|registry| registry.repositories.get_mut(name));
    found.ok_or_else(|| repository::not_found(name, &account))
}
