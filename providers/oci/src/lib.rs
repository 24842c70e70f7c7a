//! Images as content: layouts on disk, references to them, and copies verified by digest.
//!
//! Input: a source (a layout or a registry) and a digest. Output: a layout or a repository that holds
//! the image complete. Never trusts a byte: everything is measured and hashed while it moves.

pub mod durable;
mod error;
mod layout;
mod manifest;
mod platform;
#[cfg(feature = "registry")]
mod provider;
pub mod reference;
#[cfg(feature = "registry")]
pub mod registry;

pub use error::LayoutError;
pub use layout::{Contents, Draft, Entry, Imported, Index, Layout, TAG_ANNOTATION};
pub use manifest::{Descriptor, MANIFEST_BYTES_MAX, media_type};
pub use platform::select;
#[cfg(feature = "registry")]
pub use provider::{INFO, Oci, Options};
pub use reference::{Host, Place, Reference};
