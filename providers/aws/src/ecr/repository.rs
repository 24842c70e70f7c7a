//! Repositories: ours and as ECR holds them.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;

use aws_sdk_ecr::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ecr::operation::RequestId;
use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutability,
    ImageTagMutabilityExclusionFilter, ImageTagMutabilityExclusionFilterType, Repository as Raw,
    Tag,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_contract::{
    Batch, Encryption, Key, Location, Mark, Object, ProviderError, Receipt, Repository,
    RepositoryName, Spec, SpecHash, Wanted, Write,
};

use super::replication::Rules;
use super::{Ecr, arn, object, policy, refused, unbuilt};
use crate::action::{
    Action, CREATE_REPOSITORY, DELETE_LIFECYCLE, DELETE_POLICY, DELETE_REPOSITORY, GET_LIFECYCLE,
    GET_POLICY, LIST_REPOSITORY_TAGS, PUT_LIFECYCLE, PUT_MUTABILITY, PUT_SCANNING, SET_POLICY,
    TAG_REPOSITORY, UNTAG_REPOSITORY,
};
use crate::connect::Repeats;
use crate::expect::{fits, is_done, is_half, stale};
use crate::tag;

/// One repository that is written.
struct Hand<'h> {
    ecr: &'h Ecr,
    location: &'h Location,
    name: &'h RepositoryName,
    write: &'h Write,
}

impl Ecr {
    pub(crate) async fn commit_repository(
        &self,
        location: &Location,
        name: &RepositoryName,
        batch: &Batch,
        write: &Write,
    ) -> Result<Receipt, ProviderError> {
        let found = self.find(location, name).await?;
        let receipt = |id: Option<String>| Receipt { ids: vec![id], ..Receipt::default() };
        if !fits(write, found.as_ref()) {
            if batch.repeated && is_done(write, found.as_ref()) {
                return Ok(receipt(found.and_then(|object| object.id)));
            }
            if !(batch.repeated && is_half(write, found.as_ref())) {
                return Err(stale(write, found));
            }
        }
        let hand = Hand { ecr: self, location, name, write };
        let Some(wanted) = &write.then else {
            if let Some(found) = &found {
                hand.delete(found).await?;
            }
            return Ok(receipt(None));
        };
        let Spec::Repository(spec) = &wanted.spec else {
            return Err(refused(&write.key, "a repository holds nothing else"));
        };
        let there = match found {
            Some(found) => found,
            None => hand.create(spec, wanted).await?,
        };
        hand.update(&there, spec, wanted.mark.as_ref()).await?;
        Ok(receipt(there.id))
    }

    /// What a repository is: its settings, its tags and its policies.
    pub(super) async fn understand(
        &self,
        location: &Location,
        (name, raw): (&RepositoryName, &Raw),
        rules: &Rules,
    ) -> Result<Option<Object>, ProviderError> {
        let what = format!("repository {name} in {location}");
        let id = raw.repository_arn().unwrap_or_default().to_owned();
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let resource = arn(location, name);
        let session = self.session();
        let tags = client.list_tags_for_resource().resource_arn(&id).send();
        let tags = session.call_in(LIST_REPOSITORY_TAGS, location, &resource, tags);
        let lifecycle = client.get_lifecycle_policy().repository_name(name.as_str()).send();
        let lifecycle = session.call_in(GET_LIFECYCLE, location, &resource, lifecycle);
        let access = client.get_repository_policy().repository_name(name.as_str()).send();
        let access = session.call_in(GET_POLICY, location, &resource, access);
        let (tags, lifecycle, access) = tokio::join!(tags, lifecycle, access);
        let gone = Some("RepositoryNotFoundException");
        let tags = match tags {
            Ok(answer) => answer.tags.unwrap_or_default(),
            Err(failure) if failure.code() == gone => return Ok(None),
            Err(failure) => return Err(failure.about(&what)),
        };
        let lifecycle = match lifecycle {
            Ok(answer) => answer.lifecycle_policy_text,
            Err(failure) if failure.code() == Some("LifecyclePolicyNotFoundException") => None,
            Err(failure) if failure.code() == gone => return Ok(None),
            Err(failure) => return Err(failure.about(&what)),
        };
        let access = match access {
            Ok(answer) => answer.policy_text,
            Err(failure) if failure.code() == Some("RepositoryPolicyNotFoundException") => None,
            Err(failure) if failure.code() == gone => return Ok(None),
            Err(failure) => return Err(failure.about(&what)),
        };
        let tags: BTreeMap<String, String> =
            tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let read = read(raw, &tags, lifecycle.as_deref(), access.as_deref());
        let spec = Spec::Repository(Repository { replicate_to: rules.of(name), ..read });
        let mark = mark(&tags, &spec);
        let key = Key::Repository { location: location.clone(), name: name.clone() };
        Ok(Some(object(key, spec, mark, Some(id))))
    }
}

fn read(
    raw: &Raw,
    tags: &BTreeMap<String, String>,
    lifecycle: Option<&str>,
    access: Option<&str>,
) -> Repository {
    let mutability = raw.image_tag_mutability();
    let immutable = matches!(
        mutability,
        Some(ImageTagMutability::Immutable | ImageTagMutability::ImmutableWithExclusion)
    );
    let filters = raw.image_tag_mutability_exclusion_filters().iter();
    let mut except: Vec<String> = filters.map(|filter| filter.filter().to_owned()).collect();
    except.sort();
    let scanning = raw.image_scanning_configuration();
    let keep_last = lifecycle.and_then(policy::kept);
    let readers = access.and_then(policy::readers);
    let others = tags.iter().filter(|(key, _)| {
        !key.starts_with("aws:") && ![tag::STACK, tag::SPEC].contains(&key.as_str())
    });
    Repository {
        immutable,
        except,
        keep_last,
        lifecycle_policy: lifecycle.filter(|_| keep_last.is_none()).map(policy::canonical),
        scan: scanning.is_some_and(ImageScanningConfiguration::scan_on_push),
        encryption: raw.encryption_configuration().and_then(encryption),
        access_policy: access.filter(|_| readers.is_none()).map(policy::canonical),
        readers: readers.unwrap_or_default(),
        replicate_to: Vec::new(),
        tags: others.map(|(key, value)| (key.clone(), value.clone())).collect(),
    }
}

fn encryption(raw: &EncryptionConfiguration) -> Option<Encryption> {
    let own_key = matches!(raw.encryption_type(), EncryptionType::Kms | EncryptionType::KmsDsse);
    own_key.then(|| Encryption { key: raw.kms_key().map(str::to_owned) })
}

fn mark(tags: &BTreeMap<String, String>, spec: &Spec) -> Option<Mark> {
    let stack = tags.get(tag::STACK)?.parse().ok()?;
    let hash = tags.get(tag::SPEC).map(|hash| SpecHash::read(hash));
    Some(Mark { stack, spec: hash.unwrap_or_else(|| SpecHash::of(spec)) })
}

fn mutability(spec: &Repository) -> ImageTagMutability {
    match (spec.immutable, spec.except.is_empty()) {
        (true, true) => ImageTagMutability::Immutable,
        (true, false) => ImageTagMutability::ImmutableWithExclusion,
        (false, true) => ImageTagMutability::Mutable,
        (false, false) => ImageTagMutability::MutableWithExclusion,
    }
}

/// The key of a repository that is encrypted with the account's default one is only known
/// afterwards, so any key fits where none is asked for.
fn encryption_differs(there: Option<&Encryption>, wanted: Option<&Encryption>) -> bool {
    match (there, wanted) {
        (None, None) => false,
        (Some(there), Some(wanted)) => wanted.key.is_some() && there.key != wanted.key,
        (None, Some(_)) | (Some(_), None) => true,
    }
}

impl Hand<'_> {
    async fn client(&self) -> aws_sdk_ecr::Client {
        self.ecr.session().clients().await.ecr(self.location, Repeats::No)
    }

    fn filters(
        &self,
        spec: &Repository,
    ) -> Result<Option<Vec<ImageTagMutabilityExclusionFilter>>, ProviderError> {
        let filters = spec.except.iter().map(|pattern| {
            ImageTagMutabilityExclusionFilter::builder()
                .filter_type(ImageTagMutabilityExclusionFilterType::Wildcard)
                .filter(pattern)
                .build()
        });
        let filters: Vec<_> =
            filters.collect::<Result<_, _>>().map_err(|e| unbuilt(&self.write.key, e))?;
        Ok((!filters.is_empty()).then_some(filters))
    }

    fn tags(&self, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, ProviderError> {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        tags.collect::<Result<_, _>>().map_err(|error| unbuilt(&self.write.key, error))
    }

    /// Makes it with its tags, so that there is never one without a mark.
    async fn create(&self, spec: &Repository, wanted: &Wanted) -> Result<Object, ProviderError> {
        let encryption = match &spec.encryption {
            None => None,
            Some(Encryption { key }) => Some(
                EncryptionConfiguration::builder()
                    .encryption_type(EncryptionType::Kms)
                    .set_kms_key(key.clone())
                    .build()
                    .map_err(|error| unbuilt(&self.write.key, error))?,
            ),
        };
        let tags = with_mark(&spec.tags, wanted.mark.as_ref());
        let send = self
            .client()
            .await
            .create_repository()
            .repository_name(self.name.as_str())
            .set_tags(Some(self.tags(&tags)?))
            .image_tag_mutability(mutability(spec))
            .set_image_tag_mutability_exclusion_filters(self.filters(spec)?)
            .image_scanning_configuration(
                ImageScanningConfiguration::builder().scan_on_push(spec.scan).build(),
            )
            .set_encryption_configuration(encryption)
            .send();
        let resource = arn(self.location, self.name);
        let session = self.ecr.session();
        match session.call_in(CREATE_REPOSITORY, self.location, &resource, send).await {
            Ok(answer) => {
                let raw = answer.repository;
                let raw = raw.ok_or_else(|| refused(&self.write.key, "ECR made nothing"))?;
                let there = Spec::Repository(read(&raw, &tags, None, None));
                let id = raw.repository_arn().map(str::to_owned);
                Ok(object(self.write.key.clone(), there, wanted.mark.clone(), id))
            }
            Err(failure) if failure.code() == Some("RepositoryAlreadyExistsException") => {
                Err(stale(self.write, self.ecr.find(self.location, self.name).await?))
            }
            Err(failure) => Err(failure.about(&self.write.key)),
        }
    }

    /// Changes what differs; the mark last, since it says that all before it is done.
    async fn update(
        &self,
        there: &Object,
        spec: &Repository,
        mark: Option<&Mark>,
    ) -> Result<(), ProviderError> {
        let Spec::Repository(before) = &there.spec else {
            return Err(refused(&self.write.key, "it is no repository"));
        };
        if encryption_differs(before.encryption.as_ref(), spec.encryption.as_ref()) {
            let why = "how a repository is encrypted cannot be changed; make another";
            return Err(refused(&self.write.key, why));
        }
        if (before.immutable, &before.except) != (spec.immutable, &spec.except) {
            let send = self
                .client()
                .await
                .put_image_tag_mutability()
                .repository_name(self.name.as_str())
                .image_tag_mutability(mutability(spec))
                .set_image_tag_mutability_exclusion_filters(self.filters(spec)?)
                .send();
            self.call(PUT_MUTABILITY, send).await?;
        }
        if before.scan != spec.scan {
            let scanning = ImageScanningConfiguration::builder().scan_on_push(spec.scan).build();
            let send = self.client().await.put_image_scanning_configuration();
            let send = send.repository_name(self.name.as_str());
            let send = send.image_scanning_configuration(scanning).send();
            self.call(PUT_SCANNING, send).await?;
        }
        self.policies(before, spec).await?;
        if before.replicate_to != spec.replicate_to {
            let to = &spec.replicate_to;
            self.ecr.replicate(self.location, self.name, to, self.write).await?;
        }
        let id = there.id.as_deref().unwrap_or_default();
        let old = with_mark(&before.tags, there.mark.as_ref());
        self.retag(id, &old, &with_mark(&spec.tags, mark)).await
    }

    async fn policies(&self, before: &Repository, spec: &Repository) -> Result<(), ProviderError> {
        let name = self.name.as_str();
        if (before.keep_last, &before.lifecycle_policy) != (spec.keep_last, &spec.lifecycle_policy)
        {
            match spec.keep_last.map(policy::keep).or_else(|| spec.lifecycle_policy.clone()) {
                Some(text) => {
                    let send = self.client().await.put_lifecycle_policy().repository_name(name);
                    self.call(PUT_LIFECYCLE, send.lifecycle_policy_text(text).send()).await?;
                }
                None => {
                    let send = self.client().await.delete_lifecycle_policy();
                    self.call(DELETE_LIFECYCLE, send.repository_name(name).send()).await?;
                }
            }
        }
        if (&before.readers, &before.access_policy) != (&spec.readers, &spec.access_policy) {
            let ours = (!spec.readers.is_empty()).then(|| policy::read_by(&spec.readers));
            match ours.or_else(|| spec.access_policy.clone()) {
                Some(text) => {
                    let send = self.client().await.set_repository_policy().repository_name(name);
                    self.call(SET_POLICY, send.policy_text(text).send()).await?;
                }
                None => {
                    let send = self.client().await.delete_repository_policy();
                    self.call(DELETE_POLICY, send.repository_name(name).send()).await?;
                }
            }
        }
        Ok(())
    }

    async fn retag(
        &self,
        id: &str,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) -> Result<(), ProviderError> {
        let gone: Vec<String> =
            before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
        let new = after.iter().filter(|(key, value)| before.get(*key) != Some(*value));
        let new: BTreeMap<String, String> = new.map(|(k, v)| (k.clone(), v.clone())).collect();
        if !new.is_empty() {
            let send = self.client().await.tag_resource().resource_arn(id);
            let send = send.set_tags(Some(self.tags(&new)?)).send();
            self.call(TAG_REPOSITORY, send).await?;
        }
        if !gone.is_empty() {
            let send = self.client().await.untag_resource().resource_arn(id);
            self.call(UNTAG_REPOSITORY, send.set_tag_keys(Some(gone)).send()).await?;
        }
        Ok(())
    }

    async fn delete(&self, there: &Object) -> Result<(), ProviderError> {
        let send = self.client().await.delete_repository().repository_name(self.name.as_str());
        self.call(DELETE_REPOSITORY, send.force(false).send()).await?;
        if let Spec::Repository(spec) = &there.spec
            && !spec.replicate_to.is_empty()
        {
            self.ecr.replicate(self.location, self.name, &[], self.write).await?;
        }
        Ok(())
    }

    async fn call<T, E>(
        &self,
        action: &'static Action,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<(), ProviderError>
    where
        T: RequestId + Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let resource = arn(self.location, self.name);
        let send = Box::pin(send);
        let answer = self.ecr.session().call_in(action, self.location, &resource, send).await;
        answer.map(|_| ()).map_err(|failure| failure.about(&self.write.key))
    }
}

fn with_mark(tags: &BTreeMap<String, String>, mark: Option<&Mark>) -> BTreeMap<String, String> {
    let mut tags = tags.clone();
    if let Some(mark) = mark {
        tags.insert(tag::STACK.to_owned(), mark.stack.to_string());
        tags.insert(tag::SPEC.to_owned(), mark.spec.to_string());
    }
    tags
}
