//! Secrets stay secret, whatever is done to them.

use expect_test::expect;

use super::super::FUNCTIONS;
use super::{check, eval};

#[test]
fn whatever_touches_a_secret_is_one() {
    check(
        r#"
        secret
        env("DNS_TOKEN")
        "token ${secret}"
        "%{ if secret == "x" }a%{ else }b%{ endif }"
        "%{ for c in [secret] }${c}%{ endfor }"
        [secret, 1]
        { a = secret }
        { (secret) = 1 }
        secret == "hunter2"
        secret != "x" && true
        true || secret == "x"
        secret == "hunter2" ? "yes" : "no"
        [for x in ["a"] : x if secret == "hunter2"]
        { for x in ["a"] : secret => x }
        [for x in [secret] : upper(x)]
        upper(secret)
        length(secret)
        length([secret])
        keys(vault)
        values(vault)
        vault.open
        vault.closed
        vault["closed"]
        lookup(vault, "closed", 1)
        merge(vault, { more = 1 })
        jsonencode(vault)
        join(",", [secret])
        { a = 1 }[secret]
        try(tonumber(secret), 1)
        can(tonumber(secret))
        can(secret)
        sha256(secret)
        type(secret)
        split("", secret)[0]
        [secret][0]
        [secret][*]
        vault.*.closed
        templatefile("greeting.tpl", { name = secret })
        "#,
        &expect![[r#"
            secret  =>  (sensitive)
            env("DNS_TOKEN")  =>  (sensitive)
            "token ${secret}"  =>  (sensitive)
            "%{ if secret == "x" }a%{ else }b%{ endif }"  =>  (sensitive)
            "%{ for c in [secret] }${c}%{ endfor }"  =>  (sensitive)
            [secret, 1]  =>  [(sensitive), 1]
            { a = secret }  =>  { a = (sensitive) }
            { (secret) = 1 }  =>  (sensitive)
            secret == "hunter2"  =>  (sensitive)
            secret != "x" && true  =>  (sensitive)
            true || secret == "x"  =>  true
            secret == "hunter2" ? "yes" : "no"  =>  (sensitive)
            [for x in ["a"] : x if secret == "hunter2"]  =>  (sensitive)
            { for x in ["a"] : secret => x }  =>  (sensitive)
            [for x in [secret] : upper(x)]  =>  [(sensitive)]
            upper(secret)  =>  (sensitive)
            length(secret)  =>  (sensitive)
            length([secret])  =>  1
            keys(vault)  =>  ["closed", "open"]
            values(vault)  =>  [(sensitive), 1]
            vault.open  =>  1
            vault.closed  =>  (sensitive)
            vault["closed"]  =>  (sensitive)
            lookup(vault, "closed", 1)  =>  (sensitive)
            merge(vault, { more = 1 })  =>  { closed = (sensitive), more = 1, open = 1 }
            jsonencode(vault)  =>  (sensitive)
            join(",", [secret])  =>  (sensitive)
            { a = 1 }[secret]  =>  E0205 1:11 The map has no such key; it is not shown, as it is secret.
            try(tonumber(secret), 1)  =>  (sensitive)
            can(tonumber(secret))  =>  (sensitive)
            can(secret)  =>  true
            sha256(secret)  =>  (sensitive)
            type(secret)  =>  (sensitive)
            split("", secret)[0]  =>  (sensitive)
            [secret][0]  =>  (sensitive)
            [secret][*]  =>  [(sensitive)]
            vault.*.closed  =>  [(sensitive)]
            templatefile("greeting.tpl", { name = secret })  =>  (sensitive)
        "#]],
    );
}

#[test]
fn no_finding_shows_a_secret() {
    let arguments = ["secret", "[secret]", "{ hunter = secret }", "secret, secret", "secret, 1, 1"];
    let mut expressions: Vec<String> = FUNCTIONS
        .iter()
        .flat_map(|function| {
            arguments.iter().map(|arguments| format!("{}({arguments})", function.name))
        })
        .collect();
    for text in [
        "secret + 1",
        "-secret",
        "!secret",
        "secret.x",
        "secret[0]",
        "{ hunter3 = 1 }[secret]",
        "[1][secret]",
        "settings[secret]",
        "region.virginia[secret]",
        "\"${[secret]}\"",
        "[for x in secret : x]",
        "{ for x in [1, 2] : secret => x }",
        "secret && true",
        "secret ? 1 : 2",
        "max(secret...)",
        "templatefile(\"greeting.tpl\", { nam = secret })",
        "templatefile(\"greeting.tpl\", { name = [secret] })",
        "templatefile(secret, {})",
        "file(secret)",
        "env(secret)",
        "jsonencode(secret) + 1",
    ] {
        expressions.push(text.to_owned());
    }
    for expression in expressions {
        let shown = eval(&expression);
        assert!(!shown.contains("hunter2"), "{expression} => {shown}");
    }
}
