//! Repositories and their settings.

use expect_test::expect;
use lifeboat_contract::{Digest, Encryption, ImageCopy, Key, Limits, Object, Spec};

use super::world::{applied, holding, plans};
use super::{content, refuses, wants};

/// Two regions, and an image with these attributes.
fn image(attributes: &str) -> String {
    format!(
        "region \"virginia\" {{\n  provider = \"strict\"\n  location = \"us-east-1\"\n}}\n\
         region \"ireland\" {{\n  provider = \"strict\"\n  location = \"eu-west-1\"\n}}\n\
         image \"web\" {{\n  repository = \"shop/web\"\n  source = \"oci:web\"\n{attributes}}}\n"
    )
}

const ONE: &str = "  regions = [region.virginia]\n";

fn in_one(attributes: &str) -> String {
    image(&format!("{ONE}  {attributes}\n"))
}

#[test]
fn every_setting_reaches_the_repository_in_its_one_form() {
    wants(
        &in_one(
            r#"
  mutable_tags     = ["latest", "dev-*"]
  lifecycle_policy = jsonencode({ rules = [{ rulePriority = 1, action = { type = "expire" } }] })
  scan             = true
  readers          = ["arn:aws:iam::210987654321:root", "123456789012"]
  tags             = { team = "web", cost = 7 }
  replicate        = "copy"
  encryption {
    key = "arn:aws:kms:us-east-1:123456789012:key/1234"
  }
"#,
        ),
        expect![[r#"
            image.web.repository["virginia"]: {"repository":{"immutable":true,"except":["dev-*","latest"],"lifecycle_policy":"{\"rules\":[{\"action\":{\"type\":\"expire\"},\"rulePriority\":1}]}","scan":true,"encryption":{"key":"arn:aws:kms:us-east-1:123456789012:key/1234"},"readers":["123456789012","210987654321"],"tags":{"cost":"7","team":"web"}}}
        "#]],
    );
    wants(
        &in_one("access_policy = \"{ \\\"b\\\": 1,\\n \\\"a\\\": [ ] }\"\n  encryption {}\n"),
        expect![[r#"
            image.web.repository["virginia"]: {"repository":{"immutable":true,"encryption":{},"access_policy":"{\"a\":[],\"b\":1}"}}
        "#]],
    );
    wants(
        &in_one("scan = false\n  readers = []\n  tags = {}"),
        expect![[r#"
        image.web.repository["virginia"]: {"repository":{"immutable":true}}
    "#]],
    );
}

#[test]
fn a_key_lies_where_its_repository_does() {
    let keys = |regions: &[&str]| {
        let key = |region: &&str| {
            format!("      {region} = \"arn:aws:kms:{region}:123456789012:key/mrk-1\"\n")
        };
        let keys: String = regions.iter().map(key).collect();
        image(&format!("  encryption {{\n    keys = {{\n{keys}    }}\n  }}\n"))
    };
    wants(
        &keys(&["us-east-1", "eu-west-1"]),
        expect![[r#"
        image.web.repository["ireland"]: {"repository":{"immutable":true,"encryption":{"key":"arn:aws:kms:eu-west-1:123456789012:key/mrk-1"}}}
        image.web.repository["virginia"]: {"repository":{"immutable":true,"encryption":{"key":"arn:aws:kms:us-east-1:123456789012:key/mrk-1"}}}
    "#]],
    );
    refuses(
        &keys(&["us-east-1"]),
        expect![[r"
        E0107 line 14: The repository in `eu-west-1` has no key here.
            help: add one for `eu-west-1`
    "]],
    );
    let one = "  encryption {\n    key = \"arn:aws:kms:us-east-1:123456789012:key/1\"\n  }\n";
    refuses(
        &image(one),
        expect![[r"
        E0107 line 14: The key lies in `us-east-1`, and the repository in `eu-west-1` needs one that lies there.
            help: name a key for each location with `keys = { ... }`
    "]],
    );
    let swapped = keys(&["us-east-1", "eu-west-1"]).replace("kms:us-east-1", "kms:eu-west-1");
    refuses(
        &swapped,
        expect![[r"
        E0107 line 14: The key for `us-east-1` lies in `eu-west-1`.
        E0107 line 14: The repository in `us-east-1` has no key here.
            help: add one for `us-east-1`
    "]],
    );
    let alias = one.replace("key/1", "alias/shop");
    refuses(
        &image(&alias),
        expect![[r"
        E0107 line 14: `arn:aws:kms:us-east-1:123456789012:alias/shop` is not the ARN of a key, like `arn:aws:kms:us-east-1:123456789012:key/1234abcd-...`; an alias is none, since it can be pointed to another key.
    "]],
    );
    let both = one.replace("    key", "    keys = {}\n    key");
    refuses(
        &image(&both),
        expect![[r"
        E0110 line 14: There is one `key`, or `keys` by location.
        E0107 line 15: The key lies in `us-east-1`, and the repository in `eu-west-1` needs one that lies there.
            help: name a key for each location with `keys = { ... }`
    "]],
    );
}

#[test]
fn tags_and_policies_that_no_registry_takes_are_refused() {
    for (attributes, expected) in [
        (
            "immutable = false\n  mutable_tags = [\"latest\"]",
            expect![[r"
            E0110 line 15: Every tag moves where `immutable = false`, so none is the exception.
                help: leave `mutable_tags` out, or set `immutable = true`
        "]],
        ),
        (
            "mutable_tags = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]",
            expect![[r"
            E0107 line 14: 5 patterns can be the exception, these are 6.
        "]],
        ),
        (
            "mutable_tags = [\"a\", \"a\", \"b c\", \"*a*b*\", \"*\"]",
            expect![[r"
            E0107 line 14: A pattern stands twice here.
            E0107 line 14: `*` covers the tags `lb-...` by which Lifeboat finds its copies, and those must not move.
            E0107 line 14: `*a*b*` has more than 2 `*`.
            E0107 line 14: `b c` is no pattern of tags: it takes letters, digits, `.`, `_`, `-` and `*` for any text, 1 to 128 characters.
        "]],
        ),
        (
            "lifecycle_policy = \"{\"",
            expect![[r#"
            E0107 line 14: `lifecycle_policy` cannot be read: EOF while parsing an object at line 1 column 1.
                help: write it with `jsonencode({ ... })`, or read it with `file("policy.json")`
        "#]],
        ),
        (
            "access_policy = \"[]\"",
            expect![[r#"
            E0107 line 14: `access_policy` cannot be read: a policy is a JSON object.
                help: write it with `jsonencode({ ... })`, or read it with `file("policy.json")`
        "#]],
        ),
        (
            "lifecycle_policy = \"{}\"\n  keep {\n    last = 3\n  }",
            expect![[r"
            E0110 line 14: `lifecycle_policy` says all that `keep` would, so there is one of the two.
        "]],
        ),
        (
            "access_policy = \"{}\"\n  readers = [\"123456789012\"]",
            expect![[r"
            E0110 line 14: `access_policy` says all that `readers` would, so there is one of the two.
        "]],
        ),
    ] {
        refuses(&in_one(attributes), expected);
    }
}

#[test]
fn readers_labels_and_ways_that_no_registry_takes_are_refused() {
    for (attributes, expected) in [
        (
            "readers = [\"*\", \"123456789012\", \"arn:aws:iam::123456789012:root\"]",
            expect![[r"
            E0107 line 14: `*` is neither an account's id of 12 digits nor the ARN of a principal, like `arn:aws:iam::123456789012:role/puller`.
            E0107 line 14: `123456789012` stands twice here.
        "]],
        ),
        (
            "tags = { \"lifeboat:stack\" = 1, \"AWS:x\" = 1, \"a!\" = 1, b = \"!\" }",
            expect![[r"
            E0107 line 14: The value of tag `b` takes letters, digits, spaces and `_.:/=+-@`, 256 characters at most.
            E0107 line 14: `AWS:x` cannot be a tag: what begins with `aws:` is reserved.
            E0107 line 14: `a!` cannot be a tag: it takes letters, digits, spaces and `_.:/=+-@`, 1 to 128 characters.
            E0107 line 14: `lifeboat:stack` cannot be a tag: what begins with `lifeboat:` is reserved.
        "]],
        ),
        (
            "tags = { for n in range(46) : \"t${n}\" => n }",
            expect![[r"
            E0107 line 14: 45 tags fit, these are 46.
        "]],
        ),
        ("replicate = \"ecr\"", expect![""]),
        (
            "replicate = \"mail\"",
            expect![[r"
            E0107 line 14: `mail` is no way to replicate: write `copy` or `ecr`.
        "]],
        ),
    ] {
        refuses(&in_one(attributes), expected);
    }
}

#[test]
fn encryption_is_for_life() {
    let there = holding(applied(&in_one("")), Limits::default());
    plans(
        &in_one("scan = true"),
        &there,
        expect![[r#"
        image.web.repository["virginia"]: Update(Configuration)
    "#]],
    );
    plans(
        &in_one("encryption {}"),
        &there,
        expect![[r"
            E0402 line 11: Repository shop/web in us-east-1 is encrypted with the registry's own key, and shall be encrypted with the provider's key of the account. That is decided when a repository is made, and making it anew would lose the images that it holds.
                help: declare the encryption that it has; or give the image another `repository`, and delete the old one when nothing runs from it
        "]],
    );
    let key = "encryption {\n    key = \"arn:aws:kms:us-east-1:123456789012:key/1\"\n  }";
    let there = holding(applied(&in_one(key)), Limits::default());
    plans(&in_one(key), &there, expect![[r""]]);
    let other = key.replace("key/1", "key/2");
    plans(
        &in_one(&other),
        &there,
        expect![[r"
        E0402 line 11: Repository shop/web in us-east-1 is encrypted with `arn:aws:kms:us-east-1:123456789012:key/1`, and shall be encrypted with `arn:aws:kms:us-east-1:123456789012:key/2`. That is decided when a repository is made, and making it anew would lose the images that it holds.
            help: declare the encryption that it has; or give the image another `repository`, and delete the old one when nothing runs from it
    "]],
    );
    plans(
        &in_one(""),
        &there,
        expect![[r"
            E0402 line 11: Repository shop/web in us-east-1 is encrypted with `arn:aws:kms:us-east-1:123456789012:key/1`, and shall be encrypted with the registry's own key. That is decided when a repository is made, and making it anew would lose the images that it holds.
                help: declare the encryption that it has; or give the image another `repository`, and delete the old one when nothing runs from it
        "]],
    );
}

#[test]
fn a_key_that_the_provider_chose_is_no_difference() {
    let mut objects = applied(&in_one("encryption {}"));
    for object in &mut objects {
        if let Spec::Repository(repository) = &mut object.spec {
            let key = Some("arn:aws:kms:us-east-1:123456789012:key/theirs".to_owned());
            repository.encryption = Some(Encryption { key });
        }
    }
    let there = holding(objects, Limits::default());
    plans(&in_one("encryption {}"), &there, expect![[r""]]);
    plans(
        &in_one("encryption {}\n  scan = true"),
        &there,
        expect![[r#"
        image.web.repository["virginia"]: Update(Configuration)
    "#]],
    );
}

#[test]
fn a_tag_that_is_taken_is_found() {
    let repository = |attributes: &str| {
        let mut objects = applied(&in_one(attributes));
        objects.retain(|object| matches!(object.key, Key::Repository { .. }));
        objects
    };
    let Key::Repository { location, name } = repository("")[0].key.clone() else {
        panic!("a repository is found by its name");
    };
    let wanted = content(&"image.web".into()).digest;
    let tag = format!("lb-{}", &wanted.hex()[..32]);
    let foreign = |tag: &str| Object {
        key: Key::ImageCopy {
            location: location.clone(),
            repository: name.clone(),
            digest: Digest::of(b"other"),
        },
        spec: Spec::ImageCopy(ImageCopy { tag: tag.to_owned() }),
        mark: None,
        id: None,
        version: None,
    };
    let with = |attributes: &str, tag: &str| {
        let objects = [repository(attributes), vec![foreign(tag)]].concat();
        holding(objects, Limits::default())
    };
    plans(
        &in_one(""),
        &with("", "other"),
        expect![[r#"
        image.web.copy["virginia"]: Create
    "#]],
    );
    plans(
        &in_one(""),
        &with("", &tag),
        expect![[r#"
        image.web.copy["virginia"]: Create
        E0601 line 11: Image shop/web@sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa in us-east-1 has the tag `lb-4abd8b890ee9e24e19dd26932d3e2e50` already, and tags of this repository never move.
            help: remove that tag, or the image, at the registry
    "#]],
    );
    let mutable = "immutable = false";
    plans(
        &in_one(mutable),
        &with(mutable, &tag),
        expect![[r#"
        image.web.copy["virginia"]: Create
        E0601 line 11: Image shop/web@sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa in us-east-1 has the tag `lb-4abd8b890ee9e24e19dd26932d3e2e50` already, and only what this stack made gives up a tag.
            help: remove that tag, or the image, at the registry
    "#]],
    );
}
