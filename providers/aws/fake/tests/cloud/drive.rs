//! Speaks to the cloud as a client would, one line a call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lifeboat_aws_fake::{Answer, Fake};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const ACCOUNT: &str = "123456789012";

/// What came back: the status, and the text of the body.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Got {
    /// The text of the first element of that name.
    pub(crate) fn text(&self, element: &str) -> String {
        self.texts(element).first().cloned().unwrap_or_default()
    }

    pub(crate) fn texts(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let parts = self.body.split(&open).skip(1);
        parts.filter_map(|part| part.split(&close).next()).map(str::to_owned).collect()
    }

    pub(crate) fn code(&self) -> String {
        self.text("Code")
    }

    pub(crate) fn fine(self) -> Self {
        assert!(self.status < 300, "{self:?}");
        self
    }
}

pub(crate) fn cloud() -> Fake {
    Fake::new(ACCOUNT)
}

/// A cloud without rates, for tests that are about something else.
pub(crate) fn patient() -> Fake {
    let fake = cloud();
    fake.settings(|settings| settings.buckets = false);
    fake
}

pub(crate) fn signed(service: &str, region: &str) -> http::request::Builder {
    let scope = format!("AKIDEXAMPLE/20260101/{region}/{service}/aws4_request");
    let value =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00");
    http::Request::builder().header("authorization", value)
}

pub(crate) fn got(answer: Answer) -> Got {
    let Answer::Response(response) = answer else { panic!("{answer:?}") };
    let status = response.status().as_u16();
    Got { status, body: String::from_utf8(response.into_body()).unwrap() }
}

pub(crate) fn request(method: &str, path: &str, body: &str) -> http::Request<Vec<u8>> {
    let uri = format!("https://route53.amazonaws.com/2013-04-01/{path}");
    let builder = signed("route53", "us-east-1").method(method).uri(uri);
    builder.body(body.as_bytes().to_vec()).unwrap()
}

pub(crate) async fn call(fake: &Fake, method: &str, path: &str, body: &str) -> Got {
    got(fake.answer(request(method, path, body)).await)
}

/// A document as the SDK sends it.
pub(crate) fn document(root: &str, content: &str) -> String {
    format!("<{root} xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">{content}</{root}>")
}

pub(crate) async fn zone(fake: &Fake, name: &str) -> String {
    let content = format!("<Name>{name}</Name><CallerReference>{name}</CallerReference>");
    let body = document("CreateHostedZoneRequest", &content);
    let got = call(fake, "POST", "hostedzone", &body).await.fine();
    got.text("Id").trim_start_matches("/hostedzone/").to_owned()
}

/// A change batch from lines of `VERB NAME TYPE FIELD=VALUE...`; see [`set`].
pub(crate) fn batch(changes: &str) -> String {
    let lines = changes.lines().map(str::trim).filter(|line| !line.is_empty());
    let changes: String = lines
        .map(|line| {
            let (verb, rest) = line.split_once(' ').unwrap();
            format!("<Change><Action>{verb}</Action>{}</Change>", set(rest))
        })
        .collect();
    let batch = format!("<ChangeBatch><Changes>{changes}</Changes></ChangeBatch>");
    document("ChangeResourceRecordSetsRequest", &batch)
}

/// `NAME TYPE` and then any of `id= weight= region= failover= country= multi= ttl= v= alias= check=`.
/// A `v` may be given several times, with `~` for a space; an alias is `ZONE:NAME`.
fn set(line: &str) -> String {
    let mut words = line.split(' ');
    let (name, kind) = (words.next().unwrap(), words.next().unwrap());
    let (mut fields, mut values) = (String::new(), String::new());
    for word in words {
        let (field, value) = word.split_once('=').unwrap();
        let value = &value.replace('~', " ");
        fields += &match field {
            "id" => format!("<SetIdentifier>{value}</SetIdentifier>"),
            "weight" => format!("<Weight>{value}</Weight>"),
            "region" => format!("<Region>{value}</Region>"),
            "failover" => format!("<Failover>{value}</Failover>"),
            "multi" => format!("<MultiValueAnswer>{value}</MultiValueAnswer>"),
            "country" => {
                format!("<GeoLocation><CountryCode>{value}</CountryCode></GeoLocation>")
            }
            "ttl" => format!("<TTL>{value}</TTL>"),
            "check" => format!("<HealthCheckId>{value}</HealthCheckId>"),
            "alias" => alias(value),
            "v" => {
                values += &format!("<ResourceRecord><Value>{value}</Value></ResourceRecord>");
                String::new()
            }
            _ => panic!("no field `{field}`"),
        };
    }
    if !values.is_empty() {
        fields += &format!("<ResourceRecords>{values}</ResourceRecords>");
    }
    format!("<ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type>{fields}</ResourceRecordSet>")
}

fn alias(value: &str) -> String {
    let (zone, name) = value.split_once(':').unwrap();
    format!(
        "<AliasTarget><HostedZoneId>{zone}</HostedZoneId><DNSName>{name}</DNSName>\
         <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>"
    )
}

pub(crate) async fn change(fake: &Fake, zone: &str, changes: &str) -> Got {
    call(fake, "POST", &format!("hostedzone/{zone}/rrset/"), &batch(changes)).await
}

/// Names, types and identifiers of all record sets, as AWS lists them.
pub(crate) async fn records(fake: &Fake, zone: &str) -> Vec<String> {
    let got = call(fake, "GET", &format!("hostedzone/{zone}/rrset"), "").await.fine();
    let sets = got.texts("ResourceRecordSet").into_iter().map(|body| Got { status: 200, body });
    sets.map(|set| {
        let words = [set.text("Name"), set.text("Type"), set.text("SetIdentifier")];
        words.join(" ").trim_end().to_owned()
    })
    .collect()
}

pub(crate) fn check_body(reference: &str, config: &str) -> String {
    let content = format!(
        "<CallerReference>{reference}</CallerReference><HealthCheckConfig>{config}</HealthCheckConfig>"
    );
    document("CreateHealthCheckRequest", &content)
}

pub(crate) async fn create_check(fake: &Fake, reference: &str, config: &str) -> Got {
    call(fake, "POST", "healthcheck", &check_body(reference, config)).await
}

/// A plain check, and its id.
pub(crate) async fn check(fake: &Fake, reference: &str) -> String {
    let config = "<Type>HTTPS</Type><FullyQualifiedDomainName>www.example.com\
                  </FullyQualifiedDomainName>";
    create_check(fake, reference, config).await.fine().text("Id")
}

/// One JSON call: the answer, or the code and the message of the refusal.
pub(crate) async fn json_call(
    fake: &Fake,
    (service, prefix): (&str, &str),
    region: &str,
    action: &str,
    body: &Value,
) -> Result<Value, (String, String)> {
    let request = signed(service, region)
        .method("POST")
        .uri("/")
        .header("x-amz-target", format!("{prefix}.{action}"))
        .body(body.to_string().into_bytes());
    let got = got(fake.answer(request.unwrap()).await);
    let value: Value = serde_json::from_str(&got.body).unwrap();
    if got.status == 200 {
        return Ok(value);
    }
    let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Err((field("__type"), field("message")))
}

pub(crate) async fn ecr_in(
    fake: &Fake,
    region: &str,
    action: &str,
    body: Value,
) -> Result<Value, (String, String)> {
    let service = ("ecr", "AmazonEC2ContainerRegistry_V20150921");
    json_call(fake, service, region, action, &body).await
}

pub(crate) async fn ecr(fake: &Fake, action: &str, body: Value) -> Result<Value, (String, String)> {
    ecr_in(fake, "eu-west-1", action, body).await
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A manifest of one layer, with these bytes, and an empty configuration.
pub(crate) fn manifest(layer: &str) -> String {
    let part = |kind: &str, bytes: &[u8]| {
        let kind = format!("application/vnd.oci.image.{kind}");
        json!({"mediaType": kind, "digest": digest(bytes), "size": bytes.len()})
    };
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": part("config.v1+json", b"{}"),
        "layers": [part("layer.v1.tar", layer.as_bytes())],
    })
    .to_string()
}

/// Uploads the layer by ECR's own calls.
pub(crate) async fn layer(fake: &Fake, repository: &str, bytes: &[u8]) {
    let name = json!({"repositoryName": repository});
    let begun = ecr(fake, "InitiateLayerUpload", name).await.unwrap();
    let part = json!({
        "repositoryName": repository,
        "uploadId": begun["uploadId"],
        "partFirstByte": 0,
        "partLastByte": bytes.len() - 1,
        "layerPartBlob": STANDARD.encode(bytes),
    });
    ecr(fake, "UploadLayerPart", part).await.unwrap();
    let end = json!({
        "repositoryName": repository,
        "uploadId": begun["uploadId"],
        "layerDigests": [digest(bytes)],
    });
    ecr(fake, "CompleteLayerUpload", end).await.unwrap();
}

/// Makes the image of that layer, with the tag.
pub(crate) async fn image(fake: &Fake, repository: &str, bytes: &str, tag: &str) -> String {
    for blob in ["{}", bytes] {
        let digests =
            json!({"repositoryName": repository, "layerDigests": [digest(blob.as_bytes())]});
        let found = ecr(fake, "BatchCheckLayerAvailability", digests).await.unwrap();
        if found["layers"][0]["layerAvailability"] != "AVAILABLE" {
            layer(fake, repository, blob.as_bytes()).await;
        }
    }
    put_image(fake, repository, bytes, tag).await.unwrap();
    digest(manifest(bytes).as_bytes())
}

pub(crate) async fn put_image(
    fake: &Fake,
    repository: &str,
    bytes: &str,
    tag: &str,
) -> Result<Value, (String, String)> {
    let body =
        json!({"repositoryName": repository, "imageManifest": manifest(bytes), "imageTag": tag});
    ecr(fake, "PutImage", body).await
}
