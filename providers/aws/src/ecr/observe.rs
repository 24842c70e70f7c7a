//! Reading a region: one bulk listing, and then what the stack declares or owns, whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_ecr::types::Repository as Raw;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use lifeboat_contract::{
    Depth, ImageState, Key, Location, Object, ProviderError, RepositoryName, Scope, Stack,
};
use tokio::task::JoinSet;

use super::replication::Rules;
use super::{Ecr, arn};
use crate::action::{DESCRIBE_REPOSITORIES, GET_RESOURCES};
use crate::connect::Repeats;
use crate::tag;

/// Repositories on a page: the most that ECR gives.
const PAGE: i32 = 1000;

/// What is there, and how images stand.
type Seen = (Vec<Object>, BTreeMap<Key, ImageState>);

impl Ecr {
    /// Reads a region's repositories, as far as the scope names them or the stack owns them.
    pub(crate) async fn observe(
        &self,
        location: &Location,
        scope: &Scope,
    ) -> Result<Seen, ProviderError> {
        let read = Box::pin(self.read(location, scope));
        self.session().while_it_answers(Some(location), read).await
    }

    async fn read(&self, location: &Location, scope: &Scope) -> Result<Seen, ProviderError> {
        let (there, owned) =
            tokio::try_join!(self.list(location), self.owned(location, &scope.stack))?;
        let wanted = |name: &RepositoryName| {
            scope.depth == Depth::Everything
                || scope.repositories.contains(name)
                || owned.contains(name)
        };
        // What the stack works with is what is likely to share layers.
        self.has_seen(location, there.keys().filter(|name| wanted(name)).cloned());
        let rules = if there.keys().any(&wanted) {
            Arc::new(self.rules(location).await?)
        } else {
            Arc::default()
        };
        let mut reads = JoinSet::new();
        for (name, raw) in there {
            if wanted(&name) {
                let (this, location) = (self.clone(), location.clone());
                let rules = Arc::clone(&rules);
                let read = async move {
                    Box::pin(this.read_whole(&location, (&name, &raw), &rules)).await
                };
                reads.spawn(read);
            }
        }
        let mut seen = Seen::default();
        while let Some(read) = reads.join_next().await {
            match read {
                Ok(read) => {
                    let (objects, images) = read?;
                    seen.0.extend(objects);
                    seen.1.extend(images);
                }
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
        Ok(seen)
    }

    async fn read_whole(
        &self,
        location: &Location,
        (name, raw): (&RepositoryName, &Raw),
        rules: &Rules,
    ) -> Result<Seen, ProviderError> {
        let (repository, images) = tokio::try_join!(
            self.understand(location, (name, raw), rules),
            self.images(location, name)
        )?;
        let mut objects: Vec<Object> = repository.into_iter().collect();
        let mut states = BTreeMap::new();
        if !objects.is_empty() {
            for image in images {
                let object = image.object(location, name);
                states.insert(object.key.clone(), image.state());
                objects.push(object);
            }
        }
        Ok((objects, states))
    }

    /// All repositories of a region.
    async fn list(
        &self,
        location: &Location,
    ) -> Result<BTreeMap<RepositoryName, Raw>, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let mut all = BTreeMap::new();
        let mut token = None;
        loop {
            let send = client.describe_repositories().max_results(PAGE).set_next_token(token);
            let page = self
                .session()
                .call_in(DESCRIBE_REPOSITORIES, location, &"*", send.send())
                .await
                .map_err(|failure| failure.about(&format!("the repositories in {location}")))?;
            for raw in page.repositories.unwrap_or_default() {
                let name = raw.repository_name().and_then(|name| name.parse().ok());
                if let Some(name) = name {
                    all.insert(name, raw);
                }
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    /// The repositories that carry the stack's tag. The index of tags lags behind by seconds, so it
    /// only finds what nothing declares any more; what is declared is read by its name.
    async fn owned(
        &self,
        location: &Location,
        stack: &Stack,
    ) -> Result<BTreeSet<RepositoryName>, ProviderError> {
        let client = self.session().clients().await.tagging(location);
        let filter = TagFilter::builder().key(tag::STACK).values(stack.as_str()).build();
        let mut owned = BTreeSet::new();
        let mut token = None;
        loop {
            let send = client
                .get_resources()
                .tag_filters(filter.clone())
                .resource_type_filters("ecr:repository")
                .set_pagination_token(token)
                .send();
            let page = self
                .session()
                .call_in(GET_RESOURCES, location, &"*", send)
                .await
                .map_err(|failure| failure.about(&format!("tags of {stack} in {location}")))?;
            let found = page.resource_tag_mapping_list.unwrap_or_default();
            owned.extend(found.iter().filter_map(|resource| {
                let (_, name) = resource.resource_arn()?.split_once(":repository/")?;
                name.parse().ok()
            }));
            token = page.pagination_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(owned);
            }
        }
    }

    /// A repository by its name; absent when there is none.
    pub(super) async fn find(
        &self,
        location: &Location,
        name: &RepositoryName,
    ) -> Result<Option<Object>, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let send = client.describe_repositories().repository_names(name.as_str()).send();
        let resource = arn(location, name);
        let answer = self.session().call_in(DESCRIBE_REPOSITORIES, location, &resource, send).await;
        match answer {
            Ok(answer) => match answer.repositories().first() {
                Some(raw) => {
                    let rules = self.rules(location).await?;
                    self.understand(location, (name, raw), &rules).await
                }
                None => Ok(None),
            },
            Err(failure) if failure.code() == Some("RepositoryNotFoundException") => Ok(None),
            Err(failure) => Err(failure.about(&format!("repository {name} in {location}"))),
        }
    }
}
