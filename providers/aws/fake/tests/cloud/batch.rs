//! Change batches: what is refused, and that a refused one leaves nothing behind.

use crate::drive::{self, change, check, patient, records, zone};

/// What every case starts from. `ZONE` and `CHECK` stand for ids, `AUTHORITY` and `SERVERS` for the
/// values at the apex.
const BEFORE: &str = "
    CREATE plain.example.com A ttl=60 v=192.0.2.1 v=192.0.2.2
    CREATE name.example.com CNAME ttl=60 v=www.example.com
    CREATE w.example.com A id=one weight=1 ttl=60 v=192.0.2.1
    CREATE f.example.com A id=p failover=PRIMARY check=CHECK ttl=60 v=192.0.2.1
    CREATE f.example.com A id=s failover=SECONDARY ttl=60 v=192.0.2.2
    CREATE l.example.com A id=eu region=eu-west-1 ttl=60 v=192.0.2.1
    CREATE to.example.com A alias=ZONE:plain.example.com
    CREATE \\052.example.com TXT ttl=60 v=\"any\"
";

/// A batch, then a part of the refusal, or `fine`.
#[rustfmt::skip]
const CASES: &[(&str, &str)] = &[
    // Compare-and-swap.
    ("DELETE plain.example.com A ttl=60 v=192.0.2.1", "Tried to delete resource record set [name='plain.example.com.', type='A'] but the values provided do not match the current values"),
    ("DELETE plain.example.com A ttl=61 v=192.0.2.1 v=192.0.2.2", "do not match the current values"),
    ("DELETE none.example.com A ttl=60 v=192.0.2.1", "Tried to delete resource record set [name='none.example.com.', type='A'] but it was not found"),
    ("DELETE w.example.com A id=two weight=1 ttl=60 v=192.0.2.1", "[name='w.example.com.', type='A', set-identifier='two'] but it was not found"),
    ("DELETE w.example.com A id=one weight=2 ttl=60 v=192.0.2.1", "do not match the current values"),
    ("DELETE f.example.com A id=p failover=PRIMARY ttl=60 v=192.0.2.1", "do not match the current values"),
    ("DELETE to.example.com A alias=ZONE:other.example.com", "do not match the current values"),
    ("DELETE l.example.com A id=eu region=eu-west-1 ttl=60 v=192.0.2.1", "fine"),
    ("DELETE *.EXAMPLE.com. TXT ttl=60 v=\"any\"", "fine"),
    ("CREATE plain.example.com A ttl=60 v=192.0.2.9", "Tried to create resource record set [name='plain.example.com.', type='A'] but it already exists"),
    ("DELETE plain.example.com A ttl=60 v=192.0.2.2 v=192.0.2.1\nCREATE plain.example.com A ttl=60 v=192.0.2.9", "fine"),
    ("UPSERT plain.example.com A ttl=60 v=192.0.2.9", "fine"),
    // The batch as a whole.
    ("CREATE a.example.com A ttl=60 v=x\nDELETE none.example.com A ttl=60 v=192.0.2.1", "[Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'x', Tried to delete resource record set [name='none.example.com.', type='A'] but it was not found]"),
    ("UPSERT a.example.com A ttl=60 v=192.0.2.1\nUPSERT a.example.com A ttl=60 v=192.0.2.2", "invalid set of changes for a resource record set 'A a.example.com.'"),
    ("CREATE a.example.com A ttl=60 v=192.0.2.1\nDELETE a.example.com A ttl=60 v=192.0.2.1", "invalid set of changes"),
    // Names.
    ("CREATE www.example.org A ttl=60 v=192.0.2.1", "RRSet with DNS name www.example.org. is not permitted in zone example.com."),
    ("CREATE notexample.com A ttl=60 v=192.0.2.1", "is not permitted in zone example.com."),
    ("CREATE a..example.com A ttl=60 v=192.0.2.1", "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'"),
    // The apex.
    ("DELETE example.com SOA ttl=900 v=AUTHORITY", "A HostedZone must contain exactly one SOA record."),
    ("DELETE example.com NS ttl=172800 SERVERS", "A HostedZone must contain at least one NS record for the zone itself."),
    ("CREATE example.com CNAME ttl=60 v=www.example.net", "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com."),
    // CNAME.
    ("CREATE plain.example.com CNAME ttl=60 v=www.example.net", "RRSet of type CNAME with DNS name plain.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com."),
    ("CREATE name.example.com A ttl=60 v=192.0.2.1", "RRSet of type A with DNS name name.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com."),
    ("CREATE c.example.com CNAME ttl=60 v=a.example.net v=b.example.net", "can only have a single value"),
    ("DELETE name.example.com CNAME ttl=60 v=www.example.com\nCREATE name.example.com A ttl=60 v=192.0.2.1", "fine"),
    ("CREATE name.example.com A ttl=60 v=192.0.2.1\nDELETE name.example.com CNAME ttl=60 v=www.example.com", "is not permitted because"),
    // Policies.
    ("CREATE w.example.com A ttl=60 v=192.0.2.1", "RRSet with DNS name w.example.com., type A cannot be created as other RRSets exist with the same name and type."),
    ("CREATE plain.example.com A id=x weight=1 ttl=60 v=192.0.2.1", "RRSet with DNS name plain.example.com., type A, SetIdentifier x cannot be created as a non-weighted set exists with the same name and type."),
    ("CREATE w.example.com A id=x failover=SECONDARY ttl=60 v=192.0.2.1", "cannot be created as a non-failover set exists with the same name and type."),
    ("CREATE w.example.com A id=two weight=1 ttl=61 v=192.0.2.1", "cannot be created as weighted sets must contain the same TTL."),
    ("CREATE w.example.com A id=two weight=0 ttl=60 v=192.0.2.1", "fine"),
    ("UPSERT w.example.com A id=one weight=7 ttl=30 v=192.0.2.1", "fine"),
    ("CREATE w.example.com A id=one weight=3 ttl=60 v=192.0.2.1", "but it already exists"),
    ("CREATE f.example.com A id=p2 failover=PRIMARY check=CHECK ttl=60 v=192.0.2.1", "another PRIMARY set exists"),
    ("CREATE f.example.com A id=s2 failover=SECONDARY ttl=60 v=192.0.2.1", "another SECONDARY set exists"),
    ("CREATE l.example.com A id=eu2 region=eu-west-1 ttl=60 v=192.0.2.1", "another latency set exists"),
    ("CREATE g.example.com A id=a country=DE ttl=60 v=192.0.2.1\nCREATE g.example.com A id=b country=DE ttl=60 v=192.0.2.2", "another geolocation set exists"),
    ("CREATE p.example.com A id=p failover=PRIMARY ttl=60 v=192.0.2.1", "A non-alias primary ResourceRecordSet must have an associated health check"),
    ("CREATE p.example.com A id=p failover=PRIMARY alias=ZONE:plain.example.com", "fine"),
    ("CREATE x.example.com NS id=a weight=1 ttl=60 v=ns.example.net", "can only have the simple routing policy"),
    ("CREATE x.example.com A id=a multi=true alias=ZONE:plain.example.com", "cannot be both alias and multivalue answer"),
    // The form of a record set.
    ("CREATE x.example.com A weight=1 ttl=60 v=192.0.2.1", "Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=x.example.com., Type=A, SetIdentifier=null]"),
    ("CREATE x.example.com A multi=false ttl=60 v=192.0.2.1", "Missing field 'SetIdentifier'"),
    ("CREATE x.example.com A id=a ttl=60 v=192.0.2.1", "but found none in Change with [Action=CREATE, Name=x.example.com., Type=A, SetIdentifier=a]"),
    ("CREATE x.example.com A id=a weight=1 region=eu-west-1 ttl=60 v=192.0.2.1", "but found more than one"),
    ("CREATE x.example.com A v=192.0.2.1", "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none"),
    ("CREATE x.example.com A ttl=60 alias=ZONE:plain.example.com", "but found more than one"),
    ("CREATE x.example.com A id=a weight=256 ttl=60 v=192.0.2.1", "less than or equal to 255"),
    ("CREATE x.example.com A ttl=2147483648 v=192.0.2.1", "less than or equal to 2147483647"),
    ("CREATE x.example.com A ttl=-1 v=192.0.2.1", "greater than or equal to 0"),
    ("CREATE x.example.com WKS ttl=1 v=1", "failed to satisfy constraint"),
    // Aliases.
    ("CREATE x.example.com A alias=ZONE:none.example.com", "Tried to create an alias that targets none.example.com., type A in zone ZONE, but that target was not found"),
    ("CREATE x.example.com AAAA alias=ZONE:plain.example.com", "type AAAA in zone ZONE, but that target was not found"),
    ("CREATE x.example.com A alias=ZONE:www.example.org", "but the alias target name does not lie within the target zone"),
    ("CREATE x.example.com A alias=ZOTHER:plain.example.com", "but the alias target name does not lie within the target zone"),
    ("CREATE x.example.com A alias=Z2FDTNDATAQYW2:d111111abcdef8.cloudfront.net", "fine"),
    ("CREATE x.example.com A alias=ZONE:y.example.com\nCREATE y.example.com A ttl=1 v=192.0.2.1", "but that target was not found"),
    ("CREATE y.example.com A ttl=1 v=192.0.2.1\nCREATE x.example.com A alias=ZONE:y.example.com", "fine"),
    ("DELETE plain.example.com A ttl=60 v=192.0.2.1 v=192.0.2.2", "targets plain.example.com., type A in zone ZONE, but that target was not found"),
    ("DELETE plain.example.com A ttl=60 v=192.0.2.1 v=192.0.2.2\nDELETE to.example.com A alias=ZONE:plain.example.com", "fine"),
    ("CREATE x.example.com A ttl=60 v=192.0.2.1 check=00000000-0000-0000-0000-000000000000", "A health check with id 00000000-0000-0000-0000-000000000000 does not exist."),
    // Values.
    ("CREATE x.example.com A ttl=60 v=192.0.2.1 v=192.0.2.1", "Duplicate Resource Record: '192.0.2.1'"),
    ("CREATE x.example.com TXT ttl=60 v=bare", "InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare'"),
];

#[tokio::test(start_paused = true)]
async fn what_aws_refuses_is_refused_and_changes_nothing() {
    let fake = patient();
    let mut wrong = Vec::new();
    for (number, (changes, wanted)) in CASES.iter().enumerate() {
        let id = new_zone(&fake, number).await;
        let checked = check(&fake, &format!("check {number}")).await;
        let fresh = drive::call(&fake, "GET", &format!("hostedzone/{id}/rrset"), "").await;
        let servers: Vec<String> =
            fresh.texts("Value").iter().take(4).map(|it| format!("v={it}")).collect();
        let authority = fresh.texts("Value").pop().unwrap().replace(' ', "~");
        let fill = |text: &str| {
            let text = text.replace("ZONE", &id).replace("CHECK", &checked);
            text.replace("AUTHORITY", &authority).replace("SERVERS", &servers.join(" "))
        };
        change(&fake, &id, &fill(BEFORE)).await.fine();
        let before = records(&fake, &id).await;
        let got = change(&fake, &id, &fill(changes)).await;
        let after = records(&fake, &id).await;
        if *wanted == "fine" {
            if got.status != 200 {
                wrong.push(format!("{changes}\n  should be fine: {}", got.body));
            }
            continue;
        }
        if got.status < 400 || !got.body.contains(&fill(wanted)) {
            wrong
                .push(format!("{changes}\n  wanted: {wanted}\n  got: {} {}", got.status, got.body));
        }
        if before != after {
            wrong.push(format!("{changes}\n  left something behind"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All of the same name: each case has a zone of its own.
async fn new_zone(fake: &lifeboat_aws_fake::Fake, number: usize) -> String {
    let content =
        format!("<Name>example.com</Name><CallerReference>zone {number}</CallerReference>");
    let body = drive::document("CreateHostedZoneRequest", &content);
    let got = drive::call(fake, "POST", "hostedzone", &body).await.fine();
    got.text("Id").trim_start_matches("/hostedzone/").to_owned()
}

#[tokio::test(start_paused = true)]
async fn batches_have_limits() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let lines = |verb: &str, count: usize, value: &str| -> String {
        let lines: Vec<String> = (0..count)
            .map(|n| format!("{verb} r{n}.example.com TXT ttl=60 v=\"{value}\""))
            .collect();
        lines.join("\n")
    };
    for (changes, fits) in [
        (lines("UPSERT", 501, "a"), false),
        (lines("UPSERT", 500, "a"), true),
        (lines("CREATE", 1001, "a"), false),
        (lines("UPSERT", 64, &"a".repeat(248)), true),
        (lines("UPSERT", 65, &"a".repeat(248)), false),
    ] {
        let got = change(&fake, &id, &changes).await;
        assert_eq!(got.status == 200, fits, "{} {}", changes.len(), got.body);
        assert!(fits || got.body.contains("limit of"), "{}", got.body);
    }
    fake.settings(|settings| settings.records_max = 503);
    let more = |name: &str| format!("CREATE {name}.example.com A ttl=1 v=192.0.2.1 v=192.0.2.2");
    change(&fake, &id, &more("last")).await.fine();
    let got = change(&fake, &id, &more("more")).await;
    assert!(got.body.contains("exceeds the limit of 503"), "{got:?}");
}

#[tokio::test(start_paused = true)]
async fn overlapping_batches_of_a_zone_are_refused() {
    let fake = patient();
    let (one, two) = (zone(&fake, "one.example").await, zone(&fake, "two.example").await);
    let (first, second, other) = tokio::join!(
        change(&fake, &one, "CREATE a.one.example A ttl=1 v=192.0.2.1"),
        change(&fake, &one, "CREATE b.one.example A ttl=1 v=192.0.2.1"),
        change(&fake, &two, "CREATE a.two.example A ttl=1 v=192.0.2.1"),
    );
    assert_eq!((first.status, second.status, other.status), (200, 400, 200));
    assert_eq!(second.code(), "PriorRequestNotComplete");
    change(&fake, &one, "CREATE b.one.example A ttl=1 v=192.0.2.1").await.fine();
}

#[tokio::test(start_paused = true)]
async fn changes_are_pending_and_then_in_sync() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let got = change(&fake, &id, "CREATE a.example.com A ttl=1 v=192.0.2.1").await.fine();
    assert_eq!(got.text("Status"), "PENDING");
    let path = got.text("Id").trim_start_matches('/').to_owned();
    tokio::time::sleep(std::time::Duration::from_secs(29)).await;
    assert_eq!(drive::call(&fake, "GET", &path, "").await.text("Status"), "PENDING");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(drive::call(&fake, "GET", &path, "").await.text("Status"), "INSYNC");
    assert_eq!(drive::call(&fake, "GET", "change/CNONE", "").await.code(), "NoSuchChange");
}
