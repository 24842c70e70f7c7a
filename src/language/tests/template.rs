//! Templates: interpolations, directives, strip markers, heredocs.

use expect_test::expect;

use super::{check, check_one};

#[test]
fn quoted_templates() {
    check(
        r#"
        "a ${text} b"
        "${names}"
        "${names[0]}${1 + 1}${true}"
        "${"nested ${"deeper ${text}"}"}"
        "a  ${~ text ~}  b"
        "a  ${~ text}  b"
        "a  ${text ~}  b"
        "%{ if number > 3 }big%{ else }small%{ endif }"
        "%{ if number < 3 }small%{ endif }"
        "a %{~ if true ~} b %{~ else ~} c %{~ endif ~} d"
        "%{ for n in names }${n},%{ endfor }"
        "%{ for i, n in names }${i}=${n};%{ endfor }"
        "%{ for k, v in { a = 1, b = 2 } ~} ${k}:${v} %{~ endfor }"
        "a${null_value}b"
        "a${names}b"
        "%{ if text }%{ endif }"
        "%{ for x in 1 }%{ endfor }"
        "%{ if true }"
        "%{ endif }"
        "%{ unless true }%{ endif }"
        "${}"
        "#,
        &expect![[r#"
            "a ${text} b"  =>  "a hello b"
            "${names}"  =>  ["a", "b", "c"]
            "${names[0]}${1 + 1}${true}"  =>  "a2true"
            "${"nested ${"deeper ${text}"}"}"  =>  "nested deeper hello"
            "a  ${~ text ~}  b"  =>  "ahellob"
            "a  ${~ text}  b"  =>  "ahello  b"
            "a  ${text ~}  b"  =>  "a  hellob"
            "%{ if number > 3 }big%{ else }small%{ endif }"  =>  "big"
            "%{ if number < 3 }small%{ endif }"  =>  ""
            "a %{~ if true ~} b %{~ else ~} c %{~ endif ~} d"  =>  "abd"
            "%{ for n in names }${n},%{ endfor }"  =>  "a,b,c,"
            "%{ for i, n in names }${i}=${n};%{ endfor }"  =>  "0=a;1=b;2=c;"
            "%{ for k, v in { a = 1, b = 2 } ~} ${k}:${v} %{~ endfor }"  =>  "a:1b:2"
            "a${null_value}b"  =>  E0106 1:5 Only strings, numbers and bools can stand in a template, and this is null.
            "a${names}b"  =>  E0106 1:5 Only strings, numbers and bools can stand in a template, and this is a list.
            "%{ if text }%{ endif }"  =>  E0106 1:8 A condition has to be `true` or `false`, and this is a string.
            "%{ for x in 1 }%{ endfor }"  =>  E0106 1:14 `for` goes through a list or a map, and this is a number.
            "%{ if true }"  =>  E0001 1:2 This directive is unknown or not closed: there are `%{ if ... }`, `%{ else }`, `%{ endif }` and `%{ for ... }`, `%{ endfor }`.
            "%{ endif }"  =>  E0001 1:2 This directive is unknown or not closed: there are `%{ if ... }`, `%{ else }`, `%{ endif }` and `%{ for ... }`, `%{ endfor }`.
            "%{ unless true }%{ endif }"  =>  E0001 1:2 This directive is unknown or not closed: there are `%{ if ... }`, `%{ else }`, `%{ endif }` and `%{ for ... }`, `%{ endfor }`.
            "${}"  =>  E0001 1:4 A value is expected here and `}` stands there: write a string in quotes, a number, a list, an object, a reference or a function call.
        "#]],
    );
}

#[test]
fn heredocs() {
    check_one("<<EOT\nhello\n  ${text}\nEOT", &expect![[r#""hello\n  hello\n""#]]);
    check_one("<<EOT\nEOT", &expect![[r#""""#]]);
    check_one("<<EOT\n\nEOT\n", &expect![[r#""\n""#]]);
    check_one("<<EOT\r\na\r\nEOT\r\n", &expect![[r#""a\r\n""#]]);
    check_one("<<EOT\n\\n \"quoted\" $${x}\nEOT", &expect![[r#""\\n \"quoted\" $${x}\n""#]]);
    check_one("[<<A\n1\nA\n, <<B\n2\nB\n]", &expect![[r#"["1\n", "2\n"]"#]]);
    check_one("<<EOT\nno end", &expect!["E0001 1:1 No line with `EOT` alone closes this heredoc."]);
}

#[test]
fn flush_heredocs_lose_the_common_indentation() {
    check_one("<<-EOT\n    a\n      b\n\n    c\n    EOT", &expect![[r#""a\n  b\n\nc\n""#]]);
    check_one("<<-EOT\n    ${text}\n      b\n    EOT", &expect![[r#""hello\n  b\n""#]]);
    check_one("<<-EOT\n  a\nb\n  EOT", &expect![[r#""  a\nb\n""#]]);
    check_one("<<-EOT\n${text}\n  b\n  EOT", &expect![[r#""hello\n  b\n""#]]);
    check_one("<<-EOT\n\ta\n\tb\n\tEOT", &expect![[r#""a\nb\n""#]]);
    check_one(
        "<<-EOT\n    list:\n    %{ for n in names ~}\n    - ${n}\n    %{ endfor ~}\n    end\n    EOT",
        &expect![[r#""list:\n- a\n- b\n- c\nend\n""#]],
    );
    check_one(
        "<<-EOT\n    %{ if true }\n      yes\n    %{ else }\n      no\n    %{ endif }\n    EOT",
        &expect![[r#""\n  yes\n\n""#]],
    );
}

#[test]
fn template_files() {
    check(
        r#"
        templatefile("greeting.tpl", { name = "web" })
        templatefile("greeting.tpl", { name = names })
        templatefile("greeting.tpl", { nam = "x" })
        templatefile("greeting.tpl", {})
        file("greeting.txt")
        file("/etc/passwd")
        "#,
        &expect![[r#"
            templatefile("greeting.tpl", { name = "web" })  =>  "hello, web"
            templatefile("greeting.tpl", { name = names })  =>  E0106 1:1 In the template `greeting.tpl`: Only strings, numbers and bools can stand in a template, and this is a list.
            templatefile("greeting.tpl", { nam = "x" })  =>  E0201 1:1 In the template `greeting.tpl`: the template is given nothing called `name`. (did you mean `nam`?)
            templatefile("greeting.tpl", {})  =>  E0201 1:1 In the template `greeting.tpl`: the template is given nothing called `name`.
            file("greeting.txt")  =>  "hello\n"
            file("/etc/passwd")  =>  E0203 1:1 `/etc/passwd` cannot be read.
        "#]],
    );
}
