//! Functions that look at how expressions come out, and at the world.

use super::Body::{Can, Environment, File, Template, Try};

super::table! { "Control and files":
"try" "expression..."
    "The value of the first expression that has one."
    r#"try({ a = 1 }.b, "none")"# => r#""none""# Try;
"can" "expression"
    "Whether the expression has a value."
    "can(tonumber(\"x\"))" => "false" Can;
"file" "path"
    "The content of a file below the configuration's folder."
    r#"file("greeting.txt")"# => r#""hello\n""# File;
"templatefile" "path, values"
    "A file below the configuration's folder as a template, which sees the given values by name."
    r#"templatefile("greeting.tpl", { name = "web" })"# => r#""hello, web""# Template;
"env" "name"
    "A variable of the environment, as a secret: it is never printed and never part of a plan."
    r#"env("DNS_TOKEN")"# => "(sensitive)" Environment;
}
