//! Paging and order.

use crate::drive::{Got, call, change, check, patient, records, zone};

#[tokio::test(start_paused = true)]
async fn record_sets_come_in_aws_order() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let changes = "
        CREATE b.example.com A ttl=1 v=192.0.2.1
        CREATE a.example.com A id=2 weight=1 ttl=1 v=192.0.2.1
        CREATE a.example.com A id=1 weight=1 ttl=1 v=192.0.2.1
        CREATE a.example.com AAAA ttl=1 v=2001:db8::1
        CREATE a-1.example.com A ttl=1 v=192.0.2.1
        CREATE z.a.example.com A ttl=1 v=192.0.2.1
        CREATE *.example.com A ttl=1 v=192.0.2.1
    ";
    change(&fake, &id, changes).await.fine();
    let wanted = [
        "example.com. NS",
        "example.com. SOA",
        "\\052.example.com. A",
        "a-1.example.com. A",
        "a.example.com. A 1",
        "a.example.com. A 2",
        "a.example.com. AAAA",
        "z.a.example.com. A",
        "b.example.com. A",
    ];
    assert_eq!(records(&fake, &id).await, wanted);
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_within_a_name() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    for part in 0..4 {
        let lines: Vec<String> = (0..100)
            .map(|n| {
                let id = part * 100 + n;
                format!("CREATE r{part}.example.com A id={id} weight=1 ttl=1 v=192.0.2.1")
            })
            .collect();
        change(&fake, &id, &lines.join("\n")).await.fine();
    }
    let (mut seen, mut query, mut sizes) = (0, String::new(), Vec::new());
    loop {
        let got = call(&fake, "GET", &format!("hostedzone/{id}/rrset{query}"), "").await.fine();
        sizes.push(got.texts("ResourceRecordSet").len());
        seen += got.texts("ResourceRecordSet").len();
        if got.text("IsTruncated") == "false" {
            break;
        }
        query = next(&got);
    }
    assert_eq!((seen, sizes), (402, vec![300, 102]));
}

fn next(got: &Got) -> String {
    let field = |name: &str| got.text(name);
    let (name, kind) = (field("NextRecordName"), field("NextRecordType"));
    format!("?name={name}&type={kind}&identifier={}", field("NextRecordIdentifier"))
}

#[tokio::test(start_paused = true)]
async fn a_page_starts_where_it_is_told_to() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    change(&fake, &id, "CREATE a.example.com A ttl=1 v=192.0.2.1").await.fine();
    for (query, wanted) in [
        ("?name=example.com&type=NT", "SOA example.com."),
        ("?name=a.example.com", "A a.example.com."),
        ("?name=A.example.com.&maxitems=1", "A a.example.com."),
        ("?name=b.example.com", " "),
        ("?type=A", "InvalidInput"),
        ("?name=a.example.com&identifier=x", "InvalidInput"),
        ("?maxitems=none", "InvalidInput"),
    ] {
        let got = call(&fake, "GET", &format!("hostedzone/{id}/rrset{query}"), "").await;
        let first = format!("{} {}", got.text("Type"), got.text("Name"));
        let found = if got.status == 200 { first } else { got.code() };
        assert_eq!(found, wanted, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn checks_and_zones_come_in_pages() {
    let fake = patient();
    for number in 0..130 {
        check(&fake, &format!("check {number}")).await;
        zone(&fake, &format!("z{number}.example")).await;
    }
    for (path, element) in [("healthcheck", "HealthCheck"), ("hostedzone", "HostedZone")] {
        let first = call(&fake, "GET", path, "").await.fine();
        let marker = first.text("NextMarker");
        let second = call(&fake, "GET", &format!("{path}?marker={marker}"), "").await.fine();
        let sizes = (first.texts(element).len(), second.texts(element).len());
        assert_eq!((sizes, second.text("IsTruncated").as_str()), ((100, 30), "false"));
    }
    let got = call(&fake, "GET", "hostedzonesbyname?dnsname=z7.example&maxitems=2", "").await;
    assert_eq!(got.texts("Name"), ["z7.example.", "z70.example."]);
    assert_eq!(got.text("NextDNSName"), "z71.example.");
}
