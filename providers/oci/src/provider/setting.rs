//! What the provider's block says: which registry is where, and how it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lifeboat_contract::{Location, ProviderError, RepositoryName};

use super::refused;
use crate::Host;
use crate::registry::{Repository, Transport};

/// Registries by location.
#[derive(Debug, Default)]
pub(super) struct Setting {
    registries: BTreeMap<Location, Host>,
    insecure: BTreeSet<Host>,
    /// The file with authorities, as it was written.
    pub(super) ca: Option<PathBuf>,
    /// What is in it.
    pub(super) authorities: Option<Vec<u8>>,
}

impl Setting {
    /// Reads the attributes of the block.
    pub(super) fn read(
        attributes: &BTreeMap<String, String>,
        folder: &Path,
    ) -> Result<Self, String> {
        let mut setting = Self::default();
        for pair in listed(attributes, "registries") {
            let Some((location, host)) = pair.split_once('=') else {
                return Err(format!(
                    "`registries` has `{pair}`, which names no registry: write `{{ {pair} = HOST }}`"
                ));
            };
            let broken = |why: lifeboat_contract::Invalid| format!("`registries`: {why}");
            let location: Location = location.trim().parse().map_err(broken)?;
            let host: Host = host.trim().parse().map_err(broken)?;
            if let Some((other, _)) = setting.registries.iter().find(|(_, at)| **at == host) {
                return Err(format!(
                    "`registries` has `{host}` for `{other}` and for `{location}`: what is lost \
                     with one is lost with both, so give each its own"
                ));
            }
            if setting.registries.insert(location.clone(), host).is_some() {
                return Err(format!("`registries` names location `{location}` twice"));
            }
        }
        for host in listed(attributes, "insecure") {
            let host: Host = host.parse().map_err(|why| format!("`insecure`: {why}"))?;
            setting.insecure.insert(host);
        }
        if let Some(path) = attributes.get("ca") {
            let read = std::fs::read(folder.join(path));
            let bytes =
                read.map_err(|why| format!("cannot read `{path}`, named by `ca`: {why}"))?;
            setting.authorities = Some(bytes);
            setting.ca = Some(path.into());
        }
        Ok(setting)
    }

    /// A repository of a location's registry.
    pub(super) fn at(
        &self,
        location: &Location,
        name: &RepositoryName,
    ) -> Result<Repository, ProviderError> {
        let Some(host) = self.registries.get(location) else {
            let why = format!(
                "it has no registry: add `{location} = HOST` to `registries` of `provider \"oci\"`"
            );
            return Err(refused(&format!("location `{location}`"), why));
        };
        Ok(self.on(host.clone(), name.clone()))
    }

    /// A repository of any registry, asked as the block says.
    pub(super) fn on(&self, host: Host, name: RepositoryName) -> Repository {
        let is_plain = self.insecure.contains(&host);
        let transport = if is_plain { Transport::Plain } else { Transport::Tls };
        Repository { transport, ..Repository::new(host, name) }
    }
}

fn listed<'a>(
    attributes: &'a BTreeMap<String, String>,
    name: &str,
) -> impl Iterator<Item = &'a str> {
    let text = attributes.get(name).map_or("", String::as_str);
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Setting, String> {
        let owned = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Setting::read(&owned.collect(), Path::new("/"))
    }

    #[test]
    fn every_location_has_its_registry_and_only_what_is_named_is_asked_without_tls() {
        let pairs =
            [("registries", "eu = a.example:5000, us=b.example"), ("insecure", "a.example:5000")];
        let setting = read(&pairs).unwrap();
        let name: RepositoryName = "shop/web".parse().unwrap();
        let at = |location: &str| setting.at(&location.parse().unwrap(), &name);
        let (eu, us) = (at("eu").unwrap(), at("us").unwrap());
        assert_eq!((eu.host.as_str(), eu.transport), ("a.example:5000", Transport::Plain));
        assert_eq!((us.host.as_str(), us.transport), ("b.example", Transport::Tls));
        let why = at("asia").unwrap_err().to_string();
        assert!(why.contains("add `asia = HOST` to `registries`"), "{why}");
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (name, text, word) in [
            ("registries", "eu", "`{ eu = HOST }`"),
            ("registries", "eu=a.example, eu=b.example", "twice"),
            ("registries", "eu=a.example, us=a.example", "`eu` and for `us`"),
            ("registries", "EU=a.example", "location"),
            ("registries", "eu=a.example:0", "port"),
            ("insecure", "http://a.example", "registry host"),
            ("ca", "no/such/file", "no/such/file"),
        ] {
            let why = read(&[(name, text)]).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
