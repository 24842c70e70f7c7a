//! Input that nobody would write, from slips to malice: refused, with the place, soon.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::drive::{Ran, folder_with, lifeboat, lifeboat_with, lifeboat_within, outside};
use crate::transcript::TempFolder;

/// Ten megabytes.
const LARGE: usize = 10 << 20;
/// As deep as nobody nests.
const DEEP: usize = 100_000;

const HEAD: &str = "lifeboat {\n  stack = \"hostile\"\n}\n";

/// Validates under 20 seconds and 2 GiB.
fn validate(folder: &Path) -> Ran {
    lifeboat_within(folder, "ulimit -v 2097152", 20, &["validate"])
}

/// Fails unless the text is refused, with a place in it.
#[track_caller]
fn refused(name: &str, text: &str) -> Ran {
    let folder = folder_with("hostile", text);
    let ran = validate(&folder.path);
    ran.keeps_its_head();
    assert_eq!(ran.code, Some(1), "{name}: {}", ran.all());
    assert!(has_place(&ran.err), "{name}: {}", ran.err);
    assert!(ran.err.len() < 4 << 20, "{name}: it says {} bytes", ran.err.len());
    ran
}

/// Whether `main.hcl:LINE:COLUMN` is named.
fn has_place(text: &str) -> bool {
    text.split("main.hcl:").skip(1).any(|rest| {
        let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().is_some_and(|digits| !digits.is_empty());
        number() && number()
    })
}

/// An expression in a configuration that is fine but for it.
fn output(expression: &str) -> String {
    format!("{HEAD}output \"x\" {{\n  value = {expression}\n}}\n")
}

#[test]
fn ten_megabytes_of_one_thing_are_refused() {
    for part in ["[", "{", "(", "\"", "${", "%{", "a", "a\n", "/*", "a = <<E\n", "}", "a = \"${"] {
        refused(&format!("10 MB of `{part}`"), &part.repeat(LARGE / part.len()));
    }
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let nest = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP))
    };
    for (name, text) in [
        ("parentheses", output(&nest("(", "1", ")"))),
        ("lists", output(&nest("[", "1", "]"))),
        ("objects", output(&nest("{ a = ", "1", " }"))),
        ("templates", output(&nest("\"${", "1", "}\""))),
        ("directives", output(&format!("\"{}\"", "%{ if true }".repeat(DEEP)))),
        ("calls", output(&nest("abs(", "1", ")"))),
        ("conditionals", output(&nest("true ? 1 : ", "2", ""))),
        ("negations", output(&nest("!", "true", ""))),
        ("operators", output(&nest("1 + ", "1", ""))),
        ("comprehensions", output(&nest("[for a in ", "[1]", " : a]"))),
        ("indices", output(&nest("[1][", "0", "]"))),
        ("steps", output(&format!("[1]{}", "[0]".repeat(DEEP)))),
        ("blocks", nest("locals {\n", "", "}\n")),
    ] {
        refused(name, &text);
    }
}

#[test]
fn chains_and_cycles_end() {
    let chain = |next: &dyn Fn(usize) -> usize| {
        let lines = (0..DEEP).map(|n| format!("  l{n} = local.l{}\n", next(n)));
        format!("{}locals {{\n{}}}\n", output("local.l0"), lines.collect::<String>())
    };
    refused("a chain into nothing", &chain(&|n| n + 1));
    refused("a cycle of 100,000", &chain(&|n| (n + 1) % DEEP));
    let small = format!("{}locals {{\n  a = local.b\n  b = local.a\n}}\n", output("local.a"));
    let ran = refused("a cycle", &small);
    assert!(ran.err.contains("E0204") && ran.err.contains("`local.a`"), "{}", ran.err);
    let checks = "zone \"z\" {\n  provider = \"local\"\n  name = \"example.com\"\n}\n\
                  health_check \"a\" {\n  all_of = [health_check.b]\n}\n\
                  health_check \"b\" {\n  all_of = [health_check.a]\n}\n";
    let ran = refused("checks in a circle", &format!("{HEAD}{checks}"));
    assert!(ran.err.contains("E0409"), "{}", ran.err);
}

#[test]
fn values_without_measure_are_refused() {
    let doubling = |start: &str, twice: &dyn Fn(String) -> String| {
        let lines = (1..60).map(|n| format!("  l{n} = {}\n", twice(format!("local.l{}", n - 1))));
        let lines: String = lines.collect();
        format!("{}locals {{\n  l0 = {start}\n{lines}}}\n", output("local.l59"))
    };
    for (name, text) in [
        ("text that doubles", doubling("\"xx\"", &|l| format!("\"${{{l}}}${{{l}}}\""))),
        ("lists that double", doubling("[1]", &|l| format!("[{l}, {l}]"))),
        ("lists that are joined", doubling("[1]", &|l| format!("concat({l}, {l})"))),
        ("a number too large", output("1e300 * 1e300")),
        ("a literal too large", output("1e400")),
        ("a division by zero", output("1 / 0")),
        ("loops in loops", output("[for a in range(1000) : [for b in range(1000) : range(1000)]]")),
        ("products", output("setproduct(range(1000), range(1000), range(1000))")),
        ("a format without measure", output("format(\"%999999999d\", 1)")),
        ("a whole number too long", output("range(99999999999999999999)")),
        ("an index too large", output("[1][99999999999999999999]")),
        ("nested JSON", output(&format!("jsondecode(\"{}\")", "[".repeat(DEEP)))),
        ("a nested pattern", output(&format!("regex(\"{}\", \"a\")", "(".repeat(DEEP)))),
    ] {
        refused(name, &text);
    }
    let million = folder_with("million", &output("length([for n in range(1000000) : n])"));
    validate(&million.path).exits(0);
    let ran = lifeboat(&million.path, &["output", "x"]).exits(0);
    assert_eq!(ran.out.trim(), "1000000");
}

#[test]
fn names_and_numbers_that_no_server_takes_are_refused() {
    let zone =
        "zone \"z\" {\n  provider = \"local\"\n  name = \"example.com\"\n  create = true\n}\n";
    let record = |name: &str, ttl: &str| {
        format!(
            "{HEAD}{zone}record \"r\" {{\n  zone = zone.z\n  name = {name}\n  type = \"A\"\n  \
             ttl = {ttl}\n  values = [\"192.0.2.1\"]\n}}\n"
        )
    };
    let label = |length: usize| format!("\"{}\"", "a".repeat(length));
    let long = format!("\"{}\"", vec!["a".repeat(60); 4].join("."));
    for (name, text) in [
        ("a label of 64", record(&label(64), "\"60s\"")),
        ("a name beyond 255 octets", record(&long, "\"60s\"")),
        ("an empty label", record("\"a..b\"", "\"60s\"")),
        ("a name that turns its writing around", record("\"a\u{202e}b\"", "\"60s\"")),
        ("a ttl below 0", record("\"a\"", "\"-5s\"")),
        ("a ttl below 0, as a number", record("\"a\"", "-5")),
        ("a ttl beyond 31 bits", record("\"a\"", "\"2147483648s\"")),
        ("a ttl without measure", record("\"a\"", "\"99999999999999999999h\"")),
        ("a reference to nothing", format!("{HEAD}record \"r\" {{\n  zone = zone.nope\n}}\n")),
        ("a zone declared twice", format!("{HEAD}{zone}{zone}")),
        ("an attribute set twice", format!("{HEAD}{zone}").replace("create", "name")),
        ("a label that cannot be referred to", format!("{HEAD}{zone}").replace("\"z\"", "\"ü\"")),
    ] {
        refused(name, &text);
    }
    validate(&folder_with("fits", &record(&label(63), "\"2147483647s\"")).path).exits(0);
}

#[test]
fn what_is_no_text_is_refused() {
    for (bytes, why) in [
        (&b"a = \"\xff\xfe\"\n"[..], "UTF-8"),
        (b"a = 1\0\n", "NUL"),
        (b"\0", "NUL"),
        (b"\xef\xbb\xbf\xff", "UTF-8"),
    ] {
        let folder = folder_with("bytes", HEAD);
        fs::write(folder.path.join("bad.hcl"), bytes).unwrap();
        let ran = validate(&folder.path).refuses("E0002");
        assert!(ran.err.contains(why) && ran.err.contains("bad.hcl"), "{}", ran.err);
        lifeboat(&folder.path, &["fmt", "--check"]).refuses("E0002");
    }
}

#[test]
fn what_is_no_file_is_refused() {
    type Make = fn(&Path);
    let cases: [(&str, Make); 5] = [
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a dangling link", |path| symlink("nowhere", path).unwrap()),
        ("a link to itself", |path| symlink("bad.hcl", path).unwrap()),
        ("a pipe", |path| {
            outside(path.parent().unwrap(), "mkfifo", &["bad.hcl"]);
        }),
        ("a device", |path| symlink("/dev/zero", path).unwrap()),
    ];
    for (name, make) in cases {
        let folder = folder_with("no-file", HEAD);
        make(&folder.path.join("bad.hcl"));
        let ran = validate(&folder.path);
        ran.keeps_its_head();
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.all());
        assert!(ran.err.contains("E0002") && ran.err.contains("bad.hcl"), "{name}: {}", ran.err);
    }
    let folder = folder_with("circle", HEAD);
    symlink(".", folder.path.join("circle")).unwrap();
    lifeboat(&folder.path, &["fmt", "--check", "--recursive"]).exits(0);
    fs::write(folder.path.join("file"), "").unwrap();
    lifeboat(&folder.path, &["validate", "-C", "file"]).refuses("E0002");
    lifeboat(&folder.path, &["validate", "-C", "nowhere"]).refuses("E0002");
}

#[test]
fn a_folder_that_cannot_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempFolder::new("unreadable");
    let inner = folder.path.join("inner");
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o300)).unwrap();
    // Root reads it all the same, and finds it empty.
    let finding = if fs::read_dir(&inner).is_ok() { "E0004" } else { "E0002" };
    lifeboat(&folder.path, &["validate", "-C", "inner"]).refuses(finding);
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let variable = "variable \"n\" {\n  type = number\n}\noutput \"n\" {\n  value = var.n\n}\n";
    let folder = folder_with("given", &format!("{HEAD}{variable}"));
    let here = &folder.path;
    let deep = "[".repeat(DEEP);
    for given in ["[[[", "${", "\"", "", "nope.x", "[1]", "\u{1f6df}", "1e400", &deep] {
        lifeboat_with(here, &[("LIFEBOAT_VAR_n", given)], &["validate"]).refuses("E0303");
        let word = format!("n={given}");
        lifeboat(here, &["validate", "--var", &word]).refuses("E0303");
    }
    lifeboat(here, &["validate", "--var", "n"]).refuses("E0901");
    lifeboat(here, &["validate", "--var", "m=1", "--var", "n=1"]).refuses("E0302");
    for (text, finding) in [
        ("n = \"abc\"\n", "E0303"),
        ("n = 1\nm = 2\n", "E0302"),
        ("n = [[[[\n", "E0001"),
        ("b {\n}\n", "E0101"),
        ("\0", "E0002"),
    ] {
        fs::write(here.join("bad.vars.hcl"), text).unwrap();
        lifeboat(here, &["validate", "--var-file", "bad.vars.hcl"]).refuses(finding);
    }
    lifeboat(here, &["validate", "--var-file", "nowhere"]).refuses("E0002");
    lifeboat_with(here, &[("LIFEBOAT_VAR_n", "1")], &["validate"]).exits(0);
}

#[test]
fn a_reference_to_nothing_is_found_where_nobody_uses_it() {
    refused("a local", &format!("{HEAD}locals {{\n  unused = nope.x\n}}\n"));
    refused("a function", &format!("{HEAD}locals {{\n  unused = nope(1)\n}}\n"));
}
