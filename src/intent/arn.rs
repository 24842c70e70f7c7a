//! How AWS names accounts, principals and keys.

use lifeboat_contract::Location;

/// Who may pull, in one form: the root of an account stands for the account.
pub(super) fn principal(text: &str) -> Option<&str> {
    if is_account(text) {
        return Some(text);
    }
    let [service, region, account, resource] = arn(text)?;
    if !matches!(service, "iam" | "sts") || !region.is_empty() || !is_account(account) {
        return None;
    }
    match resource.split_once('/') {
        None if (service, resource) == ("iam", "root") => Some(account),
        Some(("user" | "role" | "assumed-role" | "federated-user", name)) => {
            (!name.is_empty() && !name.contains('*')).then_some(text)
        }
        Some(_) | None => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

/// Service, region, account and resource of an ARN.
fn arn(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.splitn(6, ':');
    let lawful = |c: char| c.is_ascii_graphic();
    if parts.next() != Some("arn") || !text.chars().all(lawful) || text.len() > 2048 {
        return None;
    }
    let _partition = parts.next().filter(|partition| !partition.is_empty())?;
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// The location of a key, if this is its ARN.
pub(super) fn key_location(text: &str) -> Option<Location> {
    let [service, region, account, resource] = arn(text)?;
    let id = resource.strip_prefix("key/").filter(|id| !id.is_empty())?;
    let lawful = service == "kms" && is_account(account) && !id.contains('/');
    region.parse().ok().filter(|_| lawful)
}

#[cfg(test)]
mod tests {
    use super::{key_location, principal};

    #[test]
    fn principals_have_one_form() {
        let role = "arn:aws-cn:iam::123456789012:role/path/puller";
        assert_eq!(principal(role), Some(role));
        assert_eq!(principal("123456789012"), Some("123456789012"));
        assert_eq!(principal("arn:aws:iam::123456789012:root"), Some("123456789012"));
        for bad in [
            "",
            "*",
            "12345678901",
            "1234567890123",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:policy/x",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:sts::123456789012:root",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::*:role/x",
            "arn::iam::123456789012:role/x",
        ] {
            assert_eq!(principal(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_says_where_it_lies() {
        let key = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1";
        assert_eq!(key_location(key).unwrap().as_str(), "eu-west-1");
        for bad in [
            "1234abcd",
            "alias/shop",
            "arn:aws:kms:eu-west-1:123456789012:alias/shop",
            "arn:aws:kms:eu-west-1:123456789012:key/",
            "arn:aws:kms::123456789012:key/1",
            "arn:aws:iam:eu-west-1:123456789012:key/1",
        ] {
            assert_eq!(key_location(bad), None, "{bad}");
        }
    }
}
