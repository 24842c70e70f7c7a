//! Expressions: values, operators, traversals, `for`, references.

use expect_test::expect;

use super::{check, check_one, check_references};

#[test]
fn literals() {
    check(
        r#"
        null
        true
        42
        -42
        1.5
        1e3
        2.5E-3
        9223372036854775807
        -9223372036854775808
        18446744073709551615
        1e400
        "text"
        ""
        "\n\r\t\"\\ \u00e4 \U0001F600"
        "$${a} %%{b} $ % $a"
        [1, "a", [], {}]
        [1, 2,]
        { a = 1, b : 2 }
        { "a b" = 1, (text) = 2, 3 = 4, true = 5, null = 6, for-ever = 7 }
        "#,
        &expect![[r#"
            null  =>  null
            true  =>  true
            42  =>  42
            -42  =>  -42
            1.5  =>  1.5
            1e3  =>  1000
            2.5E-3  =>  0.0025
            9223372036854775807  =>  9223372036854775807
            -9223372036854775808  =>  -9223372036854775808
            18446744073709551615  =>  18446744073709552000
            1e400  =>  E0001 1:2 This is not expected here.
            "text"  =>  "text"
            ""  =>  ""
            "\n\r\t\"\\ \u00e4 \U0001F600"  =>  "\n\r\t\"\\ ä 😀"
            "$${a} %%{b} $ % $a"  =>  "$${a} %%{b} $ % $a"
            [1, "a", [], {}]  =>  [1, "a", [], {}]
            [1, 2,]  =>  [1, 2]
            { a = 1, b : 2 }  =>  { a = 1, b = 2 }
            { "a b" = 1, (text) = 2, 3 = 4, true = 5, null = 6, for-ever = 7 }  =>  { "3" = 4, "a b" = 1, for-ever = 7, hello = 2, null = 6, true = 5 }
        "#]],
    );
    check_one(
        "{\n  a = 1\n  b = 2,\n  # comment\n  c = 3 // more\n}",
        &expect!["{ a = 1, b = 2, c = 3 }"],
    );
    check_one("[\n  1,\n  # comment\n  2,\n]", &expect!["[1, 2]"]);
}

#[test]
fn operators_bind_as_usual() {
    check(
        r#"
        1 + 2 * 3
        (1 + 2) * 3
        10 - 3 - 2
        2 * 3 % 4
        7 / 2
        6 / 2
        -7 % 3
        7.5 % 2
        1 < 2 == true
        1 + 1 == 2 && 3 > 2
        true || false && false
        (true || false) && false
        !true == false
        -2 - -3
        !(1 >= 2)
        1 <= 1.0
        true ? 1 : false ? 2 : 3
        1 == 1.0
        "1" == 1
        "1" + 2
        [1, 2] == [1, 2.0]
        { a = 1 } == { a = 1 }
        null == null
        null != 0
        9223372036854775807 + 1
        -(-9223372036854775807 - 1)
        9223372036854775807 * 2
        -9223372036854775808 % -1
        -9223372036854775808 / -1
        "#,
        &expect![[r#"
            1 + 2 * 3  =>  7
            (1 + 2) * 3  =>  9
            10 - 3 - 2  =>  5
            2 * 3 % 4  =>  2
            7 / 2  =>  3.5
            6 / 2  =>  3
            -7 % 3  =>  -1
            7.5 % 2  =>  1.5
            1 < 2 == true  =>  true
            1 + 1 == 2 && 3 > 2  =>  true
            true || false && false  =>  true
            (true || false) && false  =>  false
            !true == false  =>  true
            -2 - -3  =>  1
            !(1 >= 2)  =>  true
            1 <= 1.0  =>  true
            true ? 1 : false ? 2 : 3  =>  1
            1 == 1.0  =>  true
            "1" == 1  =>  false
            "1" + 2  =>  3
            [1, 2] == [1, 2.0]  =>  true
            { a = 1 } == { a = 1 }  =>  true
            null == null  =>  true
            null != 0  =>  true
            9223372036854775807 + 1  =>  9223372036854776000
            -(-9223372036854775807 - 1)  =>  9223372036854776000
            9223372036854775807 * 2  =>  18446744073709552000
            -9223372036854775808 % -1  =>  0
            -9223372036854775808 / -1  =>  9223372036854776000
        "#]],
    );
}

#[test]
fn what_is_not_needed_is_not_computed() {
    check(
        r"
        true ? 1 : 1 / 0
        false && 1 / 0 == 1
        true || nonsense
        try(nonsense, 1)
        can(nonsense)
        ",
        &expect![[r#"
            true ? 1 : 1 / 0  =>  1
            false && 1 / 0 == 1  =>  false
            true || nonsense  =>  true
            try(nonsense, 1)  =>  1
            can(nonsense)  =>  false
        "#]],
    );
}

#[test]
fn operators_say_what_they_take() {
    check(
        r#"
        1 / 0
        1 % 0
        1 % 0.0
        "a" + 1
        -"a"
        !1
        [1] < 2
        1 && true
        null + 1
        "yes" ? 1 : 2
        1e308 * 10
        "#,
        &expect![[r#"
            1 / 0  =>  E0205 1:1 A number cannot be divided by zero.
            1 % 0  =>  E0205 1:1 A number cannot be divided by zero.
            1 % 0.0  =>  E0205 1:1 A number cannot be divided by zero.
            "a" + 1  =>  E0106 1:1 `+` takes numbers, and this is a string.
            -"a"  =>  E0106 1:2 `-` takes numbers, and this is a string.
            !1  =>  E0106 1:2 `!` takes `true` or `false`, and this is a number.
            [1] < 2  =>  E0106 1:1 `<` takes numbers, and this is a list.
            1 && true  =>  E0106 1:1 `&&` takes `true` or `false`, and this is a number.
            null + 1  =>  E0106 1:1 `+` takes numbers, and this is null.
            "yes" ? 1 : 2  =>  E0106 1:1 A condition has to be `true` or `false`, and this is a string.
            1e308 * 10  =>  E0205 1:1 The result is too large a number.
        "#]],
    );
}

#[test]
fn steps() {
    check(
        r#"
        settings.url
        settings["url"]
        settings[text]
        names[0]
        names.1
        names["2"]
        servers[0].ports[1]
        servers.0.ports.1
        region.virginia
        region.virginia.location
        region.virginia["role"]
        [region.virginia][0].location
        servers[*].name
        servers.*.name
        servers[*].ports[0]
        servers.*.ports[0]
        servers[*]
        null_value[*].x
        settings[*].url
        region.virginia[*].location
        (servers[*].ports)[0]
        { a = { b = 1 } }.a.b
        [for s in servers : s][1].name
        settings.intervall
        settings.weight
        names[3]
        [1][1]
        [][0]
        names[-1]
        names[0.5]
        names["x"]
        names.name
        servers.name
        number.x
        null_value.x
        null_value[0]
        settings[names]
        region.virginia.size
        region.virginia[0]
        nothing.at.all
        "#,
        &expect![[r#"
            settings.url  =>  "https://x"
            settings["url"]  =>  "https://x"
            settings[text]  =>  E0205 1:10 There is no `hello` in it. (it has `failures`, `interval`, `url`)
            names[0]  =>  "a"
            names.1  =>  "b"
            names["2"]  =>  "c"
            servers[0].ports[1]  =>  443
            servers.0.ports.1  =>  443
            region.virginia  =>  region.virginia
            region.virginia.location  =>  "us-east-1"
            region.virginia["role"]  =>  "primary"
            [region.virginia][0].location  =>  "us-east-1"
            servers[*].name  =>  ["one", "two"]
            servers.*.name  =>  ["one", "two"]
            servers[*].ports[0]  =>  [80, 8080]
            servers.*.ports[0]  =>  [80, 443]
            servers[*]  =>  [{ live = true, name = "one", ports = [80, 443] }, { live = false, name = "two", ports = [8080] }]
            null_value[*].x  =>  []
            settings[*].url  =>  ["https://x"]
            region.virginia[*].location  =>  ["us-east-1"]
            (servers[*].ports)[0]  =>  [80, 443]
            { a = { b = 1 } }.a.b  =>  1
            [for s in servers : s][1].name  =>  "two"
            settings.intervall  =>  E0205 1:10 There is no `intervall` in it. (did you mean `interval`?)
            settings.weight  =>  E0205 1:10 There is no `weight` in it. (it has `failures`, `interval`, `url`)
            names[3]  =>  E0205 1:7 The list has 3 elements, numbered 0 to 2, and no element 3.
            [1][1]  =>  E0205 1:5 The list has one element, number 0, and no element 1.
            [][0]  =>  E0205 1:4 The list is empty, so it has no element 0.
            names[-1]  =>  E0205 1:7 The list has 3 elements, numbered 0 to 2, and no element -1.
            names[0.5]  =>  E0205 1:7 The list has 3 elements, numbered 0 to 2, and no element 0.5.
            names["x"]  =>  E0106 1:7 An element of a list is asked for by number, and this is a string.
            names.name  =>  E0205 1:7 This is a list, which has no attribute `name`. (write `[*].name` to take it of every element)
            servers.name  =>  E0205 1:9 This is a list, which has no attribute `name`. (write `[*].name` to take it of every element)
            number.x  =>  E0205 1:8 This is a number, which has no attribute `x`.
            null_value.x  =>  E0205 1:12 This is null, which has no attribute `x`.
            null_value[0]  =>  E0205 1:12 This is null, which has no elements.
            settings[names]  =>  E0106 1:10 An element of a map is asked for by key, and this is a list.
            region.virginia.size  =>  E0102 1:17 `region.virginia` has no `size`.
            region.virginia[0]  =>  E0106 1:17 A block's attribute is asked for by name, and this is a number.
            nothing.at.all  =>  E0201 1:1 Nothing is called `nothing`.
        "#]],
    );
}

#[test]
fn for_expressions() {
    check(
        r#"
        [for s in servers : s.name]
        [for i, s in servers : "${i}=${s.name}"]
        [for k, v in settings : k]
        [for s in servers : s.name if s.live]
        {for s in servers : s.name => s.ports[0]}
        {for s in servers : s.live => s.name...}
        {for k, v in settings : upper(k) => v if k != "url"}
        {for s in servers : "same" => s.name...}
        [for names in [[1], [2]] : names[0]]
        [for a in [1, 2] : [for b in [10, 20] : a * b]]
        [for a in [1] : [for a in [2] : a]]
        {for s in servers : "same" => s.name}
        {for s in servers : s => 1}
        [for x in 5 : x]
        [for x in null_value : x]
        [for s in servers : s.name if s.name]
        "#,
        &expect![[r#"
            [for s in servers : s.name]  =>  ["one", "two"]
            [for i, s in servers : "${i}=${s.name}"]  =>  ["0=one", "1=two"]
            [for k, v in settings : k]  =>  ["failures", "interval", "url"]
            [for s in servers : s.name if s.live]  =>  ["one"]
            {for s in servers : s.name => s.ports[0]}  =>  { one = 80, two = 8080 }
            {for s in servers : s.live => s.name...}  =>  { false = ["two"], true = ["one"] }
            {for k, v in settings : upper(k) => v if k != "url"}  =>  { FAILURES = 3, INTERVAL = 10 }
            {for s in servers : "same" => s.name...}  =>  { same = ["one", "two"] }
            [for names in [[1], [2]] : names[0]]  =>  [1, 2]
            [for a in [1, 2] : [for b in [10, 20] : a * b]]  =>  [[10, 20], [20, 40]]
            [for a in [1] : [for a in [2] : a]]  =>  [[2]]
            {for s in servers : "same" => s.name}  =>  E0205 1:21 Two elements have the key `same`, and one would be lost. (write `...` after the value to collect them in lists)
            {for s in servers : s => 1}  =>  E0106 1:21 A key has to be a string, and this is a map.
            [for x in 5 : x]  =>  E0106 1:11 `for` goes through a list or a map, and this is a number.
            [for x in null_value : x]  =>  E0106 1:11 `for` goes through a list or a map, and this is null.
            [for s in servers : s.name if s.name]  =>  E0106 1:31 A condition has to be `true` or `false`, and this is a string.
        "#]],
    );
    check_one(
        "[\n  for s in servers :\n  # why\n  s.name\n  if s.live\n]",
        &expect![[r#"["one"]"#]],
    );
}

#[test]
fn calls() {
    check(
        r#"
        upper("a")
        max(1, 2, 3,)
        max([1, 2]...)
        upper (text)
        provider::x::y(1)
        upper("a"
        "#,
        &expect![[r#"
            upper("a")  =>  "A"
            max(1, 2, 3,)  =>  3
            max([1, 2]...)  =>  2
            upper (text)  =>  "HELLO"
            provider::x::y(1)  =>  E0202 1:14 There is no function `provider::x::y`.
            upper("a"  =>  E0001 1:6 This `(` is never closed with `)`.
        "#]],
    );
    check_one("join(\n  \",\",\n  # comment\n  names,\n)", &expect![[r#""a,b,c""#]]);
}

#[test]
fn references_are_found_without_evaluation() {
    check_references(
        r#"region.virginia.location == each.value["key"].x[0][number] ? local.a[*].b : "${var.c} %{ if var.d }${path}%{ endif }""#,
        &expect![[r#"
            region ["virginia", "location"] `region.virginia.location`
            each ["value", "key", "x", "0"] `each.value["key"].x[0`
            number [] `number`
            local ["a"] `local.a`
            var ["c"] `var.c`
            var ["d"] `var.d`
            path [] `path`
        "#]],
    );
    check_references(
        "[for k, v in region : { (k) = v.location, o = other.k } if v.x != k2]",
        &expect![[r#"
            region [] `region`
            other ["k"] `other.k`
            k2 [] `k2`
        "#]],
    );
    check_references(
        "{ for k in k : k => f(a, -b, !c, (d).e)... }",
        &expect![[r#"
        k [] `k`
        a [] `a`
        b [] `b`
        c [] `c`
        d ["e"] `d).e`
    "#]],
    );
    check_references(
        "\"%{ for x in xs }${x}${y}%{ endfor }${x}\"",
        &expect![[r#"
            xs [] `xs`
            y [] `y`
            x [] `x`
        "#]],
    );
    check_references("[1, \"a\", { b = true }]", &expect![[""]]);
}
