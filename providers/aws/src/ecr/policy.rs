//! The JSON documents of a repository: its lifecycle policy and its access policy.

use serde_json::{Value, json};

/// What a reader may do.
const READING: [&str; 3] =
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// Marks the one statement that `readers` make.
const SID: &str = "LifeboatReaders";

/// A document in its one form: sorted keys, no spaces.
pub(super) fn canonical(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The lifecycle policy that keeps the newest images.
pub(super) fn keep(last: u32) -> String {
    let rule = json!({
        "rulePriority": 1,
        "description": "the newest images stay",
        "selection": {
            "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": last,
        },
        "action": { "type": "expire" },
    });
    json!({ "rules": [rule] }).to_string()
}

/// How many of the newest a lifecycle policy keeps, if that is all it does.
pub(super) fn kept(text: &str) -> Option<u32> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let [rule] = &policy.get("rules")?.as_array()?[..] else { return None };
    let selection = rule.get("selection")?;
    let is = |name: &str, value: &str| selection.get(name).and_then(Value::as_str) == Some(value);
    let plain = is("tagStatus", "any") && is("countType", "imageCountMoreThan");
    let number = selection.get("countNumber")?.as_u64()?;
    plain.then(|| u32::try_from(number).ok())?
}

/// The access policy that lets `readers` pull.
pub(super) fn read_by(readers: &[String]) -> String {
    let principals: Vec<String> = readers.iter().map(|reader| principal(reader)).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": SID, "Effect": "Allow", "Principal": { "AWS": principals }, "Action": READING,
        }],
    })
    .to_string()
}

fn principal(reader: &str) -> String {
    let is_account = reader.len() == 12 && reader.chars().all(|c| c.is_ascii_digit());
    if is_account { format!("arn:aws:iam::{reader}:root") } else { reader.to_owned() }
}

/// Who may pull by an access policy, if that is all it says.
pub(super) fn readers(text: &str) -> Option<Vec<String>> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let statements = policy.get("Statement")?;
    let statement = match statements.as_array() {
        Some(list) => list.first().filter(|_| list.len() == 1)?,
        None => statements,
    };
    if statement.get("Sid")?.as_str() != Some(SID) || statement.get("Condition").is_some() {
        return None;
    }
    let mut actions = strings(statement.get("Action")?)?;
    actions.sort();
    if actions != READING {
        return None;
    }
    let principals = strings(statement.get("Principal")?.get("AWS")?)?;
    let mut readers: Vec<String> = principals.iter().map(|principal| reader(principal)).collect();
    readers.sort();
    Some(readers)
}

fn reader(principal: &str) -> String {
    let account = principal.strip_prefix("arn:aws:iam::").and_then(|r| r.strip_suffix(":root"));
    account.unwrap_or(principal).to_owned()
}

/// One text or a list of them.
fn strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_read_back() {
        assert_eq!(kept(&keep(20)), Some(20));
        let readers =
            vec!["111122223333".to_owned(), "arn:aws:iam::444455556666:role/x".to_owned()];
        assert_eq!(super::readers(&read_by(&readers)), Some(readers));
        let one = read_by(&["111122223333".to_owned()]).replace("[\"arn", "\"arn");
        let one = one.replace("root\"]", "root\"");
        assert_eq!(super::readers(&one), Some(vec!["111122223333".to_owned()]));
    }

    #[test]
    fn what_says_more_is_kept_whole() {
        let mut untagged: Value = serde_json::from_str(&keep(20)).unwrap();
        untagged["rules"][0]["selection"]["tagStatus"] = "untagged".into();
        assert_eq!(kept(&untagged.to_string()), None);
        let mut pushing: Value =
            serde_json::from_str(&read_by(&["111122223333".to_owned()])).unwrap();
        pushing["Statement"][0]["Action"] = json!(["ecr:PutImage"]);
        assert_eq!(readers(&pushing.to_string()), None);
        assert_eq!(canonical("{ \"b\": 1, \"a\": [ ] }"), "{\"a\":[],\"b\":1}");
    }
}
