//! Health checks.

use expect_test::expect;
use lifeboat_contract::Limits;

use super::world::{applied, holding, plans};
use super::{refuses, wants};

/// Checks with these attributes, each on lines of its own.
fn checks(all: &[(&str, &str)]) -> String {
    let check = |(name, attributes): &(&str, &str)| {
        format!("health_check \"{name}\" {{\n  provider = \"strict\"\n  {attributes}\n}}\n")
    };
    all.iter().map(check).collect()
}

const URL: &str = "url = \"https://web.example.com/\"";

#[test]
fn an_endpoint_is_asked_by_address_and_from_chosen_places() {
    let by_name = format!("{URL}\n  sni = true\n  inverted = false\n  disabled = false");
    let by_address = format!("{URL}\n  address = \"2001:DB8::1\"\n  sni = false");
    let places = format!("{URL}\n  checkers = [\"us-west-1\", \"eu-west-1\", \"us-east-1\"]");
    let all = [("name", &*by_name), ("address", &*by_address), ("places", &*places)];
    wants(
        &checks(&all),
        expect![[r#"
        health_check.address: {"health_check":{"endpoint":{"protocol":"https","host":"web.example.com","port":443,"path":"/","interval":30,"failures":3,"address":"2001:db8::1","no_sni":true}}}
        health_check.name: {"health_check":{"endpoint":{"protocol":"https","host":"web.example.com","port":443,"path":"/","interval":30,"failures":3}}}
        health_check.places: {"health_check":{"endpoint":{"protocol":"https","host":"web.example.com","port":443,"path":"/","interval":30,"failures":3,"checkers":["eu-west-1","us-east-1","us-west-1"]}}}
    "#]],
    );
}

#[test]
fn what_no_checker_does_is_refused() {
    let with = |attributes: &str| format!("{URL}\n  {attributes}");
    let all = [
        ("a", &*with("address = \"web\"")),
        ("b", "url = \"https://192.0.2.1/\"\n  address = \"192.0.2.1\""),
        ("c", "url = \"tcp://web.example.com:1\"\n  address = \"192.0.2.1\""),
        ("d", "url = \"http://web.example.com/\"\n  sni = false"),
        ("e", &with("checkers = []")),
        ("f", &with("checkers = [\"us-east-1\", \"us-east-1\", \"US\"]")),
        ("g", &with("checkers = [\"us-east-1\", \"us-east-2\", \"mars\"]")),
        ("h", &with("checkers = [\"us-east-1\", \"us-west-1\"]")),
        ("i", &with("inverted = true")),
        ("j", &with("disabled = true")),
        ("k", "all_of = [health_check.a]\n  sni = true\n  checkers = []\n  inverted = true"),
        ("l", &with("interval = \"20s\"\n  timeout = \"5s\"")),
    ];
    refuses(
        &checks(&all),
        expect![[r"
            E0107 line 5: `web` is no address: write like `192.0.2.10`.
            E0110 line 10: The host of `url` is an address already.
                help: write the name that is asked for into `url`
            E0110 line 15: A TCP check asks for no name, so its `url` holds the address.
                help: write the address into `url`
            E0110 line 20: Only an https check names its host by SNI.
                help: leave `sni` out
            E0107 line 25: A check that is asked from nowhere finds out nothing; to have it asked from everywhere, leave `checkers` out.
            E0402 line 30: Provider `strict` asks from 3 places at least, not from 1.
                help: name more, or leave `checkers` out
            E0107 line 30: `US` is not a location: it takes 1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`.
            E0107 line 30: `us-east-1` stands twice here.
            E0402 line 35: Provider `strict` has no checkers in `mars`.
                help: it has checkers in `us-east-1`, `us-west-1`, `us-west-2`, `eu-west-1`
            E0402 line 35: Provider `strict` has no checkers in `us-east-2`.
                help: did you mean `us-east-1`?
            E0402 line 40: Provider `strict` asks from 3 places at least, not from 2.
                help: name more, or leave `checkers` out
            E0107 line 45: A check with `inverted = true` says that an endpoint is lost while it serves, and that it serves once it is lost.
                help: leave it out; to send users elsewhere, change the order of the targets
            E0107 line 50: A check with `disabled = true` is never asked and counts as healthy for ever, so its target is answered when it is lost.
                help: leave it out; a target that shall not be checked has no `health_check`
            E0110 line 55: A check that counts others asks nothing, so it has no `sni`.
            E0110 line 56: A check that counts others asks nothing, so it has no `checkers`.
            E0107 line 57: A check with `inverted = true` says that an endpoint is lost while it serves, and that it serves once it is lost.
                help: leave it out; to send users elsewhere, change the order of the targets
            E0402 line 62: Provider `strict` checks every 10s or 30s, not every 20s.
            E0402 line 63: Provider `strict` has a timeout of its own.
        "]],
    );
}

#[test]
fn what_is_private_is_not_reached_from_outside() {
    let all = [
        ("a", "url = \"https://10.0.0.1/\""),
        ("b", "url = \"https://[fd00::1]/\""),
        ("c", "url = \"https://web.example.com/\"\n  address = \"100.64.0.1\""),
        ("d", "url = \"https://192.0.2.1/\""),
        ("e", "url = \"https://localhost/\"\n  address = \"192.0.2.1\""),
    ];
    refuses(
        &checks(&all),
        expect![[r"
            E0402 line 4: Provider `strict` cannot reach `10.0.0.1`: its checkers are outside, and this address is private (RFC 1918).
            E0402 line 8: Provider `strict` cannot reach `fd00::1`: its checkers are outside, and this address is private (RFC 4193).
            E0402 line 13: Provider `strict` cannot reach `100.64.0.1`: its checkers are outside, and this address is shared behind carriers (RFC 6598).
        "]],
    );
}

#[test]
fn few_are_counted_and_none_that_counts() {
    let text = checks(&[
        ("a", URL),
        ("b", URL),
        ("c", URL),
        ("d", URL),
        ("two", "any_of = [health_check.a, health_check.b]\n  at_least = 2"),
        ("nests", "all_of = [health_check.a, health_check.two]"),
        ("many", "any_of = [health_check.a, health_check.b, health_check.c, health_check.d]"),
        ("never", "any_of = [health_check.a]\n  at_least = 2"),
        ("all", "any_of = [health_check.a]\n  at_least = 300"),
        ("far", "all_of = [health_check.local]"),
    ]);
    let local =
        "health_check \"local\" {\n  provider = \"local\"\n  url = \"https://a.example/\"\n}\n";
    refuses(
        &[&text, local].concat(),
        expect![[r"
            E0402 line 25: Provider `strict` cannot count `health_check.two`, which counts others itself.
                help: name the checks that `health_check.two` counts
            E0402 line 29: Provider `strict` counts 3 checks at most, not 4.
            E0107 line 34: 2 of 1 checks can never be healthy.
                help: ask for 1 at most, or count more checks
            E0107 line 39: `at_least` takes a whole number from 1 to 256, and this is 300.
            E0402 line 43: Provider `strict` cannot count `health_check.local`, which provider `local` asks.
        "]],
    );
}

#[test]
fn an_address_is_changed_in_place_and_neither_added_nor_removed() {
    let zone =
        "zone \"main\" {\n  provider = \"strict\"\n  name = \"example.com\"\n  create = true\n}\n";
    let one = |attributes: &str| [zone, &checks(&[("web", attributes)])].concat();
    let with = |attributes: &str| one(&format!("{URL}\n  {attributes}"));
    let there = |text: &str| holding(applied(text), Limits::default());
    let (name, address) = (with(""), with("address = \"192.0.2.1\""));
    plans(
        &address,
        &there(&name),
        expect![[r#"
        health_check.web: Replace { because: "address" }
    "#]],
    );
    plans(
        &name,
        &there(&address),
        expect![[r#"
        health_check.web: Replace { because: "address" }
    "#]],
    );
    plans(
        &one("url = \"https://192.0.2.1/\""),
        &there(&name),
        expect![[r#"
        health_check.web: Replace { because: "host" }
    "#]],
    );
    plans(
        &with("address = \"192.0.2.2\"\n  sni = false"),
        &there(&address),
        expect![[r"
        health_check.web: Update(Configuration)
    "]],
    );
    let places = "checkers = [\"us-west-1\", \"us-west-2\", \"us-east-1\"]";
    plans(
        &with(places),
        &there(&name),
        expect![[r"
        health_check.web: Update(Configuration)
    "]],
    );
}
