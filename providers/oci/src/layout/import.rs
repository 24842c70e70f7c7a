//! Copies of images from other layouts.

use lifeboat_contract::Digest;

use super::{Layout, walk::Contents};
use crate::LayoutError;
use crate::manifest::Descriptor;

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The image, to be entered in the index.
    pub top: Descriptor,
    /// How many bytes were really moved.
    pub bytes: u64,
    /// How many blobs were really moved.
    pub blobs: usize,
}

impl Layout {
    /// Copies an image's content from another layout: only what is missing, verified on its way,
    /// and nothing before what it refers to. The index is left as it is.
    ///
    /// # Errors
    /// When the source lacks something or holds something else than its digests say, or the disk
    /// refuses. What was copied until then stays and is not copied again.
    pub fn import(&self, source: &Self, digest: &Digest) -> Result<Imported, LayoutError> {
        let Contents { parts } = source.walk(digest)?;
        let mut imported = Imported { top: source.descriptor(digest)?, bytes: 0, blobs: 0 };
        for part in &parts {
            let moved = self.import_part(source, part)?;
            imported.bytes += moved;
            imported.blobs += usize::from(moved > 0);
        }
        self.sync()?;
        Ok(imported)
    }

    /// Whether some content is already here, in its full size.
    pub(crate) fn has(&self, part: &Descriptor) -> Result<bool, LayoutError> {
        Ok(self.blob_size(&part.digest()?)? == Some(part.size))
    }

    fn import_part(&self, source: &Self, part: &Descriptor) -> Result<u64, LayoutError> {
        if self.has(part)? {
            return Ok(0);
        }
        let digest = part.digest()?;
        let from = match source.open_blob(&digest) {
            Err(LayoutError::MissingBlob { .. }) if part.may_be_absent() => return Ok(0),
            opened => opened?,
        };
        let mut draft = self.draft()?;
        draft.fill(from, part.size)?;
        draft.finish(&digest, part.size)?;
        Ok(part.size)
    }
}
