//! Functions: every example of the tables, and what goes wrong.

use expect_test::expect;

use super::super::FUNCTIONS;
use super::{check, eval};

#[test]
fn every_example_comes_out_as_documented() {
    let wrong: Vec<String> = FUNCTIONS
        .iter()
        .map(|function| (function, eval(function.example)))
        .filter(|(function, value)| value != function.result)
        .map(|(function, value)| format!("{}: {value}, not {}", function.example, function.result))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_are_in_order() {
    let mut names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name stands twice");
    let mut categories: Vec<&str> = FUNCTIONS.iter().map(|function| function.category).collect();
    categories.dedup();
    let runs = categories.len();
    categories.sort_unstable();
    categories.dedup();
    assert_eq!(runs, categories.len(), "categories are not contiguous");
    for function in FUNCTIONS {
        assert!(function.signature.starts_with(&format!("{}(", function.name)));
        assert!(function.summary.ends_with('.'), "{}", function.name);
        assert!(function.example.contains(function.name), "{}", function.name);
    }
}

#[test]
fn wrong_calls_say_how_it_is_called() {
    check(
        r#"
        uper("a")
        upper()
        upper("a", "b")
        max()
        lookup({ a = 1 })
        join(",", "a")
        join(",", [[]])
        upper([1])
        substr("abc", 0.5, 1)
        element([], 0)
        lookup({ alpha = 1 }, "alhpa")
        tonumber("1x")
        tobool("yes")
        regex("(", "a")
        regex("[0-9]+", "abc")
        jsondecode("{")
        base64decode("/w==")
        parseint("zz", 16)
        parseint("1", 99)
        one([1, 2])
        index(["a"], "b")
        slice([1, 2], 1, 5)
        slice([1, 2], 2, 1)
        range(1, 5, -1)
        chunklist([1], 0)
        zipmap(["a"], [])
        coalesce(null, "")
        format("%d", "x")
        format("%s")
        format("%s", "a", "b")
        format("%y", 1)
        formatlist("%s%s", ["a"], ["b", "c"])
        log(0, 10)
        pow(10, 400)
        file("missing.txt")
        templatefile("greeting.tpl", { nam = 1 })
        templatefile("broken.tpl", {})
        templatefile("nested.tpl", {})
        env("MISSING")
        max(["a"]...)
        max(1...)
        "#,
        &expect![[r#"
            uper("a")  =>  E0202 1:1 There is no function `uper`. (did you mean `upper`?)
            upper()  =>  E0203 1:1 `upper` takes one argument, and none is given. (it is called as `upper(string)`)
            upper("a", "b")  =>  E0203 1:1 `upper` takes one argument, and 2 are given. (it is called as `upper(string)`)
            max()  =>  E0203 1:1 `max` failed: it needs at least one number. (it is called as `max(numbers...)`)
            lookup({ a = 1 })  =>  E0203 1:1 `lookup` takes 2 to 3 arguments, and one is given. (it is called as `lookup(map, key, [default])`)
            join(",", "a")  =>  E0203 1:1 `join` failed: `lists` has to be a list, and is a string. (it is called as `join(separator, lists...)`)
            join(",", [[]])  =>  E0203 1:1 `join` failed: `lists` has to be a list of strings, and holds a list. (it is called as `join(separator, lists...)`)
            upper([1])  =>  E0203 1:1 `upper` failed: `string` has to be a string, and is a list. (it is called as `upper(string)`)
            substr("abc", 0.5, 1)  =>  E0203 1:1 `substr` failed: `offset` is 0.5, which is not whole. (it is called as `substr(string, offset, length)`)
            element([], 0)  =>  E0203 1:1 `element` failed: `list` is empty. (it is called as `element(list, index)`)
            lookup({ alpha = 1 }, "alhpa")  =>  E0203 1:1 `lookup` failed: the map has no key `alhpa`, and there is no default (did you mean `alpha`?). (it is called as `lookup(map, key, [default])`)
            tonumber("1x")  =>  E0203 1:1 `tonumber` failed: `value` has to be a number, and is a string. (it is called as `tonumber(value)`)
            tobool("yes")  =>  E0203 1:1 `tobool` failed: `value` has to be a bool, and is a string. (it is called as `tobool(value)`)
            regex("(", "a")  =>  E0203 1:1 `regex` failed: `pattern` is no regular expression: found open group without closing ')'. (it is called as `regex(pattern, string)`)
            regex("[0-9]+", "abc")  =>  E0203 1:1 `regex` failed: `string` does not match the pattern. (it is called as `regex(pattern, string)`)
            jsondecode("{")  =>  E0203 1:1 `jsondecode` failed: `string` is no JSON: EOF while parsing an object at line 1 column 1. (it is called as `jsondecode(string)`)
            base64decode("/w==")  =>  E0203 1:1 `base64decode` failed: `string` holds bytes that are no UTF-8 text. (it is called as `base64decode(string)`)
            parseint("zz", 16)  =>  E0203 1:1 `parseint` failed: `string` is no whole number of base 16 up to 64 bits. (it is called as `parseint(string, base)`)
            parseint("1", 99)  =>  E0203 1:1 `parseint` failed: `base` has to be from 2 to 36. (it is called as `parseint(string, base)`)
            one([1, 2])  =>  E0203 1:1 `one` failed: `list` has 2 elements. (it is called as `one(list)`)
            index(["a"], "b")  =>  E0203 1:1 `index` failed: `list` does not hold the value. (it is called as `index(list, value)`)
            slice([1, 2], 1, 5)  =>  E0203 1:1 `slice` failed: `end` is 5, and the list has 2. (it is called as `slice(list, start, end)`)
            slice([1, 2], 2, 1)  =>  E0203 1:1 `slice` failed: `start` lies behind `end`. (it is called as `slice(list, start, end)`)
            range(1, 5, -1)  =>  E0203 1:1 `range` failed: the step does not lead from the start to the limit. (it is called as `range(limits...)`)
            chunklist([1], 0)  =>  E0203 1:1 `chunklist` failed: `size` cannot be 0. (it is called as `chunklist(list, size)`)
            zipmap(["a"], [])  =>  E0203 1:1 `zipmap` failed: there are 1 keys and 0 values. (it is called as `zipmap(keys, values)`)
            coalesce(null, "")  =>  E0203 1:1 `coalesce` failed: every value is null or empty. (it is called as `coalesce(values...)`)
            format("%d", "x")  =>  E0203 1:1 `format` failed: `%d` takes a number, and is given a string. (it is called as `format(format, values...)`)
            format("%s")  =>  E0203 1:1 `format` failed: the format asks for value 1, and there is none. (it is called as `format(format, values...)`)
            format("%s", "a", "b")  =>  E0203 1:1 `format` failed: the format uses 1 of 2 values. (it is called as `format(format, values...)`)
            format("%y", 1)  =>  E0203 1:1 `format` failed: there is no verb `%y`. (it is called as `format(format, values...)`)
            formatlist("%s%s", ["a"], ["b", "c"])  =>  E0203 1:1 `formatlist` failed: the lists have different lengths. (it is called as `formatlist(format, values...)`)
            log(0, 10)  =>  E0203 1:1 `log` failed: the result is no number. (it is called as `log(number, base)`)
            pow(10, 400)  =>  E0203 1:1 `pow` failed: the result is no number. (it is called as `pow(number, exponent)`)
            file("missing.txt")  =>  E0203 1:1 `missing.txt` cannot be read.
            templatefile("greeting.tpl", { nam = 1 })  =>  E0201 1:1 In the template `greeting.tpl`: the template is given nothing called `name`. (did you mean `nam`?)
            templatefile("broken.tpl", {})  =>  E0203 1:1 `templatefile` failed: `broken.tpl` is no template: line 2, column 1: unexpected token. (it is called as `templatefile(path, values)`)
            templatefile("nested.tpl", {})  =>  E0203 1:1 In the template `nested.tpl`: `templatefile` failed: a template file cannot include another one. (it is called as `templatefile(path, values)`)
            env("MISSING")  =>  E0203 1:1 `env` failed: the environment has no variable `MISSING`. (it is called as `env(name)`)
            max(["a"]...)  =>  E0203 1:1 `max` failed: `numbers` has to be a number, and is a string. (it is called as `max(numbers...)`)
            max(1...)  =>  E0106 1:5 `...` takes a list, and this is a number.
        "#]],
    );
}

#[test]
fn results_are_those_people_know() {
    check(
        r#"
        title("hello-world it's")
        split("", "abc")
        split(",", "")
        join("-", ["a", 1, true], ["b"])
        replace("hello world", "/w.*d/", "$0!")
        replace("aaa", "", "-")
        regex("(\\d+)-(\\d+)", "x 12-34")
        regex("(?P<low>\\d+)-(?P<high>\\d+)", "12-34")
        regexall("(\\w)(\\d)", "a1 b2")
        format("%5.2f|%-6s|%06d|%+d|%x|%o|%b|%e|%%|%v|%q", 3.14159, "ab", 42, 7, 255, 8, 5, 1234.5, [1, "a"], "q\"")
        format("%[2]s %[1]s", "a", "b")
        format("%s %t %#v", 1.5, "true", "x")
        formatlist("%s-%d", "web", [1, 2])
        substr("hello", -3, 2)
        substr("äöü", 1, -1)
        length("äöü")
        length({ a = 1 })
        merge({ a = 1 }, null, { a = 2, b = 3 })
        flatten([[1, [2]], 3])
        distinct([1, 1.0, "1", true, true])
        toset([3, 1, 2, 1])
        toset(["10", "9"])
        contains(["1"], 1)
        element(["a", "b"], -1)
        range(3)
        range(5, 1, -2)
        range(0, 1, 0.25)
        sum([0.5, 1])
        sum([])
        transpose({})
        alltrue([])
        anytrue([])
        setproduct(["a"], [])
        tolist(null)
        coalescelist([], null, ["a"])
        tostring(1e3)
        tonumber("1e3")
        type(region.virginia)
        jsonencode("<a&b>")
        jsonencode({ b = null, a = [1.5, "x"] })
        jsondecode("[1, 2.0, 1e400]")
        jsondecode("18446744073709551615")
        urlencode("ä ~/")
        abs(-9223372036854775808)
        ceil(-1.5)
        floor(-1.5)
        signum(-0.5)
        log(8, 2)
        pow(2, 0.5)
        pow(2, 62)
        pow(2, 64)
        parseint("-7f", 16)
        min(3, 1, 2)
        max([3, "10", 7]...)
        try(settings.nope, settings.interval)
        try(1 / 0, "x" - 1)
        can(settings.nope)
        can(settings.url)
        templatefile("list.tpl", { names = ["a", "b"] })
        "#,
        &expect![[r#"
            title("hello-world it's")  =>  "Hello-World It's"
            split("", "abc")  =>  ["a", "b", "c"]
            split(",", "")  =>  [""]
            join("-", ["a", 1, true], ["b"])  =>  "a-1-true-b"
            replace("hello world", "/w.*d/", "$0!")  =>  "hello world!"
            replace("aaa", "", "-")  =>  "-a-a-a-"
            regex("(\\d+)-(\\d+)", "x 12-34")  =>  ["12", "34"]
            regex("(?P<low>\\d+)-(?P<high>\\d+)", "12-34")  =>  { high = "34", low = "12" }
            regexall("(\\w)(\\d)", "a1 b2")  =>  [["a", "1"], ["b", "2"]]
            format("%5.2f|%-6s|%06d|%+d|%x|%o|%b|%e|%%|%v|%q", 3.14159, "ab", 42, 7, 255, 8, 5, 1234.5, [1, "a"], "q\"")  =>  " 3.14|ab    |000042|+7|ff|10|101|1.234500e+03|%|[1,\"a\"]|\"q\\\"\""
            format("%[2]s %[1]s", "a", "b")  =>  "b a"
            format("%s %t %#v", 1.5, "true", "x")  =>  "1.5 true \"x\""
            formatlist("%s-%d", "web", [1, 2])  =>  ["web-1", "web-2"]
            substr("hello", -3, 2)  =>  "ll"
            substr("äöü", 1, -1)  =>  "öü"
            length("äöü")  =>  3
            length({ a = 1 })  =>  1
            merge({ a = 1 }, null, { a = 2, b = 3 })  =>  { a = 2, b = 3 }
            flatten([[1, [2]], 3])  =>  [1, 2, 3]
            distinct([1, 1.0, "1", true, true])  =>  [1, "1", true]
            toset([3, 1, 2, 1])  =>  [1, 2, 3]
            toset(["10", "9"])  =>  ["10", "9"]
            contains(["1"], 1)  =>  false
            element(["a", "b"], -1)  =>  "b"
            range(3)  =>  [0, 1, 2]
            range(5, 1, -2)  =>  [5, 3]
            range(0, 1, 0.25)  =>  [0, 0.25, 0.5, 0.75]
            sum([0.5, 1])  =>  1.5
            sum([])  =>  0
            transpose({})  =>  {}
            alltrue([])  =>  true
            anytrue([])  =>  false
            setproduct(["a"], [])  =>  []
            tolist(null)  =>  null
            coalescelist([], null, ["a"])  =>  ["a"]
            tostring(1e3)  =>  "1000"
            tonumber("1e3")  =>  1000
            type(region.virginia)  =>  "region block"
            jsonencode("<a&b>")  =>  "\"\\u003ca\\u0026b\\u003e\""
            jsonencode({ b = null, a = [1.5, "x"] })  =>  "{\"a\":[1.5,\"x\"],\"b\":null}"
            jsondecode("[1, 2.0, 1e400]")  =>  E0203 1:1 `jsondecode` failed: `string` is no JSON: number out of range at line 1 column 14. (it is called as `jsondecode(string)`)
            jsondecode("18446744073709551615")  =>  18446744073709552000
            urlencode("ä ~/")  =>  "%C3%A4+~%2F"
            abs(-9223372036854775808)  =>  9223372036854776000
            ceil(-1.5)  =>  -1
            floor(-1.5)  =>  -2
            signum(-0.5)  =>  -1
            log(8, 2)  =>  3
            pow(2, 0.5)  =>  1.4142135623730951
            pow(2, 62)  =>  4611686018427387904
            pow(2, 64)  =>  18446744073709552000
            parseint("-7f", 16)  =>  -127
            min(3, 1, 2)  =>  1
            max([3, "10", 7]...)  =>  10
            try(settings.nope, settings.interval)  =>  10
            try(1 / 0, "x" - 1)  =>  E0106 1:12 `-` takes numbers, and this is a string.
            can(settings.nope)  =>  false
            can(settings.url)  =>  true
            templatefile("list.tpl", { names = ["a", "b"] })  =>  "- a\n- b\n"
        "#]],
    );
}

#[test]
fn networks() {
    check(
        r#"
        cidrhost("10.0.0.0/8", -2)
        cidrhost("10.0.0.0/30", 4)
        cidrhost("2001:db8::/32", 5)
        cidrhost("10.0.0.17/28", 1)
        cidrhost("::/0", -1)
        cidrnetmask("0.0.0.0/0")
        cidrnetmask("::/0")
        cidrsubnet("10.0.0.0/8", 8, 255)
        cidrsubnet("10.0.0.0/8", 8, 256)
        cidrsubnet("10.0.0.0/8", 25, 0)
        cidrsubnet("2001:db8::/32", 96, 3)
        cidrsubnet("::/0", 128, 1)
        cidrsubnet("10.0.0.0/32", 0, 0)
        cidrsubnets("10.0.0.0/8", 24, 1)
        cidrsubnets("10.0.0.0/8", 1, 1, 1)
        cidrcontains("10.0.0.0/8", "10.1.0.0/16")
        cidrcontains("10.1.0.0/16", "10.0.0.0/8")
        cidrcontains("10.0.0.0/8", "::1")
        cidrcontains("10.0.0.0/8", "nonsense")
        cidrhost("10.0.0.0/33", 1)
        cidrhost("10.0.0.0/+8", 1)
        cidrhost("10.0.0.0", 1)
        "#,
        &expect![[r#"
            cidrhost("10.0.0.0/8", -2)  =>  "10.255.255.254"
            cidrhost("10.0.0.0/30", 4)  =>  E0203 1:1 `cidrhost` failed: `number` is 4, which lies outside of the network. (it is called as `cidrhost(prefix, number)`)
            cidrhost("2001:db8::/32", 5)  =>  "2001:db8::5"
            cidrhost("10.0.0.17/28", 1)  =>  "10.0.0.17"
            cidrhost("::/0", -1)  =>  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            cidrnetmask("0.0.0.0/0")  =>  "0.0.0.0"
            cidrnetmask("::/0")  =>  E0203 1:1 `cidrnetmask` failed: `prefix` is an IPv6 network, which has no netmask. (it is called as `cidrnetmask(prefix)`)
            cidrsubnet("10.0.0.0/8", 8, 255)  =>  "10.255.0.0/16"
            cidrsubnet("10.0.0.0/8", 8, 256)  =>  E0203 1:1 `cidrsubnet` failed: 8 more bits make no network number 256. (it is called as `cidrsubnet(prefix, newbits, number)`)
            cidrsubnet("10.0.0.0/8", 25, 0)  =>  E0203 1:1 `cidrsubnet` failed: a network of length 8 cannot be longer by 25 of 32 bits. (it is called as `cidrsubnet(prefix, newbits, number)`)
            cidrsubnet("2001:db8::/32", 96, 3)  =>  "2001:db8::3/128"
            cidrsubnet("::/0", 128, 1)  =>  "::1/128"
            cidrsubnet("10.0.0.0/32", 0, 0)  =>  "10.0.0.0/32"
            cidrsubnets("10.0.0.0/8", 24, 1)  =>  ["10.0.0.0/32", "10.128.0.0/9"]
            cidrsubnets("10.0.0.0/8", 1, 1, 1)  =>  E0203 1:1 `cidrsubnets` failed: the network has no room for part 3. (it is called as `cidrsubnets(prefix, newbits...)`)
            cidrcontains("10.0.0.0/8", "10.1.0.0/16")  =>  true
            cidrcontains("10.1.0.0/16", "10.0.0.0/8")  =>  false
            cidrcontains("10.0.0.0/8", "::1")  =>  false
            cidrcontains("10.0.0.0/8", "nonsense")  =>  E0203 1:1 `cidrcontains` failed: `address` has to be an address or a network. (it is called as `cidrcontains(prefix, address)`)
            cidrhost("10.0.0.0/33", 1)  =>  E0203 1:1 `cidrhost` failed: `prefix` has to be a network such as `10.0.0.0/16`. (it is called as `cidrhost(prefix, number)`)
            cidrhost("10.0.0.0/+8", 1)  =>  E0203 1:1 `cidrhost` failed: `prefix` has to be a network such as `10.0.0.0/16`. (it is called as `cidrhost(prefix, number)`)
            cidrhost("10.0.0.0", 1)  =>  E0203 1:1 `cidrhost` failed: `prefix` has to be a network such as `10.0.0.0/16`. (it is called as `cidrhost(prefix, number)`)
        "#]],
    );
}

#[test]
fn results_have_a_limit() {
    check(
        r#"
        length(range(1000000))
        range(1000001)
        setproduct(range(1000), range(1001))
        length(format("%9999999d", 1))
        length(format("%999999d%999999d", 1, 2))
        indent(20000000, "a\nb")
        replace(format("%999999d", 1), " ", format("%99d", 1))
        length([for a in range(1000) : [for b in range(1001) : 1]])
        length([for a in range(100000) : [for b in range(100000) : 1] if false])
        concat(range(600000), range(600000))
        join(",", [for i in range(20) : format("%999999s", i)])
        "#,
        &expect![[r#"
            length(range(1000000))  =>  1000000
            range(1000001)  =>  E0203 1:1 `range` failed: the result has more than 1000000 elements. (it is called as `range(limits...)`)
            setproduct(range(1000), range(1001))  =>  E0203 1:1 `setproduct` failed: the result has more than 1000000 elements. (it is called as `setproduct(lists...)`)
            length(format("%9999999d", 1))  =>  E0203 1:8 `format` failed: the format asks for more than 1000000 characters. (it is called as `format(format, values...)`)
            length(format("%999999d%999999d", 1, 2))  =>  1999998
            indent(20000000, "a\nb")  =>  E0203 1:1 `indent` failed: the result exceeds 16 MiB of text. (it is called as `indent(spaces, string)`)
            replace(format("%999999d", 1), " ", format("%99d", 1))  =>  E0203 1:1 `replace` failed: the result exceeds 16 MiB of text. (it is called as `replace(string, part, replacement)`)
            length([for a in range(1000) : [for b in range(1001) : 1]])  =>  E0205 1:8 The value is too large: it holds more than 1000000 elements.
            length([for a in range(100000) : [for b in range(100000) : 1] if false])  =>  0
            concat(range(600000), range(600000))  =>  E0203 1:1 `concat` failed: the result has more than 1000000 elements. (it is called as `concat(lists...)`)
            join(",", [for i in range(20) : format("%999999s", i)])  =>  E0205 1:11 The value is too large: it holds more than 16 MiB of text.
        "#]],
    );
}
