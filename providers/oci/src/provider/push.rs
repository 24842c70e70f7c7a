//! Content on its way into repositories, once from its source for all of them.

use std::sync::Arc;

use lifeboat_contract::{Digest, ImageSource, ProviderError, Watch, Write};

use super::image::Place;
use super::{Oci, failed, refused};
use crate::registry::{Source, Tally, Target};
use crate::{Host, Layout};

/// One image that has to be copied from one source to several places.
pub(super) struct Errand<'e> {
    pub(super) to: Vec<(&'e Place, &'e Write)>,
    pub(super) digest: &'e Digest,
    pub(super) source: Option<&'e ImageSource>,
    pub(super) tag: Option<&'e str>,
    pub(super) watch: Watch,
}

impl Oci {
    /// Copies an image and gives it its tag; returns for each place how many bytes moved.
    pub(super) async fn push(&self, errand: Errand<'_>) -> Vec<Result<u64, ProviderError>> {
        let Errand { to, digest, source, tag, watch } = errand;
        let Some((_, write)) = to.first() else { return Vec::new() };
        let prepared = self.source(source, write).and_then(|from| Ok((from, self.client()?)));
        let (from, client) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let why = error.to_string();
                let rest = to.iter().skip(1).map(|(_, write)| Err(refused(&write.key, &*why)));
                return std::iter::once(Err(error)).chain(rest).collect();
            }
        };
        let targets: Vec<Target> = to
            .iter()
            .map(|(place, _)| Target {
                repository: place.repository.clone(),
                mounts: self.neighbours(place),
            })
            .collect();
        let repositories = targets.iter().map(|target| target.repository.clone()).collect();
        let client = client.observed_by(Arc::new(Tally::new(repositories, watch)));
        let pushed = client.push_all(&from, &targets, digest, tag).await;
        let told = pushed.into_iter().zip(&to).map(|(pushed, (_, write))| {
            pushed.map(|moved| moved.bytes).map_err(|error| failed(&write.key, error))
        });
        told.collect()
    }

    pub(super) fn source(
        &self,
        source: Option<&ImageSource>,
        write: &Write,
    ) -> Result<Source, ProviderError> {
        match source.map(ImageSource::origin) {
            Some(ImageSource::Layout { path }) => {
                let layout = Layout::open(self.0.options.folder.join(path));
                Ok(Source::Layout(layout.map_err(|error| ProviderError::Broken {
                    what: format!("{} has no content to copy", write.key),
                    source: Some(Box::new(error)),
                })?))
            }
            Some(ImageSource::Registry { repository }) => {
                let (host, name) = repository.split_once('/').unwrap_or((repository, ""));
                let lawful = |why: lifeboat_contract::Invalid| refused(&write.key, why.to_string());
                let host: Host = host.parse().map_err(lawful)?;
                Ok(Source::Registry(self.0.setting.on(host, name.parse().map_err(lawful)?)))
            }
            None | Some(ImageSource::Replicated { .. }) => {
                Err(refused(&write.key, "nobody says where its content is"))
            }
        }
    }
}
