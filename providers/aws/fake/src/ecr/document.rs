//! Lays out JSON documents as ECR gives them back, which is not as it got them.

/// Without any space, as lifecycle policies come back.
pub(super) fn compact(text: &str) -> String {
    pieces(text).concat()
}

/// With spaces around colons and one member a line, as repository policies come back.
pub(super) fn spacious(text: &str) -> String {
    let pieces = pieces(text);
    let mut laid = String::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let empty = matches!(pieces.get(at + 1).map(String::as_str), Some("}" | "]"));
        match piece.as_str() {
            "{" => {
                open.push("{");
                laid.push('{');
                if !empty {
                    line(&mut laid, &open);
                }
            }
            "}" => {
                open.pop();
                if laid.ends_with('{') {
                    laid.push(' ');
                } else {
                    line(&mut laid, &open);
                }
                laid.push('}');
            }
            "[" => {
                open.push("[");
                laid.push('[');
                if !empty {
                    laid.push(' ');
                }
            }
            "]" => {
                open.pop();
                laid.push_str(" ]");
            }
            "," if open.last() == Some(&"{") => {
                laid.push(',');
                line(&mut laid, &open);
            }
            "," => laid.push_str(", "),
            ":" => laid.push_str(" : "),
            other => laid.push_str(other),
        }
    }
    laid
}

fn line(laid: &mut String, open: &[&str]) {
    laid.push('\n');
    for _ in open.iter().filter(|bracket| **bracket == "{") {
        laid.push_str("  ");
    }
}

/// Brackets, commas, colons, strings and other values, without the space between them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let (mut quoted, mut escaped, mut joined) = (false, false, false);
    for letter in text.chars() {
        let was_quoted = quoted;
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = was_quoted && letter == '\\' && !escaped;
        let part_of_value = was_quoted || quoted || !"{}[],: \t\r\n".contains(letter);
        if !part_of_value && letter.is_whitespace() {
            joined = false;
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if joined && part_of_value => piece.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        joined = part_of_value;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "{\"a\":[ {\"b\" : \"x, \\\" y\"},1 ],\n \"c\": {}, \"d\":true}";

    #[test]
    fn documents_are_laid_out_anew() {
        assert_eq!(compact(GIVEN), "{\"a\":[{\"b\":\"x, \\\" y\"},1],\"c\":{},\"d\":true}");
        let wanted = "{\n  \"a\" : [ {\n    \"b\" : \"x, \\\" y\"\n  }, 1 ],\n  \"c\" : { },\n  \
                      \"d\" : true\n}";
        assert_eq!(spacious(GIVEN), wanted);
    }
}
