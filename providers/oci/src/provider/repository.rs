//! Repositories that are written: by the note that says whose they are.

use lifeboat_contract::{Batch, ProviderError, Receipt, Repository, Spec, Wanted, Write};

use super::expect::{Match, compare, stale};
use super::image::Place;
use super::note::{NOTE, Note};
use super::{Oci, failed, info, refused};
use crate::registry::RegistryError;

impl Oci {
    pub(super) async fn commit_repository(
        &self,
        place: &Place,
        batch: &Batch,
        write: &Write,
    ) -> Result<Receipt, ProviderError> {
        let held = self.held(place).await?;
        let found = held.repository(place);
        match compare(write, found.as_ref(), batch.repeated) {
            Match::Expected | Match::Half => {}
            Match::Done => return Ok(receipt(found.and_then(|object| object.id))),
            Match::Stale => return Err(stale(write, found)),
        }
        let (client, at) = (self.client()?, &place.repository);
        let wrong = |error| failed(&write.key, error);
        let Some(Wanted { spec, mark, source: _ }) = &write.then else {
            if let Some(first) = held.images.first() {
                let why =
                    format!("it holds {} images, such as {}", held.images.len(), first.digest);
                return Err(refused(&write.key, why));
            }
            if let Some(note) = &held.note {
                client.delete(at, &note.digest).await.map_err(wrong)?;
            }
            return Ok(receipt(None));
        };
        let Spec::Repository(settings) = spec else {
            return Err(refused(&write.key, format!("it cannot be a {}", spec.kind())));
        };
        can_be(write, settings)?;
        let bytes = Note::write(settings, mark.as_ref());
        client.put_tagged(at, NOTE, bytes.clone()).await.map_err(wrong)?;
        let new = lifeboat_contract::Digest::of(&bytes);
        if let Some(old) = held.note.filter(|old| old.digest != new) {
            match client.delete(at, &old.digest).await {
                // It has no tag any more, so it does no harm.
                Ok(()) | Err(RegistryError::NoDeletion { .. }) => {}
                Err(error) => return Err(wrong(error)),
            }
        }
        Ok(receipt(Some(place.id())))
    }
}

/// A registry knows nothing of what its repositories shall be like. That tags do not move is what
/// Lifeboat itself keeps to.
fn can_be(write: &Write, settings: &Repository) -> Result<(), ProviderError> {
    let Repository { immutable, except, .. } = settings;
    let kept =
        Repository { immutable: *immutable, except: except.clone(), ..Repository::default() };
    if *settings == kept {
        return Ok(());
    }
    Err(ProviderError::Unsupported {
        provider: info::NAME.to_owned(),
        what: write.key.to_string(),
        why: "its repositories have no settings but whether tags move".to_owned(),
    })
}

fn receipt(id: Option<String>) -> Receipt {
    Receipt { ids: vec![id], pending: None, bytes: 0 }
}
