//! Request rates, under a paused clock.

use std::time::Duration;

use tokio::time::sleep;

use crate::drive::{call, change, check_body, cloud, zone};

const CHECK: &str = "<Type>HTTPS</Type><FullyQualifiedDomainName>www.example.com\
                     </FullyQualifiedDomainName>";

#[tokio::test(start_paused = true)]
async fn each_action_has_its_rate() {
    for (path, method, burst, refill_after) in [
        ("hostedzone", "GET", 50, 100),
        ("hostedzone", "POST", 40, 500),
        ("healthcheck", "POST", 50, 2_000),
        ("healthcheck/none", "POST", 50, 200),
        ("healthcheck/none", "DELETE", 15, 334),
        ("hostedzone/none", "DELETE", 40, 200),
        ("healthcheck/none/status", "GET", 4, 1_000),
    ] {
        let fake = cloud();
        let mut passed = 0;
        loop {
            let got = call(&fake, method, path, "").await;
            if got.code() == "Throttling" {
                assert_eq!((got.status, got.text("Message").as_str()), (400, "Rate exceeded"));
                break;
            }
            passed += 1;
        }
        assert_eq!(passed, burst, "{method} {path}");
        sleep(Duration::from_millis(refill_after - 1)).await;
        assert_eq!(call(&fake, method, path, "").await.code(), "Throttling", "{method} {path}");
        sleep(Duration::from_millis(1)).await;
        assert_ne!(call(&fake, method, path, "").await.code(), "Throttling", "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_have_a_throughput() {
    let fake = cloud();
    let id = zone(&fake, "example.com").await;
    let upserts = |count: usize| -> String {
        let lines = (0..count).map(|n| format!("UPSERT r{n}.example.com A ttl=1 v=192.0.2.1\n"));
        lines.collect()
    };
    change(&fake, &id, &upserts(500)).await.fine();
    // 500 are left, and 5 have come back while the first batch was carried out.
    assert_eq!(change(&fake, &id, &upserts(253)).await.code(), "Throttling");
    change(&fake, &id, &upserts(250)).await.fine();
    assert_eq!(change(&fake, &id, &upserts(50)).await.code(), "Throttling");
    sleep(Duration::from_secs(1)).await;
    change(&fake, &id, &upserts(50)).await.fine();
}

#[tokio::test(start_paused = true)]
async fn a_test_can_do_without_rates() {
    let fake = cloud();
    fake.settings(|settings| settings.buckets = false);
    for number in 0..120 {
        let body = check_body(&number.to_string(), CHECK);
        call(&fake, "POST", "healthcheck", &body).await.fine();
    }
}
