//! What the types of variables make of values.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::desired::check;

/// The values that variables of these types get from these defaults.
fn converts(cases: &[(&str, &str)], expected: Expect) {
    let mut text = String::new();
    for (at, (takes, default)) in cases.iter().enumerate() {
        writeln!(
            text,
            "variable \"v{at}\" {{\n  type    = {takes}\n  default = {default}\n}}\n\
             output \"v{at}\" {{\n  value = var.v{at}\n}}"
        )
        .unwrap();
    }
    check(&text, expected);
}

#[test]
fn simple_types_convert_where_nothing_is_lost() {
    let cases = [
        ("string", "12"),
        ("string", "true"),
        ("number", "\"1.5\""),
        ("number", "\"many\""),
        ("bool", "\"true\""),
        ("bool", "1"),
        ("string", "null"),
    ];
    converts(
        &cases,
        expect![[r#"
        v0 = "12"
        v1 = "true"
        v2 = 1.5
        v3 = null
        v4 = true
        v5 = null
        v6 = null
        E0303 line 25: The value by default does not fit the variable's type: a number is needed, this is a string.
        E0303 line 39: The value by default does not fit the variable's type: a bool is needed, this is a number.
    "#]],
    );
}

#[test]
fn collections_convert_their_elements() {
    let cases = [
        ("list(number)", "[\"1\", 2]"),
        ("list(number)", "[1, \"x\"]"),
        ("set(string)", "[\"b\", \"a\", \"b\"]"),
        ("set(number)", "[1, \"1\"]"),
        ("map(string)", "{ a = 1, b = true }"),
        ("map(list(number))", "{ a = [1], b = [\"x\"] }"),
        ("list(string)", "\"a\""),
        ("tuple([string, number])", "[1, \"2\"]"),
        ("tuple([])", "[]"),
    ];
    converts(
        &cases,
        expect![[r#"
        v0 = [1, 2]
        v1 = null
        v2 = ["b", "a"]
        v3 = [1]
        v4 = { a = "1", b = "true" }
        v5 = null
        v6 = null
        v7 = ["1", 2]
        v8 = []
        E0303 line 11: The value by default does not fit the variable's type: at index 1: a number is needed, this is a string.
        E0303 line 39: The value by default does not fit the variable's type: at `b`: at index 0: a number is needed, this is a string.
        E0303 line 46: The value by default does not fit the variable's type: a list is needed, this is a string.
    "#]],
    );
}

#[test]
fn objects_fill_in_what_is_optional_and_drop_what_is_not_named() {
    let takes = "object({ name = string, port = optional(number, 80), note = optional(string) })";
    let cases = [
        (takes, "{ name = \"a\", extra = 1 }"),
        (takes, "{ name = \"a\", port = \"81\", note = \"n\" }"),
        (takes, "{ name = \"a\", port = null }"),
        (takes, "{ port = 1 }"),
        ("map(object({ name = string }))", "{ a = { name = [] } }"),
        ("object({})", "{ a = 1 }"),
    ];
    converts(
        &cases,
        expect![[r#"
        v0 = { name = "a", note = null, port = 80 }
        v1 = { name = "a", note = "n", port = 81 }
        v2 = { name = "a", note = null, port = 80 }
        v3 = null
        v4 = null
        v5 = {}
        E0303 line 25: The value by default does not fit the variable's type: attribute `name` is missing.
        E0303 line 32: The value by default does not fit the variable's type: at `a`: attribute `name`: a string is needed, this is a list.
    "#]],
    );
}

#[test]
fn what_is_no_type_is_refused() {
    let cases = [
        ("text", "1"),
        ("list", "1"),
        ("list(string, number)", "1"),
        ("\"string\"", "1"),
        ("object([string])", "1"),
    ];
    converts(
        &cases,
        expect![[r"
        v0 = null
        v1 = null
        v2 = null
        v3 = null
        v4 = null
        E0106 line 3: This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `tuple([...])` or `object({ ... })`.
        E0106 line 10: This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `tuple([...])` or `object({ ... })`.
        E0106 line 17: This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `tuple([...])` or `object({ ... })`.
        E0106 line 24: This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `tuple([...])` or `object({ ... })`.
        E0106 line 31: This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `tuple([...])` or `object({ ... })`.
    "]],
    );
}
