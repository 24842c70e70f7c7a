//! Images that are there and will not stay, or cannot be pulled: removed by their repository's own
//! rule, or put away.

use std::collections::BTreeMap;

use lifeboat_contract::{Address, ImageState, Key, Repository, Spec};
use serde_json::Value;

use super::Comparing;
use crate::desired::Resource;
use crate::diagnostic::{Diagnostic, codes};

/// When a rule removes an image.
#[derive(Debug, PartialEq)]
enum Removal {
    /// It keeps so many of the newest.
    Beyond(u64),
    /// So many days after it came.
    After(u64),
}

pub(super) fn find(comparing: &mut Comparing<'_>) {
    let mut found = Vec::new();
    let resources = comparing.desired.resources.values();
    let holders: BTreeMap<(&str, &Key), &Repository> = resources
        .filter_map(|resource| match (&resource.key, &resource.spec) {
            (Some(key), Spec::Repository(holder)) => Some(((&*resource.provider, key), holder)),
            (_, _) => None,
        })
        .collect();
    for (address, resource) in &comparing.desired.resources {
        let Some(key @ Key::ImageCopy { location, repository, .. }) = &resource.key else {
            continue;
        };
        let at = Key::Repository { location: location.clone(), name: repository.clone() };
        let (Some(holder), Spec::ImageCopy(copy)) =
            (holders.get(&(&*resource.provider, &at)), &resource.spec)
        else {
            continue;
        };
        let state = comparing.live.image(&resource.provider, key).cloned();
        // What is still to come gets its tag, and comes as the newest.
        let state = state.unwrap_or_else(|| ImageState {
            tags: [copy.tag.clone()].into(),
            ..ImageState::default()
        });
        found.extend(archived((address, resource), &state));
        found.extend(removed((address, resource), holder, &state));
    }
    for diagnostic in found {
        comparing.found.push(diagnostic);
    }
}

fn archived((address, resource): (&Address, &Resource), state: &ImageState) -> Option<Diagnostic> {
    let detail = format!("`{address}` is there, and was put into the registry's archive.");
    let help = "bring it back at the registry";
    let found = Diagnostic::new(codes::IMAGE_ARCHIVED, resource.span, detail).help(help);
    state.archived.then(|| found.about(address.as_str()))
}

fn removed(
    (address, resource): (&Address, &Resource),
    holder: &Repository,
    state: &ImageState,
) -> Option<Diagnostic> {
    let newer = u64::from(state.newer);
    let policy = || removal(holder.lifecycle_policy.as_deref()?, state);
    let kept = holder.keep_last.map(|last| Removal::Beyond(last.into()));
    let counts_all = kept.is_some();
    let images = if newer == 1 { "image is" } else { "images are" };
    let (code, detail) = match kept.or_else(policy)? {
        Removal::Beyond(last) if counts_all && newer >= last => (
            codes::IMAGE_EXPIRES,
            format!(
                "{newer} {images} newer than that of `{address}`, and its repository keeps the \
                 newest {last}."
            ),
        ),
        Removal::Beyond(last) if newer > 0 && newer + 1 >= last => (
            codes::IMAGE_FADES,
            format!(
                "{newer} {images} newer than that of `{address}`, and its repository keeps the \
                 newest {last}: the next one that comes removes it."
            ),
        ),
        Removal::Beyond(_) => return None,
        Removal::After(days) => (
            codes::IMAGE_FADES,
            format!(
                "The lifecycle policy of its repository removes the image of `{address}` {days} \
                 days after it came, whether or not a name needs it."
            ),
        ),
    };
    let help = "keep more images, or let `lifeboat lock` take a newer one";
    Some(Diagnostic::new(code, resource.span, detail).help(help).about(address.as_str()))
}

/// How a lifecycle policy of ECR's form removes an image: by the first of its rules that selects it.
fn removal(policy: &str, state: &ImageState) -> Option<Removal> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let mut rules: Vec<&Value> = policy["rules"].as_array()?.iter().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_u64());
    let rule = rules.into_iter().find(|rule| selects(&rule["selection"], state))?;
    let number = rule["selection"]["countNumber"].as_u64()?;
    match (rule["action"]["type"].as_str()?, rule["selection"]["countType"].as_str()?) {
        ("expire", "imageCountMoreThan") => Some(Removal::Beyond(number)),
        ("expire", "sinceImagePushed") => Some(Removal::After(number)),
        (_, _) => None,
    }
}

/// Whether a rule is about an image with these tags. Of several prefixes or patterns an image needs
/// a tag for each.
fn selects(selection: &Value, state: &ImageState) -> bool {
    let each = |list: &Value, fits: &dyn Fn(&str, &str) -> bool| {
        let mut texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.all(|text| state.tags.iter().any(|tag| fits(text, tag)))
    };
    match selection["tagStatus"].as_str() {
        Some("any") => true,
        Some("untagged") => state.tags.is_empty(),
        Some("tagged") => {
            !state.tags.is_empty()
                && each(&selection["tagPrefixList"], &|prefix, tag| tag.starts_with(prefix))
                && each(&selection["tagPatternList"], &matches)
        }
        Some(_) | None => false,
    }
}

/// Whether a tag fits a pattern, in which `*` stands for any text.
fn matches(pattern: &str, tag: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == tag };
    let Some(mut left) = tag.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_match_as_registries_match_them() {
        for (pattern, tag, fits) in [
            ("lb-*", "lb-1", true),
            ("lb-*", "v1", false),
            ("*", "", true),
            ("v*.*-x", "v1.2-x", true),
            ("v*.*-x", "v1-x", false),
            ("v1", "v1", true),
            ("v1", "v10", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, tag), fits, "{pattern} {tag}");
        }
    }

    #[test]
    fn the_first_rule_that_selects_an_image_decides() {
        let rule = |priority: u32, selection: Value| {
            json!({ "rulePriority": priority, "selection": selection,
                    "action": { "type": "expire" } })
        };
        let days = json!({ "tagStatus": "any", "countType": "sinceImagePushed",
                           "countUnit": "days", "countNumber": 30 });
        let ours = json!({ "tagStatus": "tagged", "tagPrefixList": ["lb-"],
                           "countType": "imageCountMoreThan", "countNumber": 5 });
        let policy = json!({ "rules": [rule(2, days), rule(1, ours)] }).to_string();
        let state = |tags: &[&str]| ImageState {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..ImageState::default()
        };
        assert_eq!(removal(&policy, &state(&["lb-1", "v1"])), Some(Removal::Beyond(5)));
        assert_eq!(removal(&policy, &state(&["v1"])), Some(Removal::After(30)));
        assert_eq!(removal("{", &state(&["v1"])), None);
    }
}
