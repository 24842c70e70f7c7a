//! Repositories, their settings and tags.

use serde_json::{Value, json};

use crate::drive::{cloud, ecr, ecr_in, image, json_call, patient, signed};
use lifeboat_aws_fake::{Answer, Fake};

const INVALID: &str = "InvalidParameterException";
const LIFECYCLE: &str = r#"{ "rules": [ {"rulePriority": 1, "description": "two weeks", "selection":
    {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
    "action": {"type": "expire"}} ] }"#;
const ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow",
    "Principal":"*","Action":["ecr:BatchGetImage"]}]}"#;

async fn repository(fake: &Fake, name: &str) {
    ecr(fake, "CreateRepository", json!({"repositoryName": name})).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_repository_comes_back_with_its_settings() {
    let fake = patient();
    let body = json!({
        "repositoryName": "team/app",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "imageScanningConfiguration": {"scanOnPush": true},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/mine"},
        "tags": [{"Key": "a", "Value": "b"}],
    });
    let made = ecr(&fake, "CreateRepository", body.clone()).await.unwrap();
    let wanted = json!({"repository": {
        "repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
        "registryId": "123456789012",
        "repositoryName": "team/app",
        "repositoryUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        "createdAt": 1_767_225_600.0,
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "imageScanningConfiguration": {"scanOnPush": true},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/mine"},
    }});
    assert_eq!(made, wanted);
    let again = ecr(&fake, "CreateRepository", body).await.unwrap_err();
    assert_eq!(again.0, "RepositoryAlreadyExistsException");
    let elsewhere = json!({"repositoryNames": ["team/app"]});
    let got = ecr_in(&fake, "us-east-1", "DescribeRepositories", elsewhere).await.unwrap_err();
    let message = "The repository with name 'team/app' does not exist in the registry with id \
                   '123456789012'";
    assert_eq!(got, ("RepositoryNotFoundException".to_owned(), message.to_owned()));
}

/// An action, its body, and the code that refuses it. `LIFECYCLE x` stands for a policy about images
/// of that status.
#[rustfmt::skip]
const REFUSALS: &[(&str, &str, &str)] = &[
    ("CreateRepository", r#"{"repositoryName": "App"}"#, INVALID),
    ("CreateRepository", "{}", INVALID),
    ("CreateRepository", r#"{"repositoryName": "x1", "imageTagMutability": "FIXED"}"#, INVALID),
    ("CreateRepository", r#"{"repositoryName": "x1", "imageTagMutability": "MUTABLE_WITH_EXCLUSION"}"#, INVALID),
    ("CreateRepository", r#"{"repositoryName": "x1", "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "a"}]}"#, INVALID),
    ("CreateRepository", r#"{"repositoryName": "x1", "encryptionConfiguration": {"encryptionType": "DES"}}"#, INVALID),
    ("CreateRepository", r#"{"repositoryName": "x1", "tags": [{"Key": "aws:x", "Value": ""}]}"#, "InvalidTagParameterException"),
    ("DescribeRepositories", r#"{"repositoryNames": ["app", "none"]}"#, "RepositoryNotFoundException"),
    ("DescribeRepositories", r#"{"repositoryNames": ["app"], "maxResults": 1}"#, INVALID),
    ("DescribeRepositories", r#"{"maxResults": 1001}"#, INVALID),
    ("DescribeRepositories", r#"{"nextToken": "made up"}"#, INVALID),
    ("DeleteRepository", r#"{"repositoryName": "app"}"#, "RepositoryNotEmptyException"),
    ("DeleteRepository", r#"{"repositoryName": "app", "registryId": "999999999999"}"#, "RepositoryNotFoundException"),
    ("PutImageTagMutability", r#"{"repositoryName": "app", "imageTagMutability": "FIXED"}"#, INVALID),
    ("PutImageTagMutability", r#"{"repositoryName": "none", "imageTagMutability": "MUTABLE"}"#, "RepositoryNotFoundException"),
    ("PutImageScanningConfiguration", r#"{"repositoryName": "app"}"#, INVALID),
    ("GetLifecyclePolicy", r#"{"repositoryName": "app"}"#, "LifecyclePolicyNotFoundException"),
    ("DeleteLifecyclePolicy", r#"{"repositoryName": "app"}"#, "LifecyclePolicyNotFoundException"),
    ("PutLifecyclePolicy", r#"{"repositoryName": "app", "lifecyclePolicyText": "{}"}"#, INVALID),
    ("PutLifecyclePolicy", r#"{"repositoryName": "app", "lifecyclePolicyText": "LIFECYCLE some"}"#, INVALID),
    ("PutLifecyclePolicy", r#"{"repositoryName": "app", "lifecyclePolicyText": "LIFECYCLE tagged"}"#, INVALID),
    ("PutLifecyclePolicy", r#"{"repositoryName": "none", "lifecyclePolicyText": "LIFECYCLE untagged"}"#, "RepositoryNotFoundException"),
    ("GetRepositoryPolicy", r#"{"repositoryName": "app"}"#, "RepositoryPolicyNotFoundException"),
    ("DeleteRepositoryPolicy", r#"{"repositoryName": "app"}"#, "RepositoryPolicyNotFoundException"),
    ("SetRepositoryPolicy", r#"{"repositoryName": "app", "policyText": "{}"}"#, INVALID),
    ("SetRepositoryPolicy", r#"{"repositoryName": "app", "policyText": "none"}"#, INVALID),
    ("TagResource", r#"{"resourceArn": "arn:aws:ecr:us-east-1:123456789012:repository/app", "tags": []}"#, INVALID),
    ("ListTagsForResource", r#"{"resourceArn": "arn:aws:ecr:eu-west-1:123456789012:repository/none"}"#, "RepositoryNotFoundException"),
    ("StartImageScan", "{}", "UnknownOperationException"),
];

#[tokio::test(start_paused = true)]
async fn what_ecr_refuses() {
    let fake = patient();
    repository(&fake, "app").await;
    image(&fake, "app", "layer", "v1").await;
    for (action, body, code) in REFUSALS {
        let mut body: Value = serde_json::from_str(body).unwrap();
        let policy = body["lifecyclePolicyText"].as_str().unwrap_or_default();
        if let Some(status) = policy.strip_prefix("LIFECYCLE ") {
            body["lifecyclePolicyText"] = LIFECYCLE.replace("untagged", status).into();
        }
        let got = ecr(&fake, action, body.clone()).await;
        assert_eq!(got.map_err(|(code, _)| code), Err((*code).to_owned()), "{action} {body}");
    }
    let forced = json!({"repositoryName": "app", "force": true});
    ecr(&fake, "DeleteRepository", forced).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn policies_come_back_laid_out_anew() {
    let fake = patient();
    repository(&fake, "app").await;
    let name = json!({"repositoryName": "app"});
    let body = json!({"repositoryName": "app", "lifecyclePolicyText": LIFECYCLE});
    ecr(&fake, "PutLifecyclePolicy", body).await.unwrap();
    let got = ecr(&fake, "GetLifecyclePolicy", name.clone()).await.unwrap();
    let text = got["lifecyclePolicyText"].as_str().unwrap();
    assert!(
        text.starts_with("{\"rules\":[{\"rulePriority\":1,\"description\":\"two weeks\","),
        "{text}"
    );
    ecr(&fake, "DeleteLifecyclePolicy", name.clone()).await.unwrap();
    ecr(&fake, "GetLifecyclePolicy", name.clone()).await.unwrap_err();

    let body = json!({"repositoryName": "app", "policyText": ACCESS});
    ecr(&fake, "SetRepositoryPolicy", body).await.unwrap();
    let got = ecr(&fake, "GetRepositoryPolicy", name.clone()).await.unwrap();
    let text = got["policyText"].as_str().unwrap();
    assert!(
        text.starts_with("{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {"),
        "{text}"
    );
    ecr(&fake, "DeleteRepositoryPolicy", name.clone()).await.unwrap();
    ecr(&fake, "GetRepositoryPolicy", name).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn repositories_come_in_pages() {
    let fake = patient();
    for number in 0..105 {
        repository(&fake, &format!("app{number:03}")).await;
    }
    let first = ecr(&fake, "DescribeRepositories", json!({})).await.unwrap();
    let token = json!({"nextToken": first["nextToken"]});
    let second = ecr(&fake, "DescribeRepositories", token).await.unwrap();
    let length = |page: &Value| page["repositories"].as_array().unwrap().len();
    assert_eq!((length(&first), length(&second)), (100, 5));
    assert_eq!(second["nextToken"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn tagged_repositories_are_found_in_their_region() {
    let fake = patient();
    for (name, owner) in [("one", "lifeboat"), ("two", "others"), ("three", "lifeboat")] {
        let tags = json!([{"Key": "owner", "Value": owner}]);
        let body = json!({"repositoryName": name, "tags": tags});
        ecr(&fake, "CreateRepository", body).await.unwrap();
    }
    let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/three";
    let body = json!({"resourceArn": arn, "tags": [{"Key": "stage", "Value": "test"}]});
    ecr(&fake, "TagResource", body).await.unwrap();
    let service = ("tagging", "ResourceGroupsTaggingAPI_20170126");
    for (region, filters, wanted) in [
        ("eu-west-1", json!([{"Key": "owner", "Values": ["lifeboat"]}]), vec!["one", "three"]),
        ("eu-west-1", json!([{"Key": "owner"}, {"Key": "stage"}]), vec!["three"]),
        ("eu-west-1", json!([{"Key": "owner", "Values": ["nobody", "others"]}]), vec!["two"]),
        ("us-east-1", json!([{"Key": "owner"}]), vec![]),
    ] {
        let body = json!({"TagFilters": filters, "ResourceTypeFilters": ["ecr:repository"]});
        let got = json_call(&fake, service, region, "GetResources", &body).await.unwrap();
        let list = got["ResourceTagMappingList"].as_array().unwrap();
        let names = list.iter().map(|it| it["ResourceARN"].as_str().unwrap().rsplit('/').next());
        let mut names: Vec<&str> = names.flatten().collect();
        names.sort_unstable();
        assert_eq!(names, wanted, "{region} {filters}");
        assert_eq!(got["PaginationToken"], "");
    }
    let body = json!({"resourceArn": arn, "tagKeys": ["owner"]});
    ecr(&fake, "UntagResource", body).await.unwrap();
    let got = ecr(&fake, "ListTagsForResource", json!({"resourceArn": arn})).await.unwrap();
    assert_eq!(got, json!({"tags": [{"Key": "stage", "Value": "test"}]}));
}

#[tokio::test(start_paused = true)]
async fn each_region_has_rates_of_its_own() {
    let fake = cloud();
    for region in ["eu-west-1", "us-east-1"] {
        for _ in 0..20 {
            ecr_in(&fake, region, "DescribeRepositories", json!({})).await.unwrap();
        }
        let got = ecr_in(&fake, region, "DescribeRepositories", json!({})).await.unwrap_err();
        assert_eq!(got, ("ThrottlingException".to_owned(), "Rate exceeded".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_cut_off_leaves_the_others() {
    let fake = cloud();
    fake.cut("eu-west-1");
    ecr_in(&fake, "us-east-1", "DescribeRepositories", json!({})).await.unwrap();
    let request = signed("ecr", "eu-west-1").method("POST").uri("/").body(b"{}".to_vec());
    let answer = fake.answer(request.unwrap()).await;
    assert!(matches!(answer, Answer::Hangs), "{answer:?}");
    fake.heal("eu-west-1");
    ecr(&fake, "DescribeRepositories", json!({})).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn missing_rights_are_told_in_ecr_words() {
    let fake = cloud();
    fake.settings(|settings| {
        settings.denied.insert("ecr:DescribeRepositories".to_owned());
    });
    let (code, message) = ecr(&fake, "DescribeRepositories", json!({})).await.unwrap_err();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("not authorized to perform: ecr:DescribeRepositories"), "{message}");
}
