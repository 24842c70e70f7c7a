//! The calls about repositories.

use serde_json::{Value, json};

use super::fields::{Fields, next_token};
use super::repository::{Mutability, Repository, not_found, verify_name};
use super::{Call, invalid, named, named_mut, tags, unsatisfied};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const NAMES_MAX: usize = 100;

pub(super) fn create(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let name = call.fields.repository()?;
    verify_name(name)?;
    let mutability = Mutability::read(call.fields)?;
    let encryption = encryption(cloud, call)?;
    let given = tags::read(call.fields)?;
    let scanning = call.fields.object("imageScanningConfiguration");
    let (created, account) = (cloud.epoch(), cloud.account.clone());
    let registry = cloud.ecr.registries.entry(call.region.to_owned()).or_default();
    if registry.repositories.contains_key(name) {
        let message = format!(
            "The repository with name '{name}' already exists in the registry with id '{account}'"
        );
        return Err(Refusal::new(400, "RepositoryAlreadyExistsException", message));
    }
    let repository = Repository {
        mutability,
        encryption,
        tags: given,
        scan_on_push: scanning.is_some_and(|scanning| scanning.flag("scanOnPush")),
        ..Repository::plain(name, created)
    };
    let shown = repository.shown(&account, call.region);
    registry.repositories.insert(name.to_owned(), repository);
    Ok(json!({"repository": shown}))
}

/// As it was given. A key of its own stands for the one that AWS would make.
fn encryption(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let Some(given) = call.fields.object("encryptionConfiguration") else {
        return Ok(json!({"encryptionType": "AES256"}));
    };
    let kind = given.required("encryptionType")?;
    match (kind, given.text("kmsKey")) {
        ("AES256", None) => Ok(json!({"encryptionType": kind})),
        ("KMS" | "KMS_DSSE", Some(key)) => Ok(json!({"encryptionType": kind, "kmsKey": key})),
        ("KMS" | "KMS_DSSE", None) => {
            let key = format!("arn:aws:kms:{}:{}:key/aws-ecr", call.region, cloud.account);
            Ok(json!({"encryptionType": kind, "kmsKey": key}))
        }
        _ => Err(unsatisfied("encryptionConfiguration", "Member must be AES256, KMS or KMS_DSSE")),
    }
}

pub(super) fn describe(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let registry = cloud.ecr.registries.get(call.region);
    let shown = |repository: &Repository| repository.shown(&cloud.account, call.region);
    if call.fields.list("repositoryNames").is_some() {
        if call.fields.text("nextToken").is_some() || call.fields.0.get("maxResults").is_some() {
            return Err(invalid("Repository names and pages cannot be asked for together"));
        }
        let mut found = Vec::new();
        for name in call.fields.texts("repositoryNames", NAMES_MAX)? {
            let repository = registry.and_then(|registry| registry.repositories.get(name));
            found.push(shown(repository.ok_or_else(|| not_found(name, &cloud.account))?));
        }
        return Ok(json!({"repositories": found}));
    }
    let (size, after) = call.fields.page()?;
    let repositories = registry.into_iter().flat_map(|registry| registry.repositories.values());
    let rest = repositories.filter(|it| after.is_none_or(|after| it.name.as_str() > after));
    let found: Vec<&Repository> = rest.take(size + 1).collect();
    let page = found.iter().take(size).map(|it| shown(it)).collect::<Vec<_>>();
    let mut answer = json!({"repositories": page});
    if found.len() > size {
        answer["nextToken"] = next_token(&found[size - 1].name).into();
    }
    Ok(answer)
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    if !repository.images.is_empty() && !call.fields.flag("force") {
        let message = format!(
            "The repository with name '{}' in registry with id '{}' cannot be deleted because it still \
             contains images",
            repository.name, cloud.account
        );
        return Err(Refusal::new(400, "RepositoryNotEmptyException", message));
    }
    let (shown, name) = (repository.shown(&cloud.account, call.region), repository.name.clone());
    if let Some(registry) = cloud.ecr.registries.get_mut(call.region) {
        registry.repositories.remove(&name);
        registry.uploads.retain(|_, upload| upload.repository != name);
    }
    Ok(json!({"repository": shown}))
}

pub(super) fn put_mutability(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    call.fields.required("imageTagMutability")?;
    let mutability = Mutability::read(call.fields)?;
    let repository = named_mut(cloud, call)?;
    repository.mutability = mutability;
    let (name, shown) = (repository.name.clone(), repository.mutability.shown());
    Ok(with_name(cloud, &name, shown))
}

pub(super) fn put_scanning(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let missing = || unsatisfied("imageScanningConfiguration", "Member must not be null");
    let given: Fields<'_> = call.fields.object("imageScanningConfiguration").ok_or_else(missing)?;
    let repository = named_mut(cloud, call)?;
    repository.scan_on_push = given.flag("scanOnPush");
    let shown = json!({"imageScanningConfiguration": {"scanOnPush": repository.scan_on_push}});
    let name = repository.name.clone();
    Ok(with_name(cloud, &name, shown))
}

/// Adds whose setting it is.
pub(super) fn with_name(cloud: &Cloud, name: &str, mut shown: Value) -> Value {
    shown["registryId"] = cloud.account.as_str().into();
    shown["repositoryName"] = name.into();
    shown
}
