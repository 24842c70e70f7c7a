//! Hosted zones, their networks, limits and tags.

use crate::drive::{Got, call, change, check, document, patient, zone};
use lifeboat_aws_fake::Fake;

async fn create(fake: &Fake, content: &str) -> Got {
    call(fake, "POST", "hostedzone", &document("CreateHostedZoneRequest", content)).await
}

fn network(root: &str, id: &str) -> String {
    let network = format!("<VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>{id}</VPCId></VPC>");
    document(root, &network)
}

#[tokio::test(start_paused = true)]
async fn a_new_zone_has_servers_and_two_record_sets() {
    let fake = patient();
    let got = create(&fake, "<Name>Example.COM</Name><CallerReference>a</CallerReference>").await;
    assert_eq!((got.status, got.text("Name").as_str()), (201, "example.com."));
    assert_eq!(got.texts("NameServer").len(), 4);
    assert_eq!(got.text("ResourceRecordSetCount"), "2");
    assert_eq!(got.text("PrivateZone"), "false");
}

#[tokio::test(start_paused = true)]
async fn zones_that_aws_refuses() {
    let fake = patient();
    zone(&fake, "example.com").await;
    let vpc = "<VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-1</VPCId></VPC>";
    let private = format!("<Name>in.example</Name>{vpc}<CallerReference>p</CallerReference>");
    create(&fake, &private).await.fine();
    let again = private.replace(">p<", ">q<");
    for (content, code) in [
        (
            "<Name>a.example</Name><CallerReference>example.com</CallerReference>",
            "HostedZoneAlreadyExists",
        ),
        ("<Name>a..example</Name><CallerReference>1</CallerReference>", "InvalidDomainName"),
        ("<Name>a.example</Name>", "InvalidInput"),
        (
            "<Name>a.example</Name><CallerReference>2</CallerReference><HostedZoneConfig>\
             <PrivateZone>true</PrivateZone></HostedZoneConfig>",
            "InvalidInput",
        ),
        (&again, "ConflictingDomainExists"),
    ] {
        assert_eq!(create(&fake, content).await.code(), code, "{content}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_empty_zones_are_deleted_and_references_are_never_free_again() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let path = format!("hostedzone/{id}");
    change(&fake, &id, "CREATE a.example.com A ttl=1 v=192.0.2.1").await.fine();
    assert_eq!(call(&fake, "DELETE", &path, "").await.code(), "HostedZoneNotEmpty");
    change(&fake, &id, "DELETE a.example.com A ttl=1 v=192.0.2.1").await.fine();
    call(&fake, "DELETE", &path, "").await.fine();
    for method in ["GET", "DELETE"] {
        assert_eq!(call(&fake, method, &path, "").await.code(), "NoSuchHostedZone");
    }
    let again = "<Name>example.com</Name><CallerReference>example.com</CallerReference>";
    assert_eq!(create(&fake, again).await.code(), "HostedZoneAlreadyExists");
}

#[tokio::test(start_paused = true)]
async fn networks_come_and_go_but_the_last() {
    let fake = patient();
    let vpc = "<VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-1</VPCId></VPC>";
    let content = format!("<Name>in.example</Name>{vpc}<CallerReference>p</CallerReference>");
    let id = create(&fake, &content).await.fine().text("Id");
    let id = id.trim_start_matches("/hostedzone/");
    let public = zone(&fake, "example.com").await;
    let associate = |id: &str| format!("hostedzone/{id}/associatevpc");
    let disassociate = format!("hostedzone/{id}/disassociatevpc");
    let (joins, leaves) =
        ("AssociateVPCWithHostedZoneRequest", "DisassociateVPCFromHostedZoneRequest");
    let got = call(&fake, "POST", &associate(&public), &network(joins, "vpc-2")).await;
    assert_eq!(got.code(), "PublicZoneVPCAssociation");
    let got = call(&fake, "POST", &disassociate, &network(leaves, "vpc-1")).await;
    assert_eq!(got.code(), "LastVPCAssociation");
    call(&fake, "POST", &associate(id), &network(joins, "vpc-2")).await.fine();
    call(&fake, "POST", &disassociate, &network(leaves, "vpc-1")).await.fine();
    let got = call(&fake, "GET", &format!("hostedzone/{id}"), "").await.fine();
    assert_eq!(got.texts("VPCId"), ["vpc-2"]);
    assert_eq!(got.text("PrivateZone"), "true");
}

#[tokio::test(start_paused = true)]
async fn tags_and_limits() {
    let fake = patient();
    let (id, checked) = (zone(&fake, "example.com").await, check(&fake, "a").await);
    let tags = |count: usize| -> String {
        let tags =
            (0..count).map(|n| format!("<Tag><Key>k{n}</Key><Value>v&amp;{n}</Value></Tag>"));
        let tags = format!("<AddTags>{}</AddTags>", tags.collect::<String>());
        document("ChangeTagsForResourceRequest", &tags)
    };
    let path = format!("tags/healthcheck/{checked}");
    assert_eq!(call(&fake, "POST", &path, &tags(11)).await.code(), "InvalidInput");
    call(&fake, "POST", &path, &tags(2)).await.fine();
    let removal = "<RemoveTagKeys><Key>k0</Key></RemoveTagKeys>";
    let removal = document("ChangeTagsForResourceRequest", removal);
    call(&fake, "POST", &path, &removal).await.fine();
    let got = call(&fake, "GET", &path, "").await.fine();
    assert_eq!((got.texts("Key"), got.texts("Value")), (vec!["k1".into()], vec!["v&amp;1".into()]));

    let ids = |ids: &[&str]| {
        let ids: String = ids.iter().map(|id| format!("<ResourceId>{id}</ResourceId>")).collect();
        document("ListTagsForResourcesRequest", &format!("<ResourceIds>{ids}</ResourceIds>"))
    };
    let got = call(&fake, "POST", "tags/hostedzone", &ids(&[&id])).await.fine();
    assert_eq!(got.texts("ResourceId"), [id.as_str()]);
    let got = call(&fake, "POST", "tags/hostedzone", &ids(&[id.as_str(); 11])).await;
    assert_eq!(got.code(), "InvalidInput");
    let got = call(&fake, "POST", "tags/healthcheck", &ids(&[&checked, "none"])).await;
    assert_eq!(got.code(), "NoSuchHealthCheck");

    let got = call(&fake, "GET", &format!("hostedzonelimit/{id}/MAX_RRSETS_BY_ZONE"), "").await;
    assert_eq!((got.text("Value"), got.text("Count")), ("10000".into(), "2".into()));
    let got = call(&fake, "GET", "accountlimit/MAX_HEALTH_CHECKS_BY_OWNER", "").await;
    assert_eq!((got.text("Value"), got.text("Count")), ("200".into(), "1".into()));
}
