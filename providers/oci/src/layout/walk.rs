//! All that an image refers to.

use std::collections::BTreeSet;

use lifeboat_contract::Digest;

use super::Layout;
use crate::LayoutError;
use crate::manifest::{self, Descriptor};
use crate::platform::{self, Told};

/// Index, image, and room for the nesting that some builders use.
pub(crate) const DEPTH_MAX: usize = 8;
/// The largest real images have some hundred parts; this is where a manifest is an attack.
pub(crate) const PARTS_MAX: usize = 100_000;

/// All parts of an image: what is referred to comes before what refers to it, the image itself
/// last, and each part once.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// The parts.
    pub parts: Vec<Descriptor>,
}

impl Contents {
    /// How many bytes all parts have.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.size).fold(0, u64::saturating_add)
    }

    /// How many blobs there are, manifests included.
    pub fn count(&self) -> usize {
        self.parts.len()
    }
}

impl Layout {
    /// Everything that makes the image `digest`, verified as far as manifests go.
    ///
    /// # Errors
    /// When a manifest is missing or wrong, or the image is beyond any sense.
    pub fn walk(&self, digest: &Digest) -> Result<Contents, LayoutError> {
        let top = self.descriptor(digest)?;
        let mut walk = Walk { layout: self, top: digest, seen: BTreeSet::new(), parts: Vec::new() };
        walk.visit(top, 0)?;
        Ok(Contents { parts: walk.parts })
    }
}

impl Layout {
    /// The platforms that an image says it runs on, such as `linux/amd64`; empty where it does not say.
    ///
    /// # Errors
    /// When its manifest or configuration is missing or wrong.
    pub fn platforms(&self, digest: &Digest) -> Result<BTreeSet<String>, LayoutError> {
        Ok(match platform::told(&self.manifest_bytes(digest)?) {
            Told::Here(platforms) => platforms,
            Told::In(config) => platform::of_config(&self.manifest_bytes(&config.digest()?)?),
            Told::Nowhere => BTreeSet::new(),
        })
    }
}

struct Walk<'a> {
    layout: &'a Layout,
    top: &'a Digest,
    seen: BTreeSet<Digest>,
    parts: Vec<Descriptor>,
}

impl Walk<'_> {
    fn visit(&mut self, part: Descriptor, depth: usize) -> Result<(), LayoutError> {
        let digest = part.digest()?;
        if !self.seen.insert(digest.clone()) {
            return Ok(());
        }
        if depth > DEPTH_MAX || self.seen.len() > PARTS_MAX {
            return Err(LayoutError::TooDeep { digest: self.top.clone() });
        }
        if part.is_manifest() {
            let bytes = self.layout.manifest_bytes(&digest)?;
            if bytes.len() as u64 != part.size {
                let found = bytes.len() as u64;
                return Err(LayoutError::SizeMismatch { digest, expected: part.size, found });
            }
            for child in manifest::read(&digest, &bytes, Some(&part.media_type))?.refers_to {
                self.visit(child, depth + 1)?;
            }
        }
        self.parts.push(part);
        Ok(())
    }
}
