//! Functions that write and read encodings.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Arguments, Body::Plain};
use crate::language::Value;

super::table! { "Encodings":
"jsonencode" "value" "The value as JSON on one line."
    "jsonencode({ a = [1, true] })" => r#""{\"a\":[1,true]}""# Plain(|a| Ok(json_encode(a.value(0)).into()));
"jsondecode" "string" "The value that JSON stands for."
    r#"jsondecode("{\"a\": [1, true]}")"# => "{ a = [1, true] }" Plain(json_decode);
"base64encode" "string" "The text in Base64."
    r#"base64encode("web")"# => r#""d2Vi""#
    Plain(|a| Ok(STANDARD.encode(a.text(0)?.as_bytes()).into()));
"base64decode" "string" "The text that Base64 stands for."
    r#"base64decode("d2Vi")"# => r#""web""# Plain(base64_decode);
"urlencode" "string" "The text as it may stand in the query of a URL."
    r#"urlencode("a b/c")"# => r#""a+b%2Fc""# Plain(url_encode);
}

fn json_encode(value: &Value) -> String {
    let json = value.to_json().to_string();
    // These characters stand only within strings of JSON, and are escaped so that it can stand in
    // HTML, as people's tools expect.
    let special = |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    if !json.contains(special) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if special(character) {
            let _infallible = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

fn json_decode(given: Arguments<'_>) -> Result<Value, String> {
    let text = given.text(0)?;
    let json: serde_json::Value = serde_json::from_str(&text)
        .map_err(|why| given.problem(0, format!("is no JSON: {why}")))?;
    Ok(Value::from_json(&json))
}

fn base64_decode(given: Arguments<'_>) -> Result<Value, String> {
    let bytes = STANDARD
        .decode(given.text(0)?.as_bytes())
        .map_err(|why| given.problem(0, format!("is no Base64: {why}")))?;
    let text = String::from_utf8(bytes);
    text.map(Value::from).map_err(|_| given.problem(0, "holds bytes that are no UTF-8 text"))
}

fn url_encode(given: Arguments<'_>) -> Result<Value, String> {
    let text = given.text(0)?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
    Ok(out.into())
}
