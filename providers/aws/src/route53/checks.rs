//! Writing health checks. A create whose answer was lost never leaves a twin: its
//! `CallerReference` is the check's own name, so the same create finds the same check.

use aws_sdk_route53::types::{HealthCheckConfig, Tag, TagResourceType};
use lifeboat_contract::{
    Batch, HealthCheck, Key, Object, ProviderError, Receipt, Spec, SpecHash, Wanted, Write,
};

use super::check::{HeldCheck, admit, caller_reference, resets, written};
use super::{Checks, Route53, refused, unbuilt};
use crate::action::{CHANGE_TAGS, CREATE_CHECK, DELETE_CHECK, GET_CHECK, UPDATE_CHECK};
use crate::expect::{fits, is_done, stale};
use crate::tag;

/// How many checks of one name may have been deleted before a new one gets no name any more. AWS
/// forgets used references only after days.
const TRIES_MAX: u32 = 100;

impl Route53 {
    pub(crate) async fn commit_check(
        &self,
        batch: &Batch,
        write: &Write,
    ) -> Result<Receipt, ProviderError> {
        if !self.checks(|checks| checks.whole) {
            self.refresh_checks().await?;
        }
        let found = match (self.find_check(write), &write.expect) {
            // What is to be changed is read again just before.
            (Some(held), _) => self.read_check(&held.id).await?,
            (None, None) if !batch.repeated => None,
            (None, _) => {
                self.refresh_checks().await?;
                self.find_check(write)
            }
        };
        let object = found.as_ref().and_then(|held| self.object(held));
        let id = |id: Option<String>| Receipt { ids: vec![id], ..Receipt::default() };
        if !fits(write, object.as_ref()) {
            let done = batch.repeated && is_done(write, object.as_ref());
            return if done {
                Ok(id(object.and_then(|object| object.id)))
            } else {
                Err(stale(write, object))
            };
        }
        let (held, wanted) = match (found, &write.then) {
            (None, None) => return Ok(id(None)),
            (None, Some(wanted)) => {
                return Ok(id(Some(self.create_check(batch, write, wanted).await?)));
            }
            (Some(held), None) => {
                self.delete_check(&held, write).await?;
                return Ok(id(None));
            }
            (Some(held), Some(wanted)) => (held, wanted),
        };
        if write.moves().is_some() {
            self.move_check(&held, write, wanted).await?;
        } else {
            self.update_check(&held, write, wanted).await?;
        }
        Ok(id(Some(held.id)))
    }

    /// What is kept of the check that a write is about: where it is written, or whence it comes.
    fn find_check(&self, write: &Write) -> Option<HeldCheck> {
        let at = |checks: &Checks, key: &Key| match key {
            Key::HealthCheck { reference } => checks.get(reference).cloned(),
            Key::ForeignCheck { id } => {
                checks.by_id.get(id).filter(|check| check.reference.is_none()).cloned()
            }
            Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::RecordSet { .. } => None,
        };
        self.checks(|checks| at(checks, &write.key).or_else(|| at(checks, &write.moves()?.key)))
    }

    fn object(&self, held: &HeldCheck) -> Option<Object> {
        self.checks(|checks| held.object(|id| checks.of(id)))
    }

    async fn read_check(&self, id: &str) -> Result<Option<HeldCheck>, ProviderError> {
        let client = &self.session().clients().await.route53;
        let send = client.get_health_check().health_check_id(id).send();
        match self.session().call(GET_CHECK, &arn(id), 0, send).await {
            Ok(answer) => {
                let adopted =
                    self.checks(|checks| checks.by_id.get(id).and_then(|c| c.reference.clone()));
                let held = answer.health_check().and_then(|raw| HeldCheck::of(raw, adopted));
                if let Some(held) = &held {
                    self.checks(|checks| checks.put(held.clone()));
                }
                Ok(held)
            }
            Err(failure) if failure.code() == Some("NoSuchHealthCheck") => {
                self.checks(|checks| checks.remove(id));
                Ok(None)
            }
            Err(failure) => Err(failure.about(&format!("health check {id}"))),
        }
    }

    async fn create_check(
        &self,
        batch: &Batch,
        write: &Write,
        wanted: &Wanted,
    ) -> Result<String, ProviderError> {
        let Key::HealthCheck { reference } = &write.key else {
            return Err(refused(&write.key, "what nobody marks is not made here"));
        };
        let config = self.config(write, wanted)?;
        let client = &self.session().clients().await.route53_once;
        for number in 0..TRIES_MAX {
            let send = client
                .create_health_check()
                .caller_reference(caller_reference(reference, number))
                .health_check_config(config.clone())
                .send();
            match self.session().call(CREATE_CHECK, &"*", 0, send).await {
                Ok(answer) => {
                    let held = answer.health_check().and_then(|raw| HeldCheck::of(raw, None));
                    let Some(held) = held else {
                        return Err(refused(&write.key, "Route 53 did not say what it made"));
                    };
                    self.checks(|checks| checks.put(held.clone()));
                    self.name_check(&held.id, write, wanted).await?;
                    return Ok(held.id);
                }
                Err(failure) if failure.code() == Some("HealthCheckAlreadyExists") => {
                    // Somebody has made it in the meantime, or a check that is deleted had it.
                    self.refresh_checks().await?;
                    let there = self.checks(|checks| checks.get(reference).cloned());
                    let Some(held) = there else { continue };
                    let object = self.object(&held);
                    if batch.repeated && is_done(write, object.as_ref()) {
                        return Ok(held.id);
                    }
                    return Err(stale(write, object));
                }
                Err(failure) => return Err(failure.about(&write.key)),
            }
        }
        let why = format!("the names of {TRIES_MAX} checks before it are still taken; wait a day");
        Err(refused(&write.key, why))
    }

    /// Gives it the name that people see, and says what was applied to it.
    async fn name_check(
        &self,
        id: &str,
        write: &Write,
        wanted: &Wanted,
    ) -> Result<(), ProviderError> {
        let address: String = write.address.as_str().chars().take(256).collect();
        let hash = SpecHash::of(&wanted.spec);
        let tags = [(tag::NAME, allowed(&address)), (tag::SPEC, hash.to_string())];
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (*key, &**value)).collect();
        self.tag_check(id, write, &tags, &[]).await
    }

    async fn tag_check(
        &self,
        id: &str,
        write: &Write,
        add: &[(&str, &str)],
        remove: &[&str],
    ) -> Result<(), ProviderError> {
        self.change_tags(TagResourceType::Healthcheck, id, add, remove)
            .await
            .map_err(|failure| failure.about(&write.key))
    }

    pub(super) async fn change_tags(
        &self,
        kind: TagResourceType,
        id: &str,
        add: &[(&str, &str)],
        remove: &[&str],
    ) -> Result<(), crate::call::Failure> {
        let client = &self.session().clients().await.route53_once;
        let tags = add.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
        let tags: Vec<Tag> = tags.collect();
        let gone: Vec<String> = remove.iter().map(|key| (*key).to_owned()).collect();
        let what = format!("arn:aws:route53:::{kind}/{id}");
        let send = client
            .change_tags_for_resource()
            .resource_type(kind)
            .resource_id(id)
            .set_add_tags((!tags.is_empty()).then_some(tags))
            .set_remove_tag_keys((!gone.is_empty()).then_some(gone))
            .send();
        self.session().call(CHANGE_TAGS, &what, 0, send).await?;
        Ok(())
    }

    /// Takes over a check that nobody marked, or lets go of one that was taken over.
    async fn move_check(
        &self,
        held: &HeldCheck,
        write: &Write,
        wanted: &Wanted,
    ) -> Result<(), ProviderError> {
        let object = self.object(held);
        if object.is_none_or(|object| object.spec != wanted.spec) {
            return Err(refused(&write.key, "a check is taken over and let go of as it is"));
        }
        let reference = match &write.key {
            Key::HealthCheck { reference } => Some(reference.clone()),
            Key::ForeignCheck { id } if *id == held.id && !held.made => None,
            Key::ForeignCheck { .. }
            | Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::RecordSet { .. } => {
                let why = "its reference is its mark, which cannot be changed";
                return Err(refused(&write.key, why));
            }
        };
        match &reference {
            Some(reference) => {
                let (text, hash) = (reference.to_string(), SpecHash::of(&wanted.spec).to_string());
                let tags = [(tag::REFERENCE, text.as_str()), (tag::SPEC, hash.as_str())];
                self.tag_check(&held.id, write, &tags, &[]).await?;
            }
            None => {
                self.tag_check(&held.id, write, &[], &[tag::REFERENCE, tag::SPEC]).await?;
            }
        }
        self.checks(|checks| {
            checks.remove(&held.id);
            checks.put(HeldCheck { reference, ..held.clone() });
        });
        self.rename_in_sets(&held.id).await;
        Ok(())
    }

    /// What depends on a check is from now on seen as depending on it by its new name.
    async fn rename_in_sets(&self, id: &str) {
        let name = self.checks(|checks| checks.of(id));
        for zone in self.all_zones() {
            let mut zone = zone.lock().await;
            let sets = zone.iter_mut().flat_map(|zone| zone.sets.values_mut());
            for (_, object) in sets.filter(|(raw, _)| raw.health_check_id() == Some(id)) {
                if let Spec::RecordSet(set) = &mut object.spec {
                    set.health_check = Some(name.clone());
                }
            }
        }
    }

    async fn update_check(
        &self,
        held: &HeldCheck,
        write: &Write,
        wanted: &Wanted,
    ) -> Result<(), ProviderError> {
        let stack = wanted.mark.as_ref().map(|mark| &mark.stack);
        if held.reference.as_ref().map(|reference| &reference.stack) != stack {
            return Err(refused(&write.key, "its reference is its mark, which cannot be changed"));
        }
        let config = self.config(write, wanted)?;
        let fixed = |config: &HealthCheckConfig| (config.r#type.clone(), config.request_interval);
        if fixed(&config) != fixed(&held.raw) && config.request_interval.is_some() {
            let why = "protocol and interval of a check cannot be changed; make another";
            return Err(refused(&write.key, why));
        }
        let resets = resets(&held.raw, &config);
        let client = &self.session().clients().await.route53_once;
        let send = client
            .update_health_check()
            .health_check_id(&held.id)
            .health_check_version(i64::try_from(held.version).unwrap_or(i64::MAX))
            .set_ip_address(config.ip_address)
            .set_port(config.port)
            .set_resource_path(config.resource_path)
            .set_fully_qualified_domain_name(config.fully_qualified_domain_name)
            .set_search_string(config.search_string)
            .set_failure_threshold(config.failure_threshold)
            .set_inverted(config.inverted)
            .set_disabled(config.disabled)
            .set_health_threshold(config.health_threshold)
            .set_child_health_checks(config.child_health_checks)
            .set_enable_sni(config.enable_sni)
            .set_regions(config.regions)
            .set_reset_elements((!resets.is_empty()).then_some(resets))
            .send();
        match self.session().call(UPDATE_CHECK, &arn(&held.id), 0, send).await {
            Ok(answer) => {
                let reference = held.reference.clone();
                let now = answer.health_check().and_then(|raw| HeldCheck::of(raw, reference));
                self.checks(|checks| now.map(|now| checks.put(now)));
                self.name_check(&held.id, write, wanted).await
            }
            Err(failure)
                if matches!(
                    failure.code(),
                    Some("HealthCheckVersionMismatch" | "NoSuchHealthCheck")
                ) =>
            {
                let now = self.read_check(&held.id).await?;
                Err(stale(write, now.and_then(|held| self.object(&held))))
            }
            Err(failure) => Err(failure.about(&write.key)),
        }
    }

    async fn delete_check(&self, held: &HeldCheck, write: &Write) -> Result<(), ProviderError> {
        // Route 53 deletes a check that is in use, and what then becomes of its names nobody says.
        for zone in self.all_zones() {
            let zone = zone.lock().await;
            let mut sets = zone.iter().flat_map(|zone| &zone.sets);
            if let Some((_, (_, object))) =
                sets.find(|(_, (raw, _))| raw.health_check_id() == Some(&held.id))
            {
                return Err(refused(&write.key, format!("{} still depends on it", object.key)));
            }
        }
        let counting = self.checks(|checks| {
            let mut all = checks.by_id.values();
            all.find(|other| other.raw.child_health_checks().contains(&held.id))
                .map(|other| other.id.clone())
        });
        if let Some(other) = counting {
            return Err(refused(&write.key, format!("health check {other} still counts it")));
        }
        let client = &self.session().clients().await.route53_once;
        let send = client.delete_health_check().health_check_id(&held.id).send();
        match self.session().call(DELETE_CHECK, &arn(&held.id), 0, send).await {
            Ok(_) => {
                self.checks(|checks| checks.remove(&held.id));
                Ok(())
            }
            Err(failure) if failure.code() == Some("NoSuchHealthCheck") => {
                self.checks(|checks| checks.remove(&held.id));
                Err(stale(write, None))
            }
            Err(failure) => Err(failure.about(&write.key)),
        }
    }

    /// The check as Route 53 takes it.
    fn config(&self, write: &Write, wanted: &Wanted) -> Result<HealthCheckConfig, ProviderError> {
        let Spec::HealthCheck(check) = &wanted.spec else {
            return Err(refused(&write.key, "a health check holds nothing else"));
        };
        admit(write, check)?;
        let mut children = Vec::new();
        if let HealthCheck::Calculated { checks, .. } = check {
            for child in checks {
                let Some(id) = self.checks(|held| held.id(child)) else {
                    return Err(refused(&write.key, "a check that it counts is not there"));
                };
                children.push(id);
            }
        }
        written(check, children).map_err(|error| unbuilt(&write.key, error))
    }
}

fn arn(id: &str) -> String {
    format!("arn:aws:route53:::healthcheck/{id}")
}

/// Tags take letters, digits, spaces and `_.:/=+-@`.
fn allowed(text: &str) -> String {
    let lawful = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    text.chars().map(|c| if lawful(c) { c } else { ' ' }).collect()
}
