//! Replication between the regions of the account.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::drive::{ACCOUNT, ecr, ecr_in, image, patient, put_image};
use lifeboat_aws_fake::Fake;

fn to(regions: &[&str]) -> Value {
    let to = |region: &&str| json!({"region": region, "registryId": ACCOUNT});
    regions.iter().map(to).collect()
}

async fn replicate(fake: &Fake, from: &str, rules: Value) -> Result<Value, (String, String)> {
    let body = json!({"replicationConfiguration": {"rules": rules}});
    ecr_in(fake, from, "PutReplicationConfiguration", body).await
}

async fn tags(fake: &Fake, region: &str) -> Vec<String> {
    let body = json!({"repositoryName": "app"});
    let Ok(got) = ecr_in(fake, region, "ListImages", body).await else {
        return vec!["no repository".to_owned()];
    };
    let ids = got["imageIds"].as_array().unwrap().clone();
    let mut tags: Vec<String> =
        ids.iter().map(|id| id["imageTag"].as_str().unwrap_or("untagged").to_owned()).collect();
    tags.sort();
    tags
}

async fn status(fake: &Fake, tag: &str) -> Value {
    let body = json!({"repositoryName": "app", "imageId": {"imageTag": tag}});
    let got = ecr(fake, "DescribeImageReplicationStatus", body).await.unwrap();
    got["replicationStatuses"].clone()
}

async fn created(fake: &Fake, region: &str, mutability: &str) {
    let body = json!({"repositoryName": "app", "imageTagMutability": mutability});
    ecr_in(fake, region, "CreateRepository", body).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn only_what_is_pushed_after_the_rule_arrives_and_only_once() {
    let fake = patient();
    created(&fake, "eu-west-1", "IMMUTABLE").await;
    image(&fake, "app", "before", "old").await;
    replicate(&fake, "eu-west-1", json!([{"destinations": to(&["us-east-1"])}])).await.unwrap();
    replicate(&fake, "us-east-1", json!([{"destinations": to(&["ap-south-1"])}])).await.unwrap();
    image(&fake, "app", "after", "new").await;
    assert_eq!(status(&fake, "new").await[0]["status"], "IN_PROGRESS");
    assert_eq!(status(&fake, "old").await, json!([]));
    sleep(Duration::from_secs(30)).await;
    assert_eq!(tags(&fake, "us-east-1").await, ["new"]);
    assert_eq!(status(&fake, "new").await[0]["status"], "COMPLETE");
    let names = json!({"repositoryNames": ["app"]});
    let got = ecr_in(&fake, "us-east-1", "DescribeRepositories", names).await.unwrap();
    assert_eq!(got["repositories"][0]["imageTagMutability"], "MUTABLE");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(tags(&fake, "ap-south-1").await, ["no repository"]);
}

#[tokio::test(start_paused = true)]
async fn filters_choose_repositories() {
    let fake = patient();
    created(&fake, "eu-west-1", "MUTABLE").await;
    let filter = |text: &str| json!([{"filter": text, "filterType": "PREFIX_MATCH"}]);
    let rules = json!([
        {"destinations": to(&["us-east-1"]), "repositoryFilters": filter("ap")},
        {"destinations": to(&["us-west-2"]), "repositoryFilters": filter("web")},
    ]);
    let put = replicate(&fake, "eu-west-1", rules).await.unwrap();
    let read = ecr(&fake, "DescribeRegistry", json!({})).await.unwrap();
    assert_eq!(read["replicationConfiguration"], put["replicationConfiguration"]);
    image(&fake, "app", "layer", "v1").await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(tags(&fake, "us-east-1").await, ["v1"]);
    assert_eq!(tags(&fake, "us-west-2").await, ["no repository"]);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_tag_at_the_destination_is_dropped_in_silence() {
    let fake = patient();
    created(&fake, "eu-west-1", "MUTABLE").await;
    created(&fake, "us-east-1", "IMMUTABLE").await;
    replicate(&fake, "eu-west-1", json!([{"destinations": to(&["us-east-1"])}])).await.unwrap();
    image(&fake, "app", "one", "v1").await;
    sleep(Duration::from_secs(30)).await;
    image(&fake, "app", "two", "v1").await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(tags(&fake, "us-east-1").await, ["untagged", "v1"]);
    assert_eq!(status(&fake, "v1").await[0]["status"], "COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_cut_off_gets_its_images_later() {
    let fake = patient();
    created(&fake, "eu-west-1", "MUTABLE").await;
    replicate(&fake, "eu-west-1", json!([{"destinations": to(&["us-east-1"])}])).await.unwrap();
    fake.cut("us-east-1");
    image(&fake, "app", "one", "v1").await;
    put_image(&fake, "app", "one", "v2").await.unwrap();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(status(&fake, "v1").await[0]["status"], "IN_PROGRESS");
    fake.heal("us-east-1");
    assert_eq!(tags(&fake, "us-east-1").await, ["v1", "v2"]);
}

#[tokio::test(start_paused = true)]
async fn deletions_are_replicated_where_the_rule_says_so() {
    for (deletes, left) in [(true, vec![]), (false, vec!["v1".to_owned()])] {
        let fake = patient();
        created(&fake, "eu-west-1", "MUTABLE").await;
        let to = to(&["us-east-1"]);
        let rule = json!({"destinations": to, "deleteReplication": {"enabled": deletes}});
        replicate(&fake, "eu-west-1", json!([rule])).await.unwrap();
        image(&fake, "app", "one", "v1").await;
        sleep(Duration::from_secs(30)).await;
        let ids = json!({"repositoryName": "app", "imageIds": [{"imageTag": "v1"}]});
        ecr(&fake, "BatchDeleteImage", ids).await.unwrap();
        sleep(Duration::from_secs(30)).await;
        assert_eq!(tags(&fake, "us-east-1").await, left);
    }
}

#[tokio::test(start_paused = true)]
async fn configurations_that_ecr_refuses() {
    let fake = patient();
    let rule = |regions: &[&str]| json!({"destinations": to(regions)});
    let names: Vec<String> = (0..26).map(|number| format!("xx-test-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for rules in [
        json!(vec![rule(&["us-east-1"]); 11]),
        json!([rule(&names)]),
        json!([rule(&["us-east-1", "us-east-1"])]),
        json!([rule(&["eu-west-1"])]),
        json!([{"destinations": [{"region": "us-east-1", "registryId": "1"}]}]),
        json!([{"destinations": to(&["us-east-1"]), "repositoryFilters": [{"filter": "app", "filterType": "REGEX"}]}]),
    ] {
        let got = replicate(&fake, "eu-west-1", rules.clone()).await;
        assert_eq!(got.unwrap_err().0, "InvalidParameterException", "{rules}");
    }
    replicate(&fake, "eu-west-1", json!([rule(&names[..25])])).await.unwrap();
    replicate(&fake, "eu-west-1", json!([])).await.unwrap();
    let read = ecr(&fake, "DescribeRegistry", json!({})).await.unwrap();
    assert_eq!(read["replicationConfiguration"], json!({"rules": []}));
}
