//! What `permissions --json` prints.

use lifeboat_contract::Policy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The least that an identity has to be allowed, for one configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat permissions")]
pub struct Permissions {
    /// The version of this form.
    pub format_version: String,
    pub policies: Vec<Permission>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Permission {
    /// Whose policy.
    pub provider: String,
    /// What for: `plan` or `apply`.
    pub purpose: String,
    /// The policy, in the provider's own form.
    pub document: serde_json::Value,
}

/// Policies as one document.
pub fn permissions<'p>(policies: impl Iterator<Item = (&'p str, &'p Policy)>) -> Permissions {
    let policies = policies.map(|(provider, policy)| Permission {
        provider: provider.to_owned(),
        purpose: policy.purpose.to_owned(),
        document: policy.document.clone(),
    });
    Permissions { format_version: "1.0".to_owned(), policies: policies.collect() }
}
