//! Images and layers by ECR's own calls.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::drive::{digest, ecr, image, layer, manifest, patient, put_image};
use lifeboat_aws_fake::Fake;

async fn repository(fake: &Fake, name: &str, mutability: &str) {
    let mut body = json!({"repositoryName": name, "imageTagMutability": mutability});
    if mutability.ends_with("EXCLUSION") {
        let filters = json!([{"filterType": "WILDCARD", "filter": "dev-*"}]);
        body["imageTagMutabilityExclusionFilters"] = filters;
    }
    ecr(fake, "CreateRepository", body).await.unwrap();
}

fn code<T: std::fmt::Debug>(result: Result<T, (String, String)>) -> String {
    result.unwrap_err().0
}

#[tokio::test(start_paused = true)]
async fn tags_move_where_they_may() {
    for (mutability, fixed, free) in [
        ("MUTABLE", "", "v1"),
        ("IMMUTABLE", "v1", ""),
        ("IMMUTABLE_WITH_EXCLUSION", "v1", "dev-1"),
        ("MUTABLE_WITH_EXCLUSION", "dev-1", "v1"),
    ] {
        let fake = patient();
        repository(&fake, "app", mutability).await;
        for tag in [fixed, free].into_iter().filter(|tag| !tag.is_empty()) {
            image(&fake, "app", &format!("first {tag}"), tag).await;
        }
        layer(&fake, "app", b"second").await;
        if !fixed.is_empty() {
            let (code, message) = put_image(&fake, "app", "second", fixed).await.unwrap_err();
            assert_eq!(code, "ImageTagAlreadyExistsException", "{mutability}");
            let wanted = format!(
                "The image tag '{fixed}' already exists in the 'app' repository and \
                                  cannot be overwritten because the tag is immutable."
            );
            assert_eq!(message, wanted);
        }
        if !free.is_empty() {
            put_image(&fake, "app", "second", free).await.unwrap();
            let id = json!({"repositoryName": "app", "imageIds": [{"imageTag": free}]});
            let got = ecr(&fake, "BatchGetImage", id).await.unwrap();
            assert_eq!(got["images"][0]["imageManifest"], manifest("second"), "{mutability}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn images_that_ecr_refuses() {
    let fake = patient();
    repository(&fake, "app", "MUTABLE").await;
    image(&fake, "app", "layer", "v1").await;
    let put = |manifest: &str, more: Value| {
        let mut body = json!({"repositoryName": "app", "imageManifest": manifest});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        ecr(&fake, "PutImage", body)
    };
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"digest": digest(b"none"), "size": 1}],
    });
    let other = "application/vnd.oci.image.index.v1+json";
    for (manifest, more, wanted) in [
        (manifest("layer"), json!({"imageTag": "v1"}), "ImageAlreadyExistsException"),
        (manifest("layer"), json!({}), "ImageAlreadyExistsException"),
        (manifest("absent"), json!({}), "LayersNotFoundException"),
        (index.to_string(), json!({}), "ReferencedImagesNotFoundException"),
        (
            manifest("layer"),
            json!({"imageDigest": digest(b"x")}),
            "ImageDigestDoesNotMatchException",
        ),
        (manifest("layer"), json!({"imageTag": "-v"}), "InvalidParameterException"),
        (manifest("layer"), json!({"imageManifestMediaType": other}), "InvalidParameterException"),
        ("{}".to_owned(), json!({}), "InvalidParameterException"),
        ("none".to_owned(), json!({}), "InvalidParameterException"),
    ] {
        assert_eq!(code(put(&manifest, more.clone()).await), wanted, "{manifest} {more}");
    }
    put(&manifest("layer"), json!({"imageTag": "v2"})).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn images_are_found_and_deleted_by_tag_and_digest() {
    let fake = patient();
    repository(&fake, "app", "MUTABLE").await;
    let one = image(&fake, "app", "one", "v1").await;
    let two = image(&fake, "app", "two", "v2").await;
    put_image(&fake, "app", "two", "v3").await.unwrap();
    let ids = |ids: Value| json!({"repositoryName": "app", "imageIds": ids});
    let got = ecr(&fake, "DescribeImages", ids(json!([{"imageTag": "v3"}]))).await.unwrap();
    assert_eq!(got["imageDetails"][0]["imageDigest"], two.as_str());
    assert_eq!(got["imageDetails"][0]["imageTags"], json!(["v2", "v3"]));
    assert_eq!(got["imageDetails"][0]["imageSizeInBytes"], 3);
    let none = ids(json!([{"imageTag": "v9"}]));
    let (code, message) = ecr(&fake, "DescribeImages", none).await.unwrap_err();
    assert_eq!(code, "ImageNotFoundException");
    assert!(message.contains("{imageDigest:'null', imageTag:'v9'}"), "{message}");

    let wanted = ids(json!([{"imageDigest": one}, {"imageTag": "v9"}, {}]));
    let got = ecr(&fake, "BatchGetImage", wanted).await.unwrap();
    assert_eq!(got["images"][0]["imageId"]["imageDigest"], one.as_str());
    let codes = [&got["failures"][0]["failureCode"], &got["failures"][1]["failureCode"]];
    assert_eq!(codes, ["ImageNotFound", "MissingDigestAndTag"]);

    let doomed = ids(json!([{"imageTag": "v1"}, {"imageTag": "v2"}, {"imageTag": "v9"}]));
    let got = ecr(&fake, "BatchDeleteImage", doomed).await.unwrap();
    assert_eq!(got["failures"][0]["failureCode"], "ImageNotFound");
    let left = ecr(&fake, "DescribeImages", json!({"repositoryName": "app"})).await.unwrap();
    let left = left["imageDetails"].as_array().unwrap();
    assert_eq!((left.len(), &left[0]["imageTags"]), (1, &json!(["v3"])));
    ecr(&fake, "BatchDeleteImage", ids(json!([{"imageDigest": two}]))).await.unwrap();
    let left = ecr(&fake, "ListImages", json!({"repositoryName": "app"})).await.unwrap();
    assert_eq!(left["imageIds"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn an_index_keeps_its_images() {
    let fake = patient();
    repository(&fake, "app", "MUTABLE").await;
    let child = image(&fake, "app", "one", "v1").await;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"digest": child, "size": 1}],
    });
    let body =
        json!({"repositoryName": "app", "imageManifest": index.to_string(), "imageTag": "all"});
    ecr(&fake, "PutImage", body).await.unwrap();
    let ids = json!({"repositoryName": "app", "imageIds": [{"imageDigest": child}]});
    let got = ecr(&fake, "BatchDeleteImage", ids).await.unwrap();
    assert_eq!(got["failures"][0]["failureCode"], "ImageReferencedByManifestList");
}

#[tokio::test(start_paused = true)]
async fn images_come_in_pages() {
    let fake = patient();
    repository(&fake, "app", "MUTABLE").await;
    for number in 0..5 {
        image(&fake, "app", &format!("layer {number}"), &format!("v{number}")).await;
    }
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    for _ in 0..3 {
        let body = json!({"repositoryName": "app", "maxResults": 2, "nextToken": token});
        let got = ecr(&fake, "DescribeImages", body).await.unwrap();
        seen.push(got["imageDetails"].as_array().unwrap().len());
        token = got["nextToken"].clone();
    }
    assert_eq!((seen, token), (vec![2, 2, 1], Value::Null));
}

#[tokio::test(start_paused = true)]
async fn layers_that_ecr_refuses() {
    let fake = patient();
    repository(&fake, "app", "MUTABLE").await;
    layer(&fake, "app", b"there").await;
    let name = json!({"repositoryName": "app"});
    let upload = ecr(&fake, "InitiateLayerUpload", name).await.unwrap()["uploadId"].clone();
    let part = |first: usize, bytes: &[u8]| {
        let last = first + bytes.len() - 1;
        let blob = STANDARD.encode(bytes);
        let body = json!({"repositoryName": "app", "uploadId": upload, "partFirstByte": first,
                          "partLastByte": last, "layerPartBlob": blob});
        ecr(&fake, "UploadLayerPart", body)
    };
    let complete = |bytes: &[u8]| {
        let digests = json!([digest(bytes)]);
        let body = json!({"repositoryName": "app", "uploadId": upload, "layerDigests": digests});
        ecr(&fake, "CompleteLayerUpload", body)
    };
    assert_eq!(code(complete(b"x").await), "EmptyUploadException");
    assert_eq!(code(part(1, b"there").await), "InvalidLayerPartException");
    part(0, b"there").await.unwrap();
    assert_eq!(code(complete(b"x").await), "InvalidLayerException");
    assert_eq!(code(complete(b"there").await), "LayerAlreadyExistsException");
    part(5, b"!").await.unwrap();
    assert_eq!(code(complete(b"there!").await), "LayerPartTooSmallException");
    let lost = json!({"repositoryName": "app", "uploadId": "x", "layerDigests": [digest(b"x")]});
    assert_eq!(code(ecr(&fake, "CompleteLayerUpload", lost).await), "UploadNotFoundException");
}
