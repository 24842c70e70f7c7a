//! Logins, from the files that `docker login` and `podman login` write.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use serde::Deserialize;

use crate::Host;

/// Docker Hub's names: what people write, where the logins are, and where the registry is.
pub(super) const HUB: &str = "docker.io";
const HUB_LOGIN: &str = "https://index.docker.io/v1/";
pub(super) const HUB_REGISTRY: &str = "registry-1.docker.io";

/// Logins by host. Never printed.
#[derive(Clone, Default)]
pub struct Credentials {
    logins: BTreeMap<String, Login>,
    /// Programs that keep the logins of hosts, and the one for all other hosts.
    keepers: BTreeMap<String, String>,
    keeper: Option<String>,
}

/// A name and a secret. Never printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Login {
    /// The name.
    pub username: String,
    /// The secret.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.logins.keys()).finish()
    }
}

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(default)]
    auths: BTreeMap<String, ConfigLogin>,
    #[serde(rename = "credHelpers", default)]
    keepers: BTreeMap<String, String>,
    #[serde(rename = "credsStore", default)]
    keeper: Option<String>,
}

#[derive(Deserialize)]
struct ConfigLogin {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

impl Credentials {
    /// Reads the text of a `config.json` or `auth.json`. Where it has no secret of its own but names
    /// a credential helper, that is run when a registry wants a login.
    ///
    /// # Errors
    /// When it is not such a file. The error does not quote it.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let file: ConfigFile = serde_json::from_str(text)?;
        let logins = file.auths.into_iter().filter_map(|(key, login)| {
            let login = login.read()?;
            Some((place(&key).to_owned(), login))
        });
        let keepers = file.keepers.into_iter();
        let keepers = keepers.map(|(key, keeper)| (place(&key).to_owned(), keeper)).collect();
        let keeper = file.keeper.filter(|keeper| !keeper.is_empty());
        Ok(Self { logins: logins.collect(), keepers, keeper })
    }

    /// Which program keeps the login of a host, and what it calls the host.
    pub(super) fn keeper<'a>(&'a self, host: &'a Host) -> Option<(&'a str, &'a str)> {
        let keeper = self.keepers.get(host.as_str()).or(self.keeper.as_ref())?;
        let server = if host.as_str() == HUB { HUB_LOGIN } else { host.as_str() };
        Some((keeper, server))
    }

    /// The login for a repository: that of the longest path that leads to it, then that of the host.
    pub(super) fn find(&self, host: &Host, repository: &str) -> Option<&Login> {
        let mut place = format!("{host}/{repository}");
        loop {
            if let Some(login) = self.logins.get(&place) {
                return Some(login);
            }
            place.truncate(place.rfind('/')?);
        }
    }
}

impl ConfigLogin {
    fn read(self) -> Option<Login> {
        if self.auth.is_empty() {
            let Self { auth: _, username, password } = self;
            return (!username.is_empty()).then_some(Login { username, password });
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(self.auth).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (username, password) = text.trim_end_matches('\0').split_once(':')?;
        Some(Login { username: username.to_owned(), password: password.to_owned() })
    }
}

/// The host, and for podman the path too, that a key of the file is for.
fn place(key: &str) -> &str {
    if key == HUB_LOGIN {
        return HUB;
    }
    match key.split_once("://") {
        // Old files have an address here, of which only the host counts.
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => key.trim_end_matches('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_login_is_taken() {
        // `user:one`, `user:two`, `user:hub`
        let file = r#"{"auths": {
            "registry.example.com": {"auth": "dXNlcjpvbmU="},
            "registry.example.com/shop": {"auth": "dXNlcjp0d28="},
            "https://index.docker.io/v1/": {"auth": "dXNlcjpodWI="},
            "helped.example.com": {}
        }, "credsStore": "desktop", "credHelpers": {"special.example.com": "ecr-login"}}"#;
        let credentials = Credentials::read(file).unwrap();
        let find = |host: &str, repository: &str| {
            let login = credentials.find(&host.parse().unwrap(), repository)?;
            Some(login.password.as_str())
        };
        assert_eq!(find("registry.example.com", "web"), Some("one"));
        assert_eq!(find("registry.example.com", "shop/web"), Some("two"));
        assert_eq!(find("registry.example.com", "shopping/web"), Some("one"));
        assert_eq!(find("docker.io", "library/nginx"), Some("hub"));
        assert_eq!(find("helped.example.com", "web"), None);
        assert_eq!(find("registry.example.com:5000", "web"), None);
        let keeper = |host: &str| {
            let host: Host = host.parse().unwrap();
            credentials.keeper(&host).map(|(keeper, server)| format!("{keeper} {server}"))
        };
        assert_eq!(keeper("helped.example.com").unwrap(), "desktop helped.example.com");
        assert_eq!(keeper("special.example.com").unwrap(), "ecr-login special.example.com");
        assert_eq!(keeper("docker.io").unwrap(), "desktop https://index.docker.io/v1/");
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials =
            Credentials::read(r#"{"auths": {"a.example": {"auth": "dXNlcjpvbmU="}}}"#).unwrap();
        let login = credentials.find(&"a.example".parse().unwrap(), "web");
        let shown = format!("{credentials:?} {login:?}");
        assert_eq!(shown, "{\"a.example\"} Some(Login(..))");
        let broken = Credentials::read(r#"{"auths": {"a.example": "secret"}"#).unwrap_err();
        assert!(!broken.to_string().contains("dXNlcjpvbmU="));
    }
}
