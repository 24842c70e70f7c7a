//! `capacity`: how much a target can carry, and what it takes until it can.

use lifeboat_contract::Address;

use super::reader::Reader;
use super::schema::{BlockSchema, Takes, defaulted, optional};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "capacity",
    labels: &[],
    summary: "How much a target can carry, and what it takes until it can. Without this block it \
              can carry everything at all times.",
    attributes: &[
        defaulted(
            "grows",
            Takes::Text,
            "\"never\"",
            "What makes it begin to grow: `never`, since it has all it needs at all times; \
             `on_alarm`, when a health check of what it stands in for flips; `on_traffic`, when \
             requests arrive.",
        ),
        defaulted("ready", Takes::Duration, "\"0s\"", "Until it has grown, once it begins to."),
        defaulted(
            "share",
            Takes::Number,
            "1",
            "The share of all requests that it can carry, once it has grown.",
        ),
        optional(
            "pulls_from",
            Takes::Reference("region"),
            "Whose registry it pulls images from while it grows; its own region's, where not given.",
        ),
        optional(
            "needs",
            Takes::Texts,
            "Control planes that have to work while it grows: `route53`, `iam`, `ec2`.",
        ),
    ],
    blocks: &[],
    for_each: false,
    example: "capacity {\n  grows = \"on_alarm\"\n  ready = \"2m\"\n}\n",
};

/// How much a target can carry.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    pub grows: Grows,
    /// Seconds.
    pub ready: u32,
    /// Of all requests.
    pub share: f64,
    pub pulls_from: Option<Address>,
    /// Names of control planes.
    pub needs: Vec<String>,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { grows: Grows::Never, ready: 0, share: 1.0, pulls_from: None, needs: Vec::new() }
    }
}

/// What makes a target begin to grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grows {
    Never,
    OnAlarm,
    OnTraffic,
}

/// The control planes that a model can lose.
pub const CONTROL_PLANES: [&str; 3] = ["route53", "iam", "ec2"];

pub(super) fn read(target: &Reader<'_>) -> Option<Capacity> {
    let Some(reader) = target.nested("capacity").next() else { return Some(Capacity::default()) };
    let grows = match reader.text("grows") {
        None => Grows::Never,
        Some(at) => match at.value.as_str() {
            "never" => Grows::Never,
            "on_alarm" => Grows::OnAlarm,
            "on_traffic" => Grows::OnTraffic,
            other => {
                let shown: String = other.chars().take(20).collect();
                let detail = format!(
                    "`{shown}` makes nothing grow: write `never`, `on_alarm` or `on_traffic`."
                );
                reader.refuse(at.span, detail);
                return None;
            }
        },
    };
    let needs = reader.texts("needs");
    if let Some(at) = &needs
        && let Some(other) = at.value.iter().find(|name| !CONTROL_PLANES.contains(&name.as_str()))
    {
        let shown: String = other.chars().take(20).collect();
        let known = CONTROL_PLANES.join("`, `");
        reader.refuse(at.span, format!("`{shown}` is no control plane: there is `{known}`."));
    }
    Some(Capacity {
        grows,
        ready: reader.duration_or("ready", 0).value,
        share: reader.share("share").map_or(1.0, |at| at.value),
        pulls_from: reader.reference("pulls_from", "region").map(|at| at.value),
        needs: needs.map(|at| at.value).unwrap_or_default(),
    })
}
