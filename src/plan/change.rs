//! One resource's change, in the shape that people's policy tools read.

use lifeboat_contract::{Address, Key, Kind, Lack, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diff::{Action, Change, Moved, Orphaned};

/// One resource's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceChange {
    /// Its name in the configuration, or its kind and key where nothing declares it.
    pub address: Address,
    /// Always `managed`.
    pub mode: String,
    /// The kind of resource.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The name of the block it comes from.
    pub name: String,
    /// The last key or label of the address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<String>,
    /// Who holds it.
    pub provider_name: String,
    /// The region's name in the configuration, for what lives in one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// What is done, and with what.
    pub change: Actions,
    /// Why: `configuration_changed`, `world_changed`, `both_changed`,
    /// `replace_because_cannot_update`, `delete_because_no_resource_config`,
    /// `delete_because_superseded`, `unreachable`. More may come.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action_reason: Option<String>,
    /// For an image copy: what may have to move.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<Content>,
}

/// What is done, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Actions {
    /// `["no-op"]`, `["create"]`, `["update"]`, `["delete"]`, `["create", "delete"]` for a
    /// replacement, `["adopt"]`, `["forget"]`, `["unreachable"]`.
    pub actions: Vec<WireAction>,
    /// What is there.
    pub before: Option<Values>,
    /// What shall be there.
    pub after: Option<Values>,
    /// Always empty: everything but ids is known when a plan is made.
    pub after_unknown: Values,
    /// Always false: no secret is part of a resource.
    pub before_sensitive: bool,
    /// Always false.
    pub after_sensitive: bool,
    /// The fields that cannot be changed in place.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replace_paths: Vec<Vec<String>>,
}

/// Fields by name.
pub type Values = Map<String, Value>;

/// The words for what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum WireAction {
    NoOp,
    Create,
    Update,
    Delete,
    Adopt,
    Forget,
    Unreachable,
}

/// What may have to move for an image copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Content {
    /// Blobs, manifests among them.
    pub blobs: u32,
    /// Their size.
    pub bytes: u64,
    /// What of that is not there yet, where that could be told. Since 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<Lack>,
}

impl ResourceChange {
    pub(super) fn of(change: &Change, lacking: Option<Lack>) -> Self {
        let (name, index) = split(change.address.as_str());
        let before = change.before.as_ref().map(|object| values(&object.key, &object.spec));
        let after = change.after.as_ref().map(|wanted| values(&change.key, &wanted.spec));
        let mut replace_paths = Vec::new();
        if let Action::Replace { because } = &change.action {
            replace_paths.push(vec![(*because).to_owned()]);
        }
        Self {
            address: change.address.clone(),
            mode: "managed".to_owned(),
            kind: change.key.kind(),
            name,
            index,
            provider_name: change.provider.to_string(),
            region: change.region.as_ref().map(ToString::to_string),
            action_reason: reason(&change.action).map(str::to_owned),
            change: Actions {
                actions: words(&change.action),
                before,
                after,
                after_unknown: Map::new(),
                before_sensitive: false,
                after_sensitive: false,
                replace_paths,
            },
            content: change.content.map(|(blobs, bytes)| Content { blobs, bytes, lacking }),
        }
    }

    /// Whether this only cleans up after a change that counts by itself.
    pub fn is_leftover(&self) -> bool {
        self.action_reason.as_deref() == Some("delete_because_superseded")
    }
}

pub(super) fn words(action: &Action) -> Vec<WireAction> {
    match action {
        Action::NoOp => vec![WireAction::NoOp],
        Action::Create => vec![WireAction::Create],
        Action::Update(_) => vec![WireAction::Update],
        Action::Replace { .. } => vec![WireAction::Create, WireAction::Delete],
        Action::Delete(_) => vec![WireAction::Delete],
        Action::Adopt => vec![WireAction::Adopt],
        Action::Release => vec![WireAction::Forget],
        Action::Unreachable { .. } => vec![WireAction::Unreachable],
    }
}

fn reason(action: &Action) -> Option<&'static str> {
    match action {
        Action::Update(Moved::Configuration) => Some("configuration_changed"),
        Action::Update(Moved::World) => Some("world_changed"),
        Action::Update(Moved::Both) => Some("both_changed"),
        Action::Replace { .. } => Some("replace_because_cannot_update"),
        Action::Delete(Orphaned::Undeclared) => Some("delete_because_no_resource_config"),
        Action::Delete(Orphaned::Superseded) => Some("delete_because_superseded"),
        Action::Unreachable { .. } => Some("unreachable"),
        Action::Delete(Orphaned::Destroyed)
        | Action::NoOp
        | Action::Create
        | Action::Adopt
        | Action::Release => None,
    }
}

/// Key and spec as one flat object, so that a policy finds `change.after.ttl`.
pub fn values(key: &Key, spec: &Spec) -> Values {
    let mut flat = inner(serde_json::to_value(key));
    // Which health check it is says nothing of what it is.
    flat.remove("reference");
    flat.remove("id");
    flat.append(&mut inner(serde_json::to_value(spec)));
    flat
}

/// The fields of an enum's only variant.
fn inner(value: Result<Value, serde_json::Error>) -> Values {
    match value {
        Ok(Value::Object(tagged)) => match tagged.into_iter().next() {
            Some((_, Value::Object(fields))) if fields.len() == 1 => flatten_one(fields),
            Some((_, Value::Object(fields))) => fields,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}

/// A health check's spec is an enum within an enum.
fn flatten_one(fields: Values) -> Values {
    match fields.into_iter().next() {
        Some((variant, Value::Object(fields)))
            if variant == "endpoint" || variant == "calculated" =>
        {
            fields
        }
        Some((name, value)) => Map::from_iter([(name, value)]),
        None => Map::new(),
    }
}

/// The name of the block in an address, and the last key or label.
fn split(address: &str) -> (String, Option<String>) {
    // What is not declared has no name: `zone["example.com"]`.
    let kind_end = address.find(['.', '[']).unwrap_or(address.len());
    let rest = address[kind_end..].strip_prefix('.').unwrap_or_default();
    let name = rest.split(['.', '[']).next().unwrap_or(rest).to_owned();
    let index = address.strip_suffix(']').and_then(|open| {
        let at = open.find("[\"")?;
        let last = open.rfind("].").map_or(at, |dot| open[dot..].find('[').map_or(at, |i| dot + i));
        serde_json::from_str(&open[last + 1..]).ok()
    });
    (name, index)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn addresses_split_into_name_and_index() {
        for (address, name, index) in [
            ("record.mail", "mail", None),
            ("failover.www.target[\"standby\"]", "www", Some("standby")),
            ("health_check.web[\"ireland\"]", "web", Some("ireland")),
            ("image.web[\"a\"].copy[\"b c\"]", "web", Some("b c")),
            ("zone[\"example.com\"]", "", Some("example.com")),
            ("record_set[\"www.example.com A a\"]", "", Some("www.example.com A a")),
        ] {
            assert_eq!(split(address), (name.to_owned(), index.map(str::to_owned)), "{address}");
        }
    }
}
