//! Resource Groups Tagging, as far as finding repositories by their tags.

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::ecr::repository::{Repository, arn};
use crate::reply::{Refusal, Reply};
use crate::request::{Request, Target};

const PAGE: u64 = 50;
const PAGE_MAX: u64 = 100;

pub(crate) fn answer(cloud: &Cloud, target: &Target, request: &Request) -> Result<Reply, Refusal> {
    if target.action != "GetResources" {
        let message = format!("{} is not part of this cloud", target.action);
        return Err(Refusal::new(400, "UnknownOperationException", message));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|why| Refusal::new(400, "SerializationException", why.to_string()))?;
    let size = body.get("ResourcesPerPage").and_then(Value::as_u64).unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&size) {
        let message = format!("ResourcesPerPage must be between 1 and {PAGE_MAX}");
        return Err(Refusal::new(400, "InvalidParameterException", message));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let after = body.get("PaginationToken").and_then(Value::as_str).unwrap_or_default();
    let registry = cloud.ecr.registries.get(&target.region);
    let repositories = registry.into_iter().flat_map(|registry| registry.repositories.values());
    let found: Vec<&Repository> = repositories
        .filter(|it| of_types(&body) && !it.tags.is_empty() && has_tags(it, &body))
        .filter(|it| it.name.as_str() > after)
        .take(size + 1)
        .collect();
    let shown = found.iter().take(size).map(|it| {
        let tags = it.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
        json!({
            "ResourceARN": arn(&cloud.account, &target.region, &it.name),
            "Tags": tags.collect::<Vec<_>>(),
        })
    });
    let next = if found.len() > size { found[size - 1].name.as_str() } else { "" };
    let list = shown.collect::<Vec<_>>();
    Ok(Reply::json(&json!({"ResourceTagMappingList": list, "PaginationToken": next})))
}

fn of_types(body: &Value) -> bool {
    let types = body.get("ResourceTypeFilters").and_then(Value::as_array);
    let wanted = |kind: &Value| matches!(kind.as_str(), Some("ecr" | "ecr:repository"));
    types.is_none_or(|types| types.is_empty() || types.iter().any(wanted))
}

/// Every filter must hold; of the values of a filter, any.
fn has_tags(repository: &Repository, body: &Value) -> bool {
    let filters = body.get("TagFilters").and_then(Value::as_array);
    filters.into_iter().flatten().all(|filter| {
        let key = filter.get("Key").and_then(Value::as_str).unwrap_or_default();
        let values = filter.get("Values").and_then(Value::as_array);
        repository.tags.get(key).is_some_and(|tag| {
            let wanted = |value: &Value| value.as_str() == Some(tag);
            values.is_none_or(|values| values.is_empty() || values.iter().any(wanted))
        })
    })
}
