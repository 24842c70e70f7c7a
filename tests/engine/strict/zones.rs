//! Private zones.

use expect_test::expect;

use super::wants;

#[test]
fn a_private_zone_has_networks_sorted() {
    wants(
        r#"
zone "inside" {
  provider = "strict"
  name     = "example.com"
  create   = true
  private  = true
  network {
    location = "us-east-1"
    id       = "vpc-1"
  }
  network {
    location = "eu-west-1"
    id       = "vpc-2"
  }
}
"#,
        expect![[r#"
            zone.inside: {"zone":{"networks":[{"location":"eu-west-1","id":"vpc-2"},{"location":"us-east-1","id":"vpc-1"}]}}
        "#]],
    );
}

#[test]
fn a_name_is_one_public_and_one_private_zone() {
    wants(
        r#"
zone "outside" {
  provider = "strict"
  name     = "example.com"
}
zone "inside" {
  provider = "strict"
  name     = "example.com"
  private  = true
}
record "outside" {
  zone   = zone.outside
  name   = "@"
  type   = "A"
  values = ["192.0.2.1"]
}
record "inside" {
  zone   = zone.inside
  name   = "@"
  type   = "A"
  values = ["10.0.0.1"]
}
record "twice" {
  zone   = zone.inside
  name   = "example.com"
  type   = "A"
  values = ["10.0.0.2"]
}
"#,
        expect![[r"
            E0108 line 26: `example.com` A is declared by `record.inside` already.
        "]],
    );
}

#[test]
fn a_private_zone_is_declared_once() {
    let zone = |name: &str| {
        format!(
            "zone \"{name}\" {{\n  provider = \"strict\"\n  name = \"example.com\"\n  \
             private = true\n}}\n"
        )
    };
    wants(
        &[zone("a"), zone("b")].concat(),
        expect![[r"
        E0105 line 9: Zone `example.com (private)` is declared by two blocks.
    "]],
    );
}

#[test]
fn networks_go_with_a_private_zone_that_is_made() {
    let zone = |name: &str, rest: &str| {
        format!(
            "zone \"{name}\" {{\n  provider = \"strict\"\n  name = \"{name}.example.com\"\n{rest}}}\n"
        )
    };
    let network = "  network {\n    location = \"us-east-1\"\n    id = \"vpc-1\"\n  }\n";
    let (create, private) = ("  create = true\n", "  private = true\n");
    let text = [
        zone("kept", &[private, network].concat()),
        zone("public", &[create, network].concat()),
        zone("none", &[create, private].concat()),
        zone("twice", &[create, private, network, network].concat()),
        zone("odd", &[create, private, &network.replace("vpc-1", "vpc 1")].concat()),
    ];
    wants(
        &text.concat(),
        expect![[r#"
        zone.none: {"zone":{}}
        zone.odd: {"zone":{}}
        zone.public: {"zone":{"networks":[{"location":"us-east-1","id":"vpc-1"}]}}
        zone.twice: {"zone":{"networks":[{"location":"us-east-1","id":"vpc-1"}]}}
        E0110 line 6: A zone that this stack does not own keeps the networks it has.
            help: set `create = true`, or leave `network` out
        E0110 line 15: Everybody sees a public zone, so it has no networks.
            help: set `private = true`, or leave `network` out
        E0111 line 24: A private zone is made with a network that sees it, and none is named.
            help: write a `network` block with the network's `location` and `id`
        E0105 line 35: Network `vpc-1` is named twice.
        E0107 line 47: A network's id is what the provider calls it, like `vpc-0123456789abcdef0`.
    "#]],
    );
}
