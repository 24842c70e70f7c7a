//! Blocks and attributes, and where they stand.

use expect_test::expect;

use super::{check_document, check_rendered};

#[test]
fn blocks_labels_attributes_and_comments() {
    check_document(
        r#"
# one
lifeboat {
  stack = "shop" # two
  // three
  /* four
     } */
}
region "virginia" {}
region bare { location = "x" }
failover "a" "b" {
  name-with-dashes = 1
  _under = 2
  target "x" { # five
    tier = 1

    deep "y" { z = true }
  }
  größe = "ä"
}
"#,
        &expect![[r#"
            lifeboat @3:1
              stack = "shop"
            region "virginia" @9:1
            region "bare" @10:1
              location = "x"
            failover "a" "b" @11:1
              name-with-dashes = 1
              _under = 2
              größe = "ä"
              target "x" @14:3
                tier = 1
                deep "y" @17:5
                  z = true
        "#]],
    );
}

#[test]
fn variable_files_hold_attributes() {
    check_document(
        "\u{feff}a = 1\r\nb = [\r\n  1, # x\r\n  2\r\n]\r\nc = {\n  d = \"e\"\n}\na = 2\n",
        &expect![[r#"
            a = 1
            b = [1, 2]
            c = { d = "e" }
            E0005 9:1 1:2 `a` has a value already, and one of the two would be lost.
        "#]],
    );
}

#[test]
fn an_empty_document_holds_nothing() {
    for text in ["", "\n\n", "# only\n/* comments */", "\u{feff}", "\u{feff}\r\n// x"] {
        check_document(text, &expect![[""]]);
    }
}

#[test]
fn brackets_in_strings_templates_and_heredocs_are_text() {
    check_document(
        r#"
a = "}"
b = "$${ %%{ \" { [ ("
c = "${"}"}${[for x in ["{"] : x][0]}"
d = <<EOT
} ] ) " ${"<<EOT"} $${
  EOTA
  EOT
e = <<-END
    %{ if true }{%{ endif }
    END
f = "${<<X
nested }
X
}"
g = 1
"#,
        &expect![[r#"
            a = "}"
            b = "$${ %%{ \" { [ ("
            c = "}{"
            d = "} ] ) \" <<EOT $${\n  EOTA\n"
            e = "{\n"
            f = "nested }\n"
            g = 1
        "#]],
    );
}

#[test]
fn each_broken_block_has_its_own_finding() {
    check_document(
        r#"
good "one" {
  a = 1
}
bad "string" {
  a = "never closed
  b = 2
}
bad "bracket" {
  a = [1, 2}
  b = 2
}
bad "value" {
  a =
}
bad "twice" {
  a = 1
  a = 2
}
bad "key" {
  a = { x = 1, x = 2 }
}
bad "stray" {
  a = 1
}}
bad "number" {
  a = 1a
}
bad "comma" {
  a = [1 2]
}
bad "escape" {
  a = "\q"
}
bad "header" =  {
}
good "two" {
  a = 2
}
"#,
        &expect![[r#"
            good "one" @2:1
              a = 1
            good "two" @37:1
              a = 2
            E0001 6:7 This string is not closed with `"` on its line. Text of several lines is written as a heredoc, or with `\n`.
            E0001 10:12 10:7 This `}` stands where `]` is needed first.
            E0001 14:6 A value is expected here and nothing stands there: write a string in quotes, a number, a list, an object, a reference or a function call.
            E0005 18:3 17:3 `a` has a value already, and one of the two would be lost.
            E0005 21:16 `x` has a value already, and one of the two would be lost.
            E0001 25:2 This `}` closes nothing.
            E0001 27:8 Expected a new line.
            E0001 30:10 Expected `]`.
            E0001 33:10 Invalid escape sequence; expected `n`, `r`, `t`, `u`, `U`, `\` or `"`.
            E0001 35:14 Expected `{`.
        "#]],
    );
}

#[test]
fn what_is_never_closed_does_not_hide_what_follows() {
    check_document(
        "a {\n  b = 1\n\nc {\n  d = 2\n}\n",
        &expect![[r#"
        c @4:1
          d = 2
        E0001 1:3 This block is never closed with `}`.
    "#]],
    );
    check_document(
        "a {\n  b = <<EOT\n}\n\nc {\n  d = 2\n}\n",
        &expect![[r#"
        c @5:1
          d = 2
        E0001 2:7 No line with `EOT` alone closes this heredoc.
    "#]],
    );
    check_document(
        "a {\n  b = 1 /* no end\n}\n\nc {\n  d = 2\n}\n",
        &expect![[r#"
        c @5:1
          d = 2
        E0001 2:9 This comment is never closed with `*/`.
    "#]],
    );
    check_document(
        "a {\n  b = \"${1\n}\n\nc {\n  d = 2\n}\n",
        &expect![[r#"
        c @5:1
          d = 2
        E0001 2:7 This string is not closed with `"` on its line. Text of several lines is written as a heredoc, or with `\n`.
    "#]],
    );
    check_document(
        "a {\n  b = (1\n}\n\nc {\n  d = 2\n}\n",
        &expect![[r#"
        c @5:1
          d = 2
        E0001 3:1 2:7 This `}` stands where `)` is needed first.
    "#]],
    );
}

#[test]
fn findings_point_into_the_file() {
    check_rendered(
        "region \"virginia\" {\n  provider = \"aws\"\n  location = [\"us-east-1\"}\n}\n\n\
         zone \"main\" {\n  name = \"example.com\"\n  name = \"example.org\"\n  ttl  = \n}\n",
        &expect![[r#"
            error[E0001]: Syntax error
             --> main.hcl:3:26
              |
            3 |   location = ["us-east-1"}
              |                          ^
              |
             ::: main.hcl:3:14
              |
            3 |   location = ["us-east-1"}
              |              - opened here
              |
              = This `}` stands where `]` is needed first.

            error[E0005]: Attribute set twice
             --> main.hcl:8:3
              |
            8 |   name = "example.org"
              |   ^^^^
              |
             ::: main.hcl:7:3
              |
            7 |   name = "example.com"
              |   ---- first set here
              |
              = `name` has a value already, and one of the two would be lost.

        "#]],
    );
}
