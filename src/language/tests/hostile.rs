//! Input that nobody means well: it may be refused, and never panics, overflows or runs away.
//! Sizes are bounded here, not times; what is not linear would not end.

use super::super::{parse, parse_expression};
use super::{World, errors, eval};
use crate::diagnostic::{Sources, text};
use crate::language::{Value, evaluate, references};

/// Touches every rule of the grammar.
const SAMPLE: &str = r#"
# comment
lifeboat { stack = "shop" } // one line
region "virginia" {
  provider = "aws" /* inline */
  tags     = { a = 1, "b c" : [1, -2.5e3, null], (var.x) = !true }
}
failover "www" {
  ttl    = var.prod ? 60 : 1 + 2 * 3 % 4 >= 5 && a || b
  values = [for k, v in region : "${k}-${v.x[0].y}" if v.on != false]
  groups = { for s in servers[*].name : s => upper(s)... }
  splat  = all.*.name[0].z
  nested = "a${"b${"c"}"}%{ if x ~} y %{ else } z %{~ endif }$${q}%%{q}\u00e4"
  text   = <<EOT
line ${1 + 1} "quoted"
%{ for i, x in [1, 2] ~}
  ${i}: ${x}
%{ endfor ~}
EOT
  flush  = <<-END
    indented $${kept}
    END
  call   = merge({}, [{ ä = "ö" }]...)
  target "x" {
    weight = 1
  }
}
"#;

/// Everything that can be done with a text.
fn everything(hcl: &str) -> usize {
    let mut sources = Sources::default();
    let file = sources.add("main.hcl", hcl);
    let (document, found) = parse(&sources);
    let shown = text(&found, &sources, false);
    for block in &document.blocks {
        for attribute in &block.attributes {
            let _references = references(&attribute.value);
            let _value = evaluate(&attribute.value, &World);
        }
    }
    let expression = parse_expression(&sources, file);
    let _value = expression.map(|expression| evaluate(&expression, &World));
    shown.len()
}

#[test]
fn the_sample_is_good() {
    assert!(errors(SAMPLE).is_empty());
}

#[test]
fn any_truncation_is_survived() {
    for end in (0..SAMPLE.len()).filter(|at| SAMPLE.is_char_boundary(*at)) {
        everything(&SAMPLE[..end]);
    }
}

#[test]
fn any_lost_or_doubled_byte_is_survived() {
    let boundaries: Vec<usize> =
        SAMPLE.char_indices().map(|(at, _)| at).chain([SAMPLE.len()]).collect();
    for pair in boundaries.windows(2) {
        let (before, rest) = (&SAMPLE[..pair[0]], &SAMPLE[pair[0]..]);
        let after = &SAMPLE[pair[1]..];
        everything(&format!("{before}{after}"));
        let character = &SAMPLE[pair[0]..pair[1]];
        everything(&format!("{before}{character}{rest}"));
        everything(&format!("{before}\0{after}"));
        everything(&format!("{before}\"{rest}"));
    }
}

#[test]
fn repetition_without_end() {
    const BYTES: usize = 20 << 10;
    for unit in [
        "[",
        "(",
        "{",
        "]",
        "}",
        "a{\n",
        "a {",
        "}\n",
        "\"",
        "\"${",
        "${",
        "%{",
        "%{ if true }",
        "<<A\n",
        "<<A",
        "a = <<E\n",
        "a {\n b = <<E\n",
        "/*",
        "/* */",
        "a = /*\n",
        "#",
        "//",
        "-",
        "!",
        "- ",
        "=",
        "a",
        "a = ",
        "a = 1\n",
        "a=",
        "a b ",
        "\0",
        "\u{feff}",
        "\\",
        "\\u",
        "~",
        "\r",
        "\r\n",
        "\n",
        ".",
        "a.",
        "a[",
        "a[0]",
        ".*",
        "[*]",
        "1 +",
        "1+",
        "1 ? ",
        "1 ? 1 : ",
        "a::",
        "f(",
        "f(a,",
        ",",
        "ä",
        "\u{1f600}",
        "0",
        "1e9",
        "'",
        "`",
        "a {\n\"\n",
        "a = [\n",
        "a = [1}\n",
        "x \"",
        "for ",
        "[for a in ",
        "<",
        "<<",
        "<<-",
        "|",
        "&",
        "$",
        "%",
        "$${",
    ] {
        let repeated = unit.repeat(BYTES / unit.len());
        for hostile in [repeated.clone(), format!("a = {repeated}"), format!("a {{\n{repeated}")] {
            let mut sources = Sources::default();
            let file = sources.add("main.hcl", hostile);
            let (_, found) = parse(&sources);
            assert!(found.count(crate::diagnostic::Severity::Error) <= 1_001, "{unit:?}");
            let _expression = parse_expression(&sources, file);
        }
    }
}

#[test]
fn deep_nesting_is_refused_with_its_place() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a=", "}"), ("f(", ")"), ("\"${", "}\""), ("a[", "]")]
    {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(!eval(&nested(60)).contains("E0003"), "{open}");
        assert!(eval(&nested(100)).starts_with("E0003"), "{open} {}", eval(&nested(100)));
        assert!(eval(&nested(100_000)).starts_with("E0003"), "{open}");
    }
    for operator in ["-", "!"] {
        let chain = format!("{}true", operator.repeat(50_000));
        assert!(eval(&chain).starts_with("E0003"), "{}", eval(&chain));
    }
    for link in ["1 + ", "true && ", "1 == ", "true ? 1 : "] {
        assert!(eval(&format!("{}1", link.repeat(5_000))).starts_with("E0003"), "{link}");
    }
    let blocks = format!("{}{}", "a {\n".repeat(100_000), "}\n".repeat(100_000));
    let found = errors(&blocks);
    assert_eq!(found.sorted().first().map(|found| found.code.id), Some("E0003"));
}

#[test]
fn values_cannot_grow_without_end() {
    let mut value = Value::from("0123456789");
    for _ in 0..64 {
        let joined = evaluate_with(&value, "\"${text}${text}\"");
        match joined {
            Ok(longer) => value = longer,
            Err(_) => return,
        }
    }
    panic!("a text doubled 64 times");
}

#[test]
fn lists_of_lists_cannot_grow_without_end() {
    for expression in ["[text, text]", "[text]", "{ a = text, b = text }", "concat([text], [text])"]
    {
        let mut value = Value::from("x");
        let refused = (0..200).any(|_| match evaluate_with(&value, expression) {
            Ok(larger) => {
                value = larger;
                false
            }
            Err(_) => true,
        });
        assert!(refused, "{expression}");
    }
}

/// The expression's value where `text` is `value`.
fn evaluate_with(value: &Value, expression: &str) -> Result<Value, super::Fault> {
    use crate::diagnostic::Span;
    use crate::language::{BlockRef, Fault, NoScope, Scope};
    struct One<'v>(&'v Value);
    impl Scope for One<'_> {
        fn resolve(&self, _: &str, _: &[&str], _: Span) -> Result<(Value, usize), Fault> {
            Ok((self.0.clone(), 0))
        }
        fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault> {
            NoScope.attribute(block, name, span)
        }
        fn file(&self, path: &str, span: Span) -> Result<String, Fault> {
            NoScope.file(path, span)
        }
        fn environment(&self, _: &str) -> Option<String> {
            None
        }
    }
    let mut sources = Sources::default();
    let file = sources.add("main.hcl", expression);
    evaluate(&parse_expression(&sources, file)?, &One(value))
}

#[test]
fn large_literals_are_read_in_linear_time() {
    let list = format!("a = [{}]\n", "1,".repeat(9_000));
    assert!(errors(&list).is_empty());
    let keys: String =
        (0..2_000).fold(String::new(), |keys, index| keys + &format!("k{index} = 1\n"));
    assert!(errors(&format!("a = {{\n{keys}}}\n")).is_empty());
    assert!(errors(&format!("a {{\n{keys}}}\n")).is_empty());
    let text = "x".repeat(4 << 20);
    assert!(errors(&format!("a = \"{text}\"\nb = <<E\n{text}\nE\n")).is_empty());
}
