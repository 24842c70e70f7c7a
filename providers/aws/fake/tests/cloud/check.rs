//! Health checks.

use crate::drive::{Got, call, change, check, create_check, document, patient, zone};
use lifeboat_aws_fake::Fake;

const NAME: &str = "<FullyQualifiedDomainName>www.example.com</FullyQualifiedDomainName>";

fn endpoint(kind: &str, more: &str) -> String {
    format!("<Type>{kind}</Type>{NAME}{more}")
}

#[tokio::test(start_paused = true)]
async fn defaults_are_filled_in() {
    let fake = patient();
    let got = create_check(&fake, "a", &endpoint("HTTPS", "")).await;
    assert_eq!(got.status, 201);
    for (element, value) in [
        ("Port", "443"),
        ("RequestInterval", "30"),
        ("FailureThreshold", "3"),
        ("MeasureLatency", "false"),
        ("Inverted", "false"),
        ("Disabled", "false"),
        ("EnableSNI", "true"),
        ("HealthCheckVersion", "1"),
    ] {
        assert_eq!(got.text(element), value, "{element}");
    }
    let got = create_check(&fake, "b", &endpoint("HTTP", "")).await;
    assert_eq!((got.text("Port").as_str(), got.text("EnableSNI").as_str()), ("80", "false"));
}

#[tokio::test(start_paused = true)]
async fn configurations_that_aws_refuses() {
    let fake = patient();
    let child = check(&fake, "child").await;
    let calculated = |children: &str| {
        let list = format!("<ChildHealthChecks>{children}</ChildHealthChecks>");
        format!("<Type>CALCULATED</Type><HealthThreshold>1</HealthThreshold>{list}")
    };
    let of = |id: &str| format!("<ChildHealthCheck>{id}</ChildHealthCheck>");
    let parent = create_check(&fake, "parent", &calculated(&of(&child))).await.fine().text("Id");
    let regions = |regions: &[&str]| {
        let regions: String = regions.iter().map(|it| format!("<Region>{it}</Region>")).collect();
        endpoint("HTTP", &format!("<Regions>{regions}</Regions>"))
    };
    let address = |ip: &str| format!("<Type>HTTP</Type><IPAddress>{ip}</IPAddress>");
    let cases = [
        ("<Type>PING</Type>".to_owned(), "enum value set"),
        ("<Type>HTTP</Type>".to_owned(), "must have an IP address or a domain name"),
        (endpoint("HTTP", "<RequestInterval>20</RequestInterval>"), "10 or 30"),
        (endpoint("HTTP", "<FailureThreshold>11</FailureThreshold>"), "less than or equal to 10"),
        (endpoint("HTTP", "<FailureThreshold>0</FailureThreshold>"), "greater than or equal to 1"),
        (endpoint("HTTP", "<Port>65536</Port>"), "less than or equal to 65535"),
        (endpoint("TCP", ""), "must have a port"),
        (
            endpoint("TCP", "<Port>1</Port><IPAddress>192.0.2.1</IPAddress>"),
            "TCP health checks that have IP address must not have a fully qualified domain name specified.",
        ),
        (endpoint("HTTP_STR_MATCH", ""), "must have a search string"),
        (endpoint("HTTP", "<SearchString>x</SearchString>"), "Only string match"),
        (endpoint("HTTP", &format!("<ResourcePath>/{}</ResourcePath>", "x".repeat(255))), "255"),
        (address("10.0.0.1"), "not permitted"),
        (address("127.0.0.1"), "not permitted"),
        (address("169.254.1.1"), "not permitted"),
        (address("100.64.0.1"), "not permitted"),
        (address("224.0.0.1"), "not permitted"),
        (address("fe80::1"), "not permitted"),
        (address("fd00::1"), "not permitted"),
        (address("none"), "not an IP address"),
        (regions(&["us-east-1", "eu-west-1"]), "at least 3 regions"),
        (regions(&["us-east-1", "eu-west-1", "eu-north-1"]), "eu-north-1"),
        (calculated(&of("none")), "does not exist"),
        (calculated(&of(&parent)), "must not be a calculated"),
        (calculated(&of(&child).repeat(2)), "more than once"),
        ("<Type>CALCULATED</Type><HealthThreshold>1</HealthThreshold>".to_owned(), "child"),
        (
            "<Type>CALCULATED</Type><ChildHealthChecks/>".to_owned(),
            "Calculated health checks must have a health threshold specified.",
        ),
        (calculated(&of(&child)).replace(">1<", ">257<"), "less than or equal to 256"),
        ("<Type>CLOUDWATCH_METRIC</Type>".to_owned(), "alarm identifier"),
        (
            endpoint(
                "TCP",
                "<Port>1</Port><AlarmIdentifier><Region>eu-west-1</Region><Name>a</Name></AlarmIdentifier>",
            ),
            "Invalid parameter : Basic health checks must not have an metric region specified.",
        ),
    ];
    for (number, (config, wanted)) in cases.iter().enumerate() {
        let got = create_check(&fake, &format!("case {number}"), config).await;
        assert!(got.code() == "InvalidInput" && got.body.contains(wanted), "{config}: {got:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reference_means_one_check_for_ever() {
    let fake = patient();
    let first = create_check(&fake, "a", &endpoint("HTTP", "")).await;
    let again = create_check(&fake, "a", &endpoint("HTTP", "<Port>80</Port>")).await;
    assert_eq!((again.status, again.text("Id")), (201, first.text("Id")));
    let other = create_check(&fake, "a", &endpoint("HTTP", "<Port>81</Port>")).await;
    assert_eq!((other.status, other.code().as_str()), (409, "HealthCheckAlreadyExists"));
    let path = format!("healthcheck/{}", first.text("Id"));
    call(&fake, "DELETE", &path, "").await.fine();
    let late = create_check(&fake, "a", &endpoint("HTTP", "")).await;
    assert_eq!(late.code(), "HealthCheckAlreadyExists");
    assert_eq!(call(&fake, "DELETE", &path, "").await.code(), "NoSuchHealthCheck");
}

async fn update(fake: &Fake, id: &str, content: &str) -> Got {
    let body = document("UpdateHealthCheckRequest", content);
    call(fake, "POST", &format!("healthcheck/{id}"), &body).await
}

#[tokio::test(start_paused = true)]
async fn updates_are_guarded_by_the_version() {
    let fake = patient();
    let config = endpoint("HTTPS", "<ResourcePath>/a</ResourcePath>");
    let id = create_check(&fake, "a", &config).await.fine().text("Id");
    let version = |n: u8| format!("<HealthCheckVersion>{n}</HealthCheckVersion>");
    let got = update(&fake, &id, &(version(1) + "<Inverted>true</Inverted>")).await.fine();
    assert_eq!(
        (got.text("Inverted").as_str(), got.text("HealthCheckVersion").as_str()),
        ("true", "2")
    );
    assert_eq!(got.text("ResourcePath"), "/a");
    let got = update(&fake, &id, &(version(1) + "<Inverted>false</Inverted>")).await;
    assert_eq!((got.status, got.code().as_str()), (409, "HealthCheckVersionMismatch"));
    let got = update(&fake, &id, "<Disabled>true</Disabled>").await.fine();
    assert_eq!(got.text("HealthCheckVersion"), "3");
    let reset = "<ResetElements><ResettableElementName>ResourcePath</ResettableElementName></ResetElements>";
    assert_eq!(update(&fake, &id, reset).await.fine().text("ResourcePath"), "");
    for (content, code) in [
        ("<Type>HTTP</Type>", "InvalidInput"),
        ("<RequestInterval>10</RequestInterval>", "InvalidInput"),
        ("<IPAddress>192.0.2.1</IPAddress>", "InvalidInput"),
        ("<FailureThreshold>11</FailureThreshold>", "InvalidInput"),
    ] {
        assert_eq!(update(&fake, &id, content).await.code(), code, "{content}");
    }
    assert_eq!(update(&fake, "none", "").await.code(), "NoSuchHealthCheck");
}

#[tokio::test(start_paused = true)]
async fn a_check_in_use_may_go_unless_a_check_rests_on_it() {
    let fake = patient();
    let (used, child) = (check(&fake, "used").await, check(&fake, "child").await);
    let id = zone(&fake, "example.com").await;
    let set = format!("CREATE a.example.com A ttl=1 v=192.0.2.1 check={used}");
    change(&fake, &id, &set).await.fine();
    let config = format!(
        "<Type>CALCULATED</Type><HealthThreshold>1</HealthThreshold><ChildHealthChecks>\
         <ChildHealthCheck>{child}</ChildHealthCheck></ChildHealthChecks>"
    );
    create_check(&fake, "parent", &config).await.fine();
    call(&fake, "DELETE", &format!("healthcheck/{used}"), "").await.fine();
    let got = call(&fake, "DELETE", &format!("healthcheck/{child}"), "").await;
    assert_eq!(got.code(), "HealthCheckInUse");
    // What rests on a check that is gone can still be deleted.
    change(&fake, &id, &set.replace("CREATE", "DELETE")).await.fine();
}

#[tokio::test(start_paused = true)]
async fn the_account_has_so_many_checks_and_no_more() {
    let fake = patient();
    fake.settings(|settings| settings.checks_max = 2);
    check(&fake, "a").await;
    let second = check(&fake, "b").await;
    let got = create_check(&fake, "c", &endpoint("HTTP", "")).await;
    assert_eq!(got.code(), "TooManyHealthChecks");
    let got = call(&fake, "GET", &format!("healthcheck/{second}/status"), "").await.fine();
    assert!(got.text("Status").starts_with("Success"));
}
