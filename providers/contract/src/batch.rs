//! Writes, and what they expect to find.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Address, Key, Location, Mark, Object, Spec, Stack};

/// Writes that happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The owner of what is written.
    pub stack: Stack,
    /// The writes, each to another key. All record sets of one zone, or one write of any kind.
    pub writes: Vec<Write>,
    /// An earlier attempt at this batch may have reached the provider although its answer was lost.
    /// Then a batch found already done succeeds.
    pub repeated: bool,
}

/// One write and what it expects to find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The resource's name in the configuration, for people.
    pub address: Address,
    /// Where to write.
    pub key: Key,
    /// The object that must be there, equal in spec, mark and version; absent means that nothing
    /// may be there. It has the key of the write, but for a health check that is taken over or let
    /// go of: see [`Write::moves`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expect: Option<Object>,
    /// What shall be there; absent removes the object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub then: Option<Wanted>,
}

impl Write {
    /// The object with another key that is taken over or let go of, if the write does so.
    ///
    /// A health check whose mark is not part of it keeps its id and its spec and gets another key: an
    /// unmarked one becomes [`Key::HealthCheck`] by a mark, and one that was taken over becomes
    /// [`Key::ForeignCheck`] again without it. Whatever refers to it is then observed as referring
    /// by the new key. One that was made under its reference cannot be let go of.
    pub fn moves(&self) -> Option<&Object> {
        self.expect.as_ref().filter(|object| object.key != self.key)
    }
}

/// What shall be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What it shall be.
    pub spec: Spec,
    /// Who owns it; absent lets go of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<Mark>,
    /// Where an image copy's content comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<ImageSource>,
}

/// Where an image's content comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ImageSource {
    /// An OCI image layout: a folder, relative to the configuration's.
    Layout {
        /// The folder.
        path: String,
    },
    /// A repository of an OCI registry.
    Registry {
        /// Host, port and repository: `registry.example.com:5000/shop/web`.
        repository: String,
    },
    /// The registry of another location brings it by itself; where it does not, it is copied.
    Replicated {
        /// That location.
        from: Location,
        /// Where it is copied from otherwise.
        source: Box<Self>,
    },
}

impl ImageSource {
    /// Where content is copied from, whatever a registry is expected to bring.
    pub fn origin(&self) -> &Self {
        match self {
            Self::Replicated { source, .. } => source.origin(),
            Self::Layout { .. } | Self::Registry { .. } => self,
        }
    }
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The ids of what was written, in the order of the writes; absent where there is none.
    pub ids: Vec<Option<String>>,
    /// A change that takes effect later, to be awaited with [`crate::Provider::settle`].
    pub pending: Option<String>,
    /// Bytes of image content moved.
    pub bytes: u64,
}
