//! Amazon ECR: one registry in each region.
//!
//! Calls come as JSON with the action in a header; the images themselves may also come by the
//! registry protocol, see `registry`. Both work on the same repositories.

mod document;
mod fields;
pub(crate) mod image;
mod image_calls;
mod layer_calls;
pub(crate) mod layers;
mod policy_calls;
pub(crate) mod replication;
mod replication_calls;
pub(crate) mod repository;
mod repository_calls;
mod tags;
pub(crate) mod tokens;

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::Instant;

use crate::answer::throttled;
use crate::bucket::{Demand, Rate};
use crate::cloud::Cloud;
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::{Request, Target};
use fields::Fields;
use repository::Repository;

/// What the account has in ECR.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) registries: BTreeMap<String, Registry>,
    pub(crate) tokens: tokens::Tokens,
    jobs: Vec<replication::Job>,
}

/// What a region has.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) uploads: BTreeMap<String, layers::Upload>,
    rules: Vec<replication::Rule>,
}

/// Rates of a region: documented where the action is named; the rest is an assumption.
const RATES: &[(&str, f64, f64)] = &[
    ("PutImage", 10.0, 10.0),
    ("DescribeRepositories", 20.0, 20.0),
    ("InitiateLayerUpload", 100.0, 100.0),
    ("CompleteLayerUpload", 100.0, 100.0),
    ("UploadLayerPart", 500.0, 500.0),
    ("GetAuthorizationToken", 500.0, 500.0),
    ("BatchCheckLayerAvailability", 1_000.0, 1_000.0),
    ("BatchGetImage", 2_000.0, 2_000.0),
    ("GetDownloadUrlForLayer", 3_000.0, 3_000.0),
];
const OTHER_RATE: (f64, f64) = (100.0, 50.0);

/// A call: where it is answered, and what it says.
struct Call<'a> {
    region: &'a str,
    fields: Fields<'a>,
}

pub(crate) fn answer(
    cloud: &mut Cloud,
    target: &Target,
    request: &Request,
) -> Result<Reply, Refusal> {
    if !within_rate(cloud, &target.region, &target.action) {
        return Err(throttled(Protocol::Json));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|why| Refusal::new(400, "SerializationException", why.to_string()))?;
    let call = Call { region: &target.region, fields: Fields(&body) };
    perform(cloud, &target.action, &call).map(|value| Reply::json(&value))
}

/// Whether the region's rate allows for the action, by whichever way it comes.
pub(crate) fn within_rate(cloud: &mut Cloud, region: &str, action: &str) -> bool {
    if !cloud.settings.buckets {
        return true;
    }
    let own = RATES.iter().find(|(name, ..)| *name == action);
    let (burst, refill) = own.map_or(OTHER_RATE, |(_, burst, refill)| (*burst, *refill));
    let demand = Demand::one(format!("ecr:{action} {region}"), Rate { burst, refill });
    cloud.buckets.take(Instant::now(), &[demand])
}

fn perform(cloud: &mut Cloud, action: &str, call: &Call<'_>) -> Result<Value, Refusal> {
    match action {
        "CreateRepository" => repository_calls::create(cloud, call),
        "DescribeRepositories" => repository_calls::describe(cloud, call),
        "DeleteRepository" => repository_calls::delete(cloud, call),
        "PutImageTagMutability" => repository_calls::put_mutability(cloud, call),
        "PutImageScanningConfiguration" => repository_calls::put_scanning(cloud, call),
        "TagResource" => tags::add(cloud, call),
        "UntagResource" => tags::remove(cloud, call),
        "ListTagsForResource" => tags::list(cloud, call),
        "GetLifecyclePolicy" => policy_calls::lifecycle(cloud, call),
        "PutLifecyclePolicy" => policy_calls::put_lifecycle(cloud, call),
        "DeleteLifecyclePolicy" => policy_calls::delete_lifecycle(cloud, call),
        "GetRepositoryPolicy" => policy_calls::access(cloud, call),
        "SetRepositoryPolicy" => policy_calls::set_access(cloud, call),
        "DeleteRepositoryPolicy" => policy_calls::delete_access(cloud, call),
        "ListImages" => image_calls::list(cloud, call),
        "DescribeImages" => image_calls::describe(cloud, call),
        "BatchGetImage" => image_calls::get(cloud, call),
        "PutImage" => image_calls::put(cloud, call),
        "BatchDeleteImage" => image_calls::delete(cloud, call),
        "BatchCheckLayerAvailability" => layer_calls::available(cloud, call),
        "InitiateLayerUpload" => layer_calls::initiate(cloud, call),
        "UploadLayerPart" => layer_calls::part(cloud, call),
        "CompleteLayerUpload" => layer_calls::complete(cloud, call),
        "GetAuthorizationToken" => Ok(tokens::issue(cloud, call.region)),
        "DescribeRegistry" => Ok(replication_calls::registry(cloud, call)),
        "PutReplicationConfiguration" => replication_calls::put(cloud, call),
        "DescribeImageReplicationStatus" => replication_calls::status(cloud, call),
        _ => {
            let message = format!("{action} is not part of this cloud");
            Err(Refusal::new(400, "UnknownOperationException", message))
        }
    }
}

/// The repository that the call names.
fn named<'c>(cloud: &'c Cloud, call: &Call<'_>) -> Result<&'c Repository, Refusal> {
    let name = call.fields.repository()?;
    let registry = call.fields.text("registryId").unwrap_or(&cloud.account);
    let found = cloud.ecr.registries.get(call.region).and_then(|it| it.repositories.get(name));
    found.filter(|_| registry == cloud.account).ok_or_else(|| repository::not_found(name, registry))
}

/// The same, to be changed.
fn named_mut<'c>(cloud: &'c mut Cloud, call: &Call<'_>) -> Result<&'c mut Repository, Refusal> {
    named(cloud, call)?;
    let (name, account) = (call.fields.repository()?, &cloud.account);
    let registry = cloud.ecr.registries.get_mut(call.region);
    let found = registry.and_then(|registry| registry.repositories.get_mut(name));
    found.ok_or_else(|| repository::not_found(name, account))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterException", message)
}

fn unsatisfied(parameter: &str, rule: &str) -> Refusal {
    invalid(format!("Invalid parameter at '{parameter}' failed to satisfy constraint: '{rule}'"))
}
