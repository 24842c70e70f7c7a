//! What a registry lists: its repositories, and the tags of one.

use reqwest::{Method, Url};
use serde::Deserialize;

use super::plan::small_body;
use super::request::Ask;
use super::{Access, Client, RegistryError, Remote, Repository};

/// A registry with longer lists is none that is read whole.
const PAGES_MAX: usize = 100;

#[derive(Deserialize)]
struct Page {
    #[serde(alias = "tags", alias = "repositories")]
    names: Option<Vec<String>>,
}

impl Client {
    /// The tags of a repository; none where there is no such repository.
    ///
    /// # Errors
    /// When the registry does not tell.
    pub async fn tags(&self, at: &Repository) -> Result<Vec<String>, RegistryError> {
        let remote = at.remote(Access::Pull);
        let mut ask = remote.asking(Method::GET, "tags", "list");
        ask.what = format!("the tags of {}", at.name);
        match self.names(ask).await {
            Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => {
                Ok(Vec::new())
            }
            answered => answered,
        }
    }

    /// The names of all repositories of the registry that `at` belongs to; absent where the registry
    /// keeps no such list, or not for everybody.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn catalog(&self, at: &Repository) -> Result<Option<Vec<String>>, RegistryError> {
        let remote = at.remote(Access::Pull);
        let mut ask = remote.asking(Method::GET, "tags", "list");
        ask.url = remote.catalog_url();
        "the list of repositories".clone_into(&mut ask.what);
        match self.names(ask).await {
            Ok(names) => Ok(Some(names)),
            Err(
                RegistryError::NotFound { .. }
                | RegistryError::NoRepository { .. }
                | RegistryError::Denied { .. }
                | RegistryError::Answer { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn names(&self, mut ask: Ask<'_>) -> Result<Vec<String>, RegistryError> {
        let mut names = Vec::new();
        for _ in 0..PAGES_MAX {
            let response = self.asked(&ask, &[]).await?;
            let link = response.headers().get("link").and_then(|link| link.to_str().ok());
            let next = link.and_then(|link| link.split_once('<')?.1.split_once('>'));
            let next = next.and_then(|(next, _)| response.url().join(next).ok());
            let bytes = small_body(&ask.remote, response, &ask.what).await?;
            let page: Page = serde_json::from_slice(&bytes)
                .map_err(|_| ask.remote.strange(ask.what.clone(), "no list"))?;
            names.extend(page.names.unwrap_or_default());
            let home = Url::parse(&ask.url).ok().map(|home| home.origin());
            match next.filter(|next| Some(next.origin()) == home) {
                Some(next) => ask.url = next.to_string(),
                None => return Ok(names),
            }
        }
        Err(ask.remote.strange(ask.what, "a list without end"))
    }
}

impl Remote<'_> {
    fn catalog_url(&self) -> String {
        let own = self.url("tags", "list");
        let end = format!("{}/tags/list", self.repository);
        format!("{}_catalog?n=1000", own.strip_suffix(&end).unwrap_or(&own))
    }
}
