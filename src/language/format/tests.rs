//! Tables of before and after, and the promises that hold for any text.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use super::{format, same_meaning, tokens};

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let formatted = format(text);
    expected.assert_eq(&formatted);
    assert_eq!(format(&formatted), formatted, "formatting twice changes something");
    assert_keeps_meaning(text);
}

#[track_caller]
fn check_unchanged(text: &str) {
    assert_eq!(format(text), text);
}

#[track_caller]
fn assert_keeps_meaning(text: &str) {
    let formatted = format(text);
    let before = tokens::read(text).unwrap();
    let after = tokens::read(&formatted).unwrap();
    assert!(same_meaning((text, &before), (&formatted, &after)), "{text:?} became {formatted:?}");
}

/// Something of everything: each test of a promise runs over it.
const SAMPLE: &str = r##"# Regions
region   "eu"  {
name="eu-west-1"   # Dublin
  tier =  1 // first

}
/* many
     lines */
variable "ports"{ default=[80,443 ] }
locals {
 text = "a ${ join( "," , [ for x in var.ports: "%{ if x>1 }p${x}%{endif}" ] ) } $${b} \" é"
 body = <<-EOT
      line ${ upper( "x" ) }   
    EOTX
   %%{ not } $${ not }
  EOT
 longer_name = f( -1 , a-1, a - 1, x... ) # why
 map = { a=1,"b"=2 , (c)=! d }
 nested = [{
 a=1
 },{
 b= a ?-1:+2
 }]
 splat=foo.*.id[ 0 ].bar[*]   . baz
 deep = merge(
 { a=1 },
 [ 1,
 2 ][0]
 )
 object = { for k , v in{a = 1}:k=>v... if v>=2 && k!="x"||provider::ns::f( 1.5e-3 ) }
}
"##;

#[test]
fn a_rich_sample() {
    check(
        SAMPLE,
        &expect![[r##"
            # Regions
            region "eu" {
              name = "eu-west-1" # Dublin
              tier = 1           // first

            }
            /* many
                 lines */
            variable "ports" { default = [80, 443] }
            locals {
              text        = "a ${ join( "," , [ for x in var.ports: "%{ if x>1 }p${x}%{endif}" ] ) } $${b} \" é"
              body        = <<-EOT
                  line ${ upper( "x" ) }   
                EOTX
               %%{ not } $${ not }
              EOT
              longer_name = f(-1, a-1, a - 1, x...) # why
              map         = { a = 1, "b" = 2, (c) = !d }
              nested = [{
                a = 1
                }, {
                b = a ? -1 : + 2
              }]
              splat = foo.*.id[0].bar[*].baz
              deep = merge(
                { a = 1 },
                [1,
                2][0]
              )
              object = { for k, v in { a = 1 } : k => v... if v >= 2 && k != "x" || provider::ns::f(1.5e-3) }
            }
        "##]],
    );
}

#[test]
fn equals_signs_line_up_in_runs_of_whole_attributes() {
    check(
        "a=1\nbbb=2\n\nccccc=3\n# note\nd=4\n",
        &expect![[r#"
        a   = 1
        bbb = 2

        ccccc = 3
        # note
        d = 4
    "#]],
    );
    check(
        "a=1\nbbb=[\n1\n]\ncc=2\n",
        &expect![[r#"
        a = 1
        bbb = [
          1
        ]
        cc = 2
    "#]],
    );
    check(
        "a=1\nbbb=<<EOT\n  x = y\nEOT\ncc=2\n",
        &expect![[r#"
        a   = 1
        bbb = <<EOT
          x = y
        EOT
        cc  = 2
    "#]],
    );
    check(
        "a=1\nlong={b=1}\nblock{\n}\nc=1\n",
        &expect![[r#"
        a    = 1
        long = { b = 1 }
        block {
        }
        c = 1
    "#]],
    );
    check(
        "é=1\nee=2\n",
        &expect![[r#"
        é  = 1
        ee = 2
    "#]],
    );
    check(
        "a=\"${f(\n1)}\"\nlonger=2\n",
        &expect![[r#"
        a = "${f(
        1)}"
        longer = 2
    "#]],
    );
}

#[test]
fn comments_line_up_and_stay() {
    check(
        "a=1 # x  \nbbb=2// y\n  # own line\nc=3 # z",
        &expect![[r#"
        a   = 1 # x
        bbb = 2 // y
        # own line
        c = 3 # z
    "#]],
    );
    check(
        "a { // open\nb=1 # in\n} # shut\n",
        &expect![[r#"
        a {     // open
          b = 1 # in
        }       # shut
    "#]],
    );
    check(
        "x=/* one */1/* two */\n  /* three\n  four */y=2\n",
        &expect![[r#"
        x = /* one */ 1 /* two */
        /* three
          four */ y = 2
    "#]],
    );
}

#[test]
fn brackets_indent_and_keep_braces_apart() {
    check(
        "a{b{c=1}}\nd{}\ne={ }\n",
        &expect![[r#"
        a { b { c = 1 } }
        d {}
        e = {}
    "#]],
    );
    check(
        "a=[[\n1,\n],[\n2\n]]\n",
        &expect![[r#"
        a = [[
          1,
          ], [
          2
        ]]
    "#]],
    );
    check(
        "a=f(g([\n1\n]\n))\n",
        &expect![[r#"
        a = f(g([
          1
          ]
        ))
    "#]],
    );
    check(
        "a=[{\nb=1\n},{\nc=2\n}]\n",
        &expect![[r#"
        a = [{
          b = 1
          }, {
          c = 2
        }]
    "#]],
    );
    check(
        "if_true=( a [0] == - 1 ) ? ! b : c\n",
        &expect![[r#"
        if_true = (a[0] == -1) ? !b : c
    "#]],
    );
}

#[test]
fn operators_have_spaces_and_negation_has_none() {
    check(
        "a=1+2*3/4%5-6\n",
        &expect![[r#"
        a = 1 + 2 * 3 / 4 % 5 - 6
    "#]],
    );
    check(
        "a=-1\nb=x- 1\nc=x -1\nd=f(-1,- 1)\ne=x==-1\n",
        &expect![[r#"
        a = -1
        b = x- 1
        c = x - 1
        d = f(-1, -1)
        e = x == -1
    "#]],
    );
    check(
        "a=x?y:z\nb={c:1}\nd={for k,v in m:k=>-v}\n",
        &expect![[r#"
        a = x ? y : z
        b = { c : 1 }
        d = { for k, v in m : k => -v }
    "#]],
    );
    check(
        "a=[for x in[1]:x if x>0]\nb=core :: f ( 1 )\nc=a . b [ 0 ] . * . c\n",
        &expect![[r#"
        a = [for x in [1] : x if x > 0]
        b = core::f(1)
        c = a.b[0].*.c
    "#]],
    );
}

#[test]
fn line_ends_and_blank_lines() {
    check(
        "a=1\r\n\r\n\r\nb=2 \t\r\n# c \r\n\r\n \r\n",
        &expect![[r#"
            a = 1


            b = 2
            # c
        "#]],
    );
    check(
        "\n\n a=1",
        &expect![[r#"


        a = 1
    "#]],
    );
    check(" \n\t\n", &expect![[r#""#]]);
    assert_eq!(format("a=<<E\r\n x\r\nE\r\n"), "a = <<E\n x\r\nE\n");
    assert_eq!(format("/* a\r\nb */\r\n"), "/* a\nb */\n");
}

#[test]
fn a_lexical_problem_leaves_the_text_alone() {
    let problems = [
        "a=\"x\nb=1\n",
        "a=\"${x\"\n",
        "a=<<EOT\n  x\n",
        "a=<<\n",
        "/* x\na=1\n",
        "a=[1\n",
        "a=1]\n",
        "a=(1]\n",
        "a=1;\n",
        "a='x'\n",
        "a=1\rb=2\n",
        "\u{feff}a=1\n",
        "a=1\0\n",
        "a=~1\n",
        "a=x&y\n",
        "a=\"\\\n\"\n",
        "\\",
        "<<-",
        "a=<<E x\nE\n",
    ];
    for text in problems {
        check_unchanged(text);
    }
}

#[test]
fn a_change_of_meaning_leaves_the_text_alone() {
    // Without the space this is the number 1.2.
    check_unchanged("a=1 .2\n");
}

#[test]
fn every_truncation_is_idempotent_and_keeps_its_meaning() {
    let ends = SAMPLE.char_indices().map(|(at, _)| at).chain([SAMPLE.len()]);
    for text in ends.filter_map(|end| SAMPLE.get(..end)) {
        let formatted = format(text);
        assert_eq!(format(&formatted), formatted, "from {text:?}");
        match tokens::read(text) {
            Some(_) => assert_keeps_meaning(text),
            None => assert_eq!(formatted, text),
        }
    }
}

#[test]
fn the_sample_with_any_character_replaced_is_idempotent() {
    for (at, _) in SAMPLE.char_indices() {
        for other in ["", "{", "}", "\"", "\n", "\r\n", "<<E\n", "${", "-", "=", "#", " ", "/*"] {
            let Some((before, after)) = SAMPLE.split_at_checked(at) else { continue };
            let changed: String =
                before.chars().chain(other.chars()).chain(after.chars().skip(1)).collect();
            let formatted = format(&changed);
            assert_eq!(format(&formatted), formatted, "from {changed:?}");
        }
    }
}

#[test]
fn hostile_texts_end_soon() {
    let many = 2_000_000;
    check_unchanged(&"[".repeat(5 * many));
    check_unchanged(&"\0".repeat(5 * many));
    check_unchanged(&"a=\"${".repeat(many));
    check_unchanged(&format!("{}{}", "[\n".repeat(many), "]\n".repeat(many)));
    check_unchanged(&format!("{}=1\n{}", "a".repeat(many), "b=1\n".repeat(many / 4)));
    check_unchanged(&format!("a = 1 {}# x\n{}", " ".repeat(many), "<<".repeat(many)));
}
