//! Images by the registry protocol.

use std::time::Duration;

use serde_json::json;

use crate::drive::{ACCOUNT, digest, ecr_in, manifest, patient};
use lifeboat_aws_fake::{Answer, Fake, Fault, FaultKind};

const KIND: &str = "application/vnd.oci.image.manifest.v1+json";

struct Client {
    fake: Fake,
    token: String,
}

impl Client {
    async fn new(fake: &Fake, region: &str) -> Self {
        let got = ecr_in(fake, region, "GetAuthorizationToken", json!({})).await.unwrap();
        let data = &got["authorizationData"][0];
        let proxy = format!("https://{ACCOUNT}.dkr.ecr.{region}.amazonaws.com");
        assert_eq!(data["proxyEndpoint"], proxy.as_str());
        let token = data["authorizationToken"].as_str().unwrap().to_owned();
        Self { fake: fake.clone(), token }
    }

    async fn call(&self, line: &str, body: &[u8]) -> http::Response<Vec<u8>> {
        let (method, path) = line.split_once(' ').unwrap();
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Basic {}", self.token))
            .header("content-type", KIND)
            .body(body.to_vec());
        let answer = self.fake.answer(request.unwrap()).await;
        let Answer::Response(response) = answer else { panic!("{answer:?}") };
        response
    }

    async fn status(&self, line: &str, body: &[u8]) -> u16 {
        self.call(line, body).await.status().as_u16()
    }

    async fn push(&self, repository: &str, layer: &str, tag: &str) -> u16 {
        for blob in ["{}", layer] {
            let started = self.call(&format!("POST /v2/{repository}/blobs/uploads/"), b"").await;
            let place = started.headers()["location"].to_str().unwrap().to_owned();
            let line = format!("PUT {place}?digest={}", digest(blob.as_bytes()));
            assert_eq!(self.status(&line, blob.as_bytes()).await, 201);
        }
        let line = format!("PUT /v2/{repository}/manifests/{tag}");
        self.status(&line, manifest(layer).as_bytes()).await
    }
}

async fn repository(fake: &Fake, region: &str, name: &str, mutability: &str) {
    let body = json!({"repositoryName": name, "imageTagMutability": mutability});
    ecr_in(fake, region, "CreateRepository", body).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_pushed_is_pulled_and_known_to_ecr() {
    let fake = patient();
    repository(&fake, "eu-west-1", "team/app", "MUTABLE").await;
    let client = Client::new(&fake, "eu-west-1").await;
    assert_eq!(client.status("GET /v2/", b"").await, 200);
    assert_eq!(client.push("team/app", "layer", "v1").await, 201);
    // Pushing the same again is no fault by this way.
    assert_eq!(client.push("team/app", "layer", "v1").await, 201);
    let wanted = manifest("layer");
    let got = client.call("GET /v2/team/app/manifests/v1", b"").await;
    assert_eq!(
        (got.body().as_slice(), &got.headers()["content-type"]),
        (wanted.as_bytes(), &KIND.parse().unwrap())
    );
    let place = digest(wanted.as_bytes());
    let head = client.call(&format!("HEAD /v2/team/app/manifests/{place}"), b"").await;
    assert_eq!(head.headers()["docker-content-digest"].to_str().unwrap(), place);
    assert_eq!(
        (head.headers()["content-length"].to_str().unwrap(), head.body().len()),
        (wanted.len().to_string().as_str(), 0)
    );
    let blob = format!("GET /v2/team/app/blobs/{}", digest(b"layer"));
    assert_eq!(client.call(&blob, b"").await.body(), b"layer");
    let tags = client.call("GET /v2/team/app/tags/list", b"").await;
    assert_eq!(tags.body(), br#"{"name":"team/app","tags":["v1"]}"#);
    let named = json!({"repositoryName": "team/app"});
    let got = ecr_in(&fake, "eu-west-1", "DescribeImages", named).await.unwrap();
    assert_eq!(got["imageDetails"][0]["imageDigest"], place.as_str());
}

#[tokio::test(start_paused = true)]
async fn what_the_registry_refuses() {
    let fake = patient();
    repository(&fake, "eu-west-1", "app", "IMMUTABLE").await;
    let client = Client::new(&fake, "eu-west-1").await;
    assert_eq!(client.push("app", "layer", "v1").await, 201);
    let digest_of = |bytes: &str| digest(bytes.as_bytes());
    let (there, absent) = (manifest("layer"), manifest("absent"));
    for (line, body, status, code) in [
        ("GET /v2/none/manifests/v1".to_owned(), "", 404, "NAME_UNKNOWN"),
        ("GET /v2/app/manifests/v2".to_owned(), "", 404, "MANIFEST_UNKNOWN"),
        (format!("GET /v2/app/blobs/{}", digest_of("x")), "", 404, "BLOB_UNKNOWN"),
        ("PUT /v2/app/manifests/v1".to_owned(), there.as_str(), 400, "TAG_INVALID"),
        ("PUT /v2/app/manifests/v2".to_owned(), absent.as_str(), 404, "BLOB_UNKNOWN"),
        ("PUT /v2/app/manifests/v2".to_owned(), "{}", 405, "UNSUPPORTED"),
        (
            format!("PUT /v2/app/manifests/{}", digest_of("x")),
            there.as_str(),
            400,
            "DIGEST_INVALID",
        ),
        ("DELETE /v2/app/manifests/v1".to_owned(), "", 405, "UNSUPPORTED"),
        ("POST /v2/none/blobs/uploads/".to_owned(), "", 404, "NAME_UNKNOWN"),
        (
            format!("POST /v2/app/blobs/uploads/?digest={}", digest_of("x")),
            "y",
            400,
            "DIGEST_INVALID",
        ),
        (
            format!("PUT /v2/app/blobs/uploads/none?digest={}", digest_of("x")),
            "x",
            404,
            "BLOB_UPLOAD_UNKNOWN",
        ),
    ] {
        let got = client.call(&line, body.as_bytes()).await;
        let text = String::from_utf8(got.body().clone()).unwrap();
        assert_eq!(got.status().as_u16(), status, "{line}: {text}");
        assert!(text.contains(&format!("\"code\":\"{code}\"")), "{line}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn uploads_in_one_or_in_parts() {
    let fake = patient();
    repository(&fake, "eu-west-1", "app", "MUTABLE").await;
    let client = Client::new(&fake, "eu-west-1").await;
    let whole = format!("POST /v2/app/blobs/uploads/?digest={}", digest(b"whole"));
    assert_eq!(client.status(&whole, b"whole").await, 201);
    let mount = format!("POST /v2/app/blobs/uploads/?mount={}&from=other", digest(b"x"));
    let started = client.call(&mount, b"").await;
    assert_eq!(started.status().as_u16(), 202);
    let place = started.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(client.status(&format!("PATCH {place}"), b"in ").await, 201);
    let end = format!("PUT {place}?digest={}", digest(b"in parts"));
    assert_eq!(client.status(&end, b"parts").await, 201);
    for blob in ["whole", "in parts"] {
        let line = format!("HEAD /v2/app/blobs/{}", digest(blob.as_bytes()));
        assert_eq!(client.status(&line, b"").await, 200, "{blob}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_for_a_region_and_for_twelve_hours() {
    let fake = patient();
    repository(&fake, "eu-west-1", "app", "MUTABLE").await;
    repository(&fake, "us-east-1", "app", "MUTABLE").await;
    let (eu, us) = (Client::new(&fake, "eu-west-1").await, Client::new(&fake, "us-east-1").await);
    assert_eq!(eu.push("app", "layer", "v1").await, 201);
    assert_eq!(eu.status("GET /v2/app/manifests/v1", b"").await, 200);
    assert_eq!(eu.status("GET /v2/eu-west-1/app/manifests/v1", b"").await, 200);
    assert_eq!(us.status("GET /v2/app/manifests/v1", b"").await, 404);
    let foreign = http::Request::get("/v2/app/manifests/v1")
        .header("host", format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"))
        .header("authorization", format!("Basic {}", eu.token));
    let answer = fake.answer(foreign.body(Vec::new()).unwrap()).await;
    let Answer::Response(response) = answer else { panic!("{answer:?}") };
    assert_eq!(response.status().as_u16(), 403);

    fake.cut("us-east-1");
    let hangs = http::Request::get("/v2/").header("authorization", format!("Basic {}", us.token));
    assert!(matches!(fake.answer(hangs.body(Vec::new()).unwrap()).await, Answer::Hangs));

    tokio::time::sleep(Duration::from_hours(12)).await;
    let late = eu.call("GET /v2/", b"").await;
    assert_eq!(late.status().as_u16(), 401);
    assert!(late.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
}

#[tokio::test(start_paused = true)]
async fn faults_and_rights_reach_the_registry() {
    let fake = patient();
    repository(&fake, "eu-west-1", "app", "MUTABLE").await;
    let client = Client::new(&fake, "eu-west-1").await;
    let service = Some("registry".to_owned());
    let action = Some("PutManifest".to_owned());
    let fault = Fault { service, action, region: None, skip: 0, kind: FaultKind::Throttle };
    fake.inject(fault);
    assert_eq!(client.push("app", "layer", "v1").await, 429);
    fake.settings(|settings| {
        settings.denied.insert("ecr:PutImage".to_owned());
    });
    assert_eq!(client.push("app", "layer", "v1").await, 403);
}
