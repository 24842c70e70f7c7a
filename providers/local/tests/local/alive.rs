//! A cloud that is alive: real queries, real checkers, regions that are lost and come back.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType as WireType};
use lifeboat_contract::living::{Enliven as _, Living, Loss, Staging};
use lifeboat_contract::{
    Address, Answer, CheckRef, CheckReference, Endpoint, FailoverRole, HealthCheck, Key, Location,
    Protocol, Provider as _, RecordSet, RecordType, Routing, Spec,
};
use lifeboat_local::Loopback;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::fixture::{Folder, create, name, plain, run, scope, stack, write, zone, zone_name};

/// Far more of the wall's time than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

const SPEED: u32 = 50;

fn at(text: &str) -> Location {
    text.parse().unwrap()
}

fn check_of(region: &str, contains: Option<&str>) -> (Key, Spec) {
    let address = Address::block("health_check", region).digest();
    let reference = CheckReference { stack: stack(), address, generation: 1 };
    let endpoint = Endpoint {
        path: Some("/healthz".to_owned()),
        contains: contains.map(str::to_owned),
        interval: 10,
        ..Endpoint::new(Protocol::Http, "www.example.com".to_owned(), 80)
    };
    (Key::HealthCheck { reference }, Spec::HealthCheck(HealthCheck::Endpoint(endpoint)))
}

fn routed(label: &str, value: &str, routing: Routing, check: Option<&Key>) -> (Key, Spec) {
    let health_check = check.map(|key| {
        let Key::HealthCheck { reference } = key else { unreachable!("{key} is a check") };
        CheckRef::Marked(reference.clone())
    });
    let key = Key::RecordSet {
        zone: zone_name("example.com"),
        name: name("www.example.com"),
        rtype: RecordType::A,
        label: Some(label.to_owned()),
    };
    let answer = Answer::Values(vec![value.to_owned()]);
    (key, Spec::RecordSet(RecordSet { ttl: Some(60), answer, routing, health_check }))
}

fn set_of(at: &str, rtype: RecordType, values: &[&str]) -> (Key, Spec) {
    let key = Key::RecordSet { zone: zone_name("example.com"), name: name(at), rtype, label: None };
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let answer = Answer::Values(values);
    let set = RecordSet { ttl: Some(60), answer, routing: Routing::Simple, health_check: None };
    (key, Spec::RecordSet(set))
}

/// Two regions, of which the first answers while it is well.
fn failing_over(folder: &Folder) {
    let local = folder.local();
    let (one, two) = (check_of("one", None), check_of("two", Some("\"ok\":true")));
    write(&local, vec![create(zone("example.com"))]);
    write(&local, vec![create(one.clone())]);
    write(&local, vec![create(two.clone())]);
    let [primary, secondary] =
        [FailoverRole::Primary, FailoverRole::Secondary].map(Routing::Failover);
    write(
        &local,
        vec![
            create(routed("one", "192.0.2.1", primary, Some(&one.0))),
            create(routed("two", "192.0.2.2", secondary, Some(&two.0))),
        ],
    );
}

fn staging(folder: &Folder) -> Staging {
    let digest = |region: &str| Address::block("health_check", region).digest();
    Staging {
        folder: folder.cloud(),
        dns: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        speed: SPEED,
        seed: 7,
        regions: BTreeMap::from([(at("us-east-1"), None), (at("eu-west-1"), None)]),
        checks: BTreeMap::from([
            (digest("one"), at("us-east-1")),
            (digest("two"), at("eu-west-1")),
        ]),
    }
}

async fn start(staging: Staging) -> Box<dyn Living> {
    Loopback.start(staging).await.unwrap()
}

fn question(at: &str, rtype: WireType) -> Message {
    let mut message = Message::query();
    message.metadata.id = 77;
    message.metadata.op_code = OpCode::Query;
    message.add_query(Query::query(Name::from_ascii(at).unwrap(), rtype));
    message
}

async fn over_udp(server: SocketAddr, bytes: &[u8]) -> Option<Message> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(bytes, server).await.unwrap();
    let mut packet = vec![0; 4096];
    let received = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut packet)).await;
    Some(Message::from_vec(&packet[..received.ok()?.unwrap()]).unwrap())
}

async fn over_tcp(server: SocketAddr, message: &Message) -> Message {
    let bytes = message.to_vec().unwrap();
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_u16(u16::try_from(bytes.len()).unwrap()).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = vec![0; stream.read_u16().await.unwrap().into()];
    stream.read_exact(&mut answer).await.unwrap();
    Message::from_vec(&answer).unwrap()
}

async fn ask(server: SocketAddr, at: &str, rtype: WireType) -> Message {
    over_udp(server, &question(at, rtype).to_vec().unwrap()).await.unwrap()
}

async fn address(server: SocketAddr) -> String {
    let answer = ask(server, "www.example.com.", WireType::A).await;
    assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
    answer.answers[0].data.to_string()
}

/// Waits until the servers answer this.
async fn until(living: &dyn Living, value: &str) {
    let waiting = async {
        while address(living.dns()).await != value {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{:?}", living.standing());
}

async fn until_all_have_asked(living: &dyn Living) {
    let waiting = async {
        while living.standing().values().any(|it| it.reporting < it.checkers) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

#[test]
fn a_region_is_lost_and_comes_back() {
    for (word, loss) in Loss::ALL {
        let folder = Folder::new();
        failing_over(&folder);
        run(async {
            let living = start(staging(&folder)).await;
            until_all_have_asked(&*living).await;
            assert!(living.standing().values().all(|it| it.healthy && it.passing == 16), "{word}");
            assert_eq!(address(living.dns()).await, "192.0.2.1");

            let lost = living.lose(&at("us-east-1"), loss).await.unwrap();
            until(&*living, "192.0.2.2").await;
            let standing = living.standing();
            let fallen = standing.values().find(|it| !it.healthy).unwrap();
            // Three failures in a row, ten seconds apart, of the fourteen that are left, two may be
            // missing.
            assert!(fallen.since >= lost + Duration::from_secs(20), "{word}: {fallen:?}");
            assert!(fallen.passing <= 2 && fallen.reporting == 14, "{word}: {fallen:?}");
            let seen = folder.local().observe(&scope(&[], &["us-east-1"])).await.unwrap();
            assert_eq!(seen.unreachable.len(), 1, "{word}");

            living.restore(&at("us-east-1")).await.unwrap();
            until(&*living, "192.0.2.1").await;
            let seen = folder.local().observe(&scope(&[], &["us-east-1"])).await.unwrap();
            assert!(seen.unreachable.is_empty(), "{word}");
        });
    }
}

#[test]
fn another_process_loses_a_region_through_the_folder() {
    let folder = Folder::new();
    failing_over(&folder);
    let region = at("us-east-1");
    run(async {
        // Without a cloud that is alive the registry alone is lost, and the loss is there at the start.
        assert!(!Loopback.order(&folder.cloud(), &region, Some(Loss::Refusing)).unwrap());
        let living = start(staging(&folder)).await;
        until(&*living, "192.0.2.2").await;
        assert!(Loopback.order(&folder.cloud(), &region, None).unwrap());
        until(&*living, "192.0.2.1").await;
        // A file made by hand does the same as `lose`.
        std::fs::write(folder.cloud().join("regions/us-east-1/_unreachable"), "").unwrap();
        until(&*living, "192.0.2.2").await;
    });
}

#[test]
fn an_endpoint_of_ones_own_is_asked_instead_of_a_stand_in() {
    let folder = Folder::new();
    failing_over(&folder);
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut staging = staging(&folder);
        staging.regions.insert(at("us-east-1"), Some(listener.local_addr().unwrap()));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).await.unwrap();
                let asked = String::from_utf8_lossy(&request[..length]).into_owned();
                assert!(asked.starts_with("GET /healthz HTTP/1.1\r\nHost: www.example.com\r\n"));
                stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            }
        });
        let living = start(staging).await;
        until(&*living, "192.0.2.2").await;
    });
}

#[test]
fn queries_are_answered_as_a_server_does() {
    let folder = Folder::new();
    failing_over(&folder);
    let local = folder.local();
    let long = "x".repeat(700);
    write(
        &local,
        vec![
            create(set_of("long.example.com", RecordType::Txt, &[&long])),
            create(set_of("shop.example.com", RecordType::Cname, &["www.example.com."])),
            create(set_of("away.example.com", RecordType::Cname, &["www.example.net"])),
            create(set_of("child.example.com", RecordType::Ns, &["ns.example.net"])),
            create(set_of("a.b.example.com", RecordType::A, &["192.0.2.8", "192.0.2.9"])),
        ],
    );
    run(async {
        let living = start(staging(&folder)).await;
        let dns = living.dns();

        let cut = ask(dns, "long.example.com.", WireType::TXT).await;
        assert!(cut.metadata.truncation && cut.answers.is_empty());
        let whole = over_tcp(dns, &question("long.example.com.", WireType::TXT)).await;
        let RData::TXT(text) = &whole.answers[0].data else { panic!("{whole}") };
        assert_eq!(text.txt_data.iter().map(|chunk| chunk.len()).sum::<usize>(), 700);
        let mut wide = question("long.example.com.", WireType::TXT);
        let mut edns = Edns::new();
        edns.set_max_payload(4096);
        wide.set_edns(edns);
        let fits = over_udp(dns, &wide.to_vec().unwrap()).await.unwrap();
        assert!(!fits.metadata.truncation && fits.answers.len() == 1 && fits.edns.is_some());

        let chain = ask(dns, "shop.example.com.", WireType::A).await;
        assert_eq!(chain.answers.len(), 2, "{chain}");
        assert_eq!(ask(dns, "away.example.com.", WireType::A).await.answers.len(), 1);
        let both = ask(dns, "A.b.EXAMPLE.com.", WireType::A).await;
        assert!(both.answers.len() == 2 && both.metadata.authoritative && both.metadata.id == 77);

        let referral = ask(dns, "x.child.example.com.", WireType::A).await;
        assert!(referral.answers.is_empty() && referral.authorities.len() == 1);
        assert!(!referral.metadata.authoritative);
        for (at, rtype, code) in [
            ("nobody.example.com.", WireType::A, ResponseCode::NXDomain),
            ("b.example.com.", WireType::A, ResponseCode::NoError),
            ("www.example.com.", WireType::AAAA, ResponseCode::NoError),
        ] {
            let nothing = ask(dns, at, rtype).await;
            assert_eq!(nothing.metadata.response_code, code, "{at}");
            assert!(nothing.answers.is_empty(), "{at}");
            assert!(matches!(nothing.authorities[0].data, RData::SOA(_)), "{at}");
        }
        for (at, rtype, code) in [
            ("www.example.net.", WireType::A, ResponseCode::Refused),
            ("www.example.com.", WireType::ANY, ResponseCode::NotImp),
        ] {
            assert_eq!(ask(dns, at, rtype).await.metadata.response_code, code, "{at}");
        }
        let soa = ask(dns, "example.com.", WireType::SOA).await;
        assert_eq!(soa.answers.len(), 1);
        assert_eq!(ask(dns, "example.com.", WireType::NS).await.answers.len(), 1);
    });
}

#[test]
fn noise_is_told_so_or_nothing_and_the_server_goes_on() {
    let folder = Folder::new();
    failing_over(&folder);
    run(async {
        let living = start(staging(&folder)).await;
        let dns = living.dns();
        let garbled = over_udp(dns, b"\x01\x02\x00\x00\xff\xff\0\0\0\0\0\0x").await.unwrap();
        assert_eq!(garbled.metadata.response_code, ResponseCode::FormErr);
        let mut answer = question("www.example.com.", WireType::A).into_response();
        answer.metadata.id = 5;
        for silence in [answer.to_vec().unwrap(), b"\x01".to_vec(), Vec::new()] {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            socket.send_to(&silence, dns).await.unwrap();
        }
        // Somebody connects, says that more will come, and never sends it.
        let mut idle = TcpStream::connect(dns).await.unwrap();
        idle.write_all(&[0xff, 0xff, 0]).await.unwrap();
        assert_eq!(address(dns).await, "192.0.2.1");
    });
}

#[test]
fn shares_are_answered_by_weight_and_what_is_written_later_too() {
    let folder = Folder::new();
    let local = folder.local();
    write(&local, vec![create(zone("example.com"))]);
    run(async {
        let living = start(staging(&folder)).await;
        let heavy = routed("heavy", "192.0.2.1", Routing::Weighted { weight: 3 }, None);
        let light = routed("light", "192.0.2.2", Routing::Weighted { weight: 1 }, None);
        let batch = crate::fixture::batch(vec![create(heavy), create(light)]);
        local.commit(&batch).await.unwrap();
        let waiting = async {
            while ask(living.dns(), "www.example.com.", WireType::A).await.answers.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        let mut heavy = 0;
        for _ in 0..400 {
            heavy += i32::from(address(living.dns()).await == "192.0.2.1");
        }
        // Five standard deviations around 300.
        assert!((256..=344).contains(&heavy), "{heavy}");
    });
}

#[test]
fn one_folder_is_alive_once_and_ends_with_its_cloud() {
    let folder = Folder::new();
    write(&folder.local(), vec![create(zone("example.com"))]);
    write(&folder.local(), vec![create(plain("example.com", "www.example.com", "192.0.2.1"))]);
    run(async {
        let living = start(staging(&folder)).await;
        let again = Loopback.start(staging(&folder)).await;
        assert!(again.err().unwrap().contains("alive already"));
        let (dns, endpoints) = (living.dns(), living.endpoints());
        assert_eq!(endpoints.len(), 2);
        drop(living);
        let waiting = async {
            while TcpStream::connect(dns).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        for endpoint in endpoints.values() {
            assert!(TcpStream::connect(endpoint).await.is_err());
        }
        drop(start(staging(&folder)).await);
    });
}
