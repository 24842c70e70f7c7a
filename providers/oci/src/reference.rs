//! Where an image comes from, as people write it.
//!
//! Input: `oci:<folder>[:<tag>][@<digest>]`, or `[docker://]<host>[:<port>]/<repository>[:<tag>]
//! [@<digest>]`. Output: the parts, each valid. Never guesses a host.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use lifeboat_contract::{Digest, Invalid, RepositoryName};

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The layout or the repository.
    pub place: Place,
    /// The tag.
    pub tag: Option<String>,
    /// The digest, which says more than a tag.
    pub digest: Option<Digest>,
}

/// A layout or a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An OCI image layout in a folder.
    Layout {
        /// The folder as it was written.
        path: String,
    },
    /// A repository of a registry.
    Registry {
        /// The registry.
        host: Host,
        /// The repository.
        repository: RepositoryName,
    },
}

/// A registry's host, with its port where one was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// Host and port as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the host is this machine, so that nothing can listen between.
    pub fn is_loopback(&self) -> bool {
        if let Some(rest) = self.0.strip_prefix('[') {
            let inner = rest.split(']').next().unwrap_or_default();
            return inner.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback());
        }
        let name = self.name();
        name == "localhost" || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The host without its port.
    pub(crate) fn name(&self) -> &str {
        match self.0.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => name,
            Some(_) | None => &self.0,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Host {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = |why: &str| refuse("registry host", text, why);
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) =
                    rest.split_once(']').ok_or_else(|| refuse("its `[` is not closed"))?;
                address.parse::<Ipv6Addr>().map_err(|_| refuse("it is no IPv6 address"))?;
                (address, port)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
        if name.is_empty() || !name.chars().all(lawful) {
            return Err(refuse("it takes letters, digits, `-` and `.`"));
        }
        let port_fits = match port.strip_prefix(':') {
            Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
            None => port.is_empty(),
        };
        if !port_fits {
            return Err(refuse("its port is not 1 to 65535"));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl FromStr for Reference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some(rest) = text.strip_prefix("oci:") {
            return layout(text, rest);
        }
        let bare = text.strip_prefix("docker://").unwrap_or(text);
        if let Some((scheme, _)) = bare.split_once("://") {
            let why = format!("`{scheme}://` is not known; write `oci:<folder>` or the host alone");
            return Err(refuse("image source", text, &why));
        }
        registry(text, bare)
    }
}

fn layout(text: &str, rest: &str) -> Result<Reference, Invalid> {
    let (rest, digest) = split_digest(rest)?;
    // A folder may have a colon in its name only further up: the last one begins the tag.
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        Some(_) | None => (rest, None),
    };
    if path.is_empty() {
        return Err(refuse("image source", text, "it names no folder"));
    }
    let tag = tag.map(valid_tag).transpose()?;
    Ok(Reference { place: Place::Layout { path: path.to_owned() }, tag, digest })
}

fn registry(text: &str, bare: &str) -> Result<Reference, Invalid> {
    let (rest, digest) = split_digest(bare)?;
    let Some((host, path)) = rest.split_once('/').filter(|(host, _)| is_host(host)) else {
        let why = format!(
            "it names no registry: write the host too, such as `docker.io/{}{rest}`, or \
             `oci:{rest}` for a folder",
            if rest.contains('/') { "" } else { "library/" }
        );
        return Err(refuse("image source", text, &why));
    };
    let (name, tag) = match path.split_once(':') {
        Some((name, tag)) => (name, Some(valid_tag(tag)?)),
        None => (path, None),
    };
    let place = Place::Registry { host: host.parse()?, repository: name.parse()? };
    Ok(Reference { place, tag, digest })
}

/// A first part is a host only if nothing else could look like it: `shop/web` names no host.
fn is_host(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':', '['])
}

fn split_digest(text: &str) -> Result<(&str, Option<Digest>), Invalid> {
    match text.rsplit_once('@') {
        Some((rest, digest)) if digest.starts_with("sha256:") => Ok((rest, Some(digest.parse()?))),
        Some(_) | None => Ok((text, None)),
    }
}

/// A tag as registries take it.
pub(crate) fn valid_tag(tag: &str) -> Result<String, Invalid> {
    let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if tag.is_empty() || tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.chars().all(lawful)
    {
        let why =
            "it takes 1 to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`";
        return Err(refuse("tag", tag, why));
    }
    Ok(tag.to_owned())
}

fn refuse(what: &'static str, value: &str, why: &str) -> Invalid {
    Invalid { what, value: value.to_owned(), why: why.to_owned() }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Layout { path } => write!(f, "oci:{path}")?,
            Place::Registry { host, repository } => write!(f, "{host}/{repository}")?,
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back() {
        let digest = Digest::of(b"");
        for text in [
            "oci:images/web".to_owned(),
            "oci:/var/images/web:v1".to_owned(),
            "oci:a:b/web:v1".to_owned(),
            "oci:./a@b:v1".to_owned(),
            format!("oci:web:v1@{digest}"),
            "registry.example.com/shop/web:v1".to_owned(),
            "localhost/web".to_owned(),
            "localhost:5000/web".to_owned(),
            "127.0.0.1:5000/shop/web".to_owned(),
            "[::1]:5000/shop/web:v1".to_owned(),
            format!("registry.example.com:5000/shop/web@{digest}"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        let docker: Reference = "docker://ghcr.io/a/b:c".parse().unwrap();
        assert_eq!(docker.to_string(), "ghcr.io/a/b:c");
    }

    #[test]
    fn a_name_without_a_host_is_refused_with_advice() {
        let why = "nginx:1.27".parse::<Reference>().unwrap_err().to_string();
        assert!(why.contains("docker.io/library/nginx:1.27"), "{why}");
        let why = "docker://grafana/grafana".parse::<Reference>().unwrap_err().to_string();
        assert!(why.contains("docker.io/grafana/grafana"), "{why}");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for bad in [
            "",
            "oci:",
            "oci::v1",
            "oci:web:-x",
            "https://registry.example.com/web",
            "registry.example.com/",
            "registry.example.com/Web",
            "registry.example.com/../web",
            "registry.example.com:0/web",
            "registry.example.com:99999/web",
            "registry.example.com/web:",
            "registry.example.com/web@sha256:12",
            "user@registry.example.com/web",
            "[::1/web",
            "[::1]x/web",
        ] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for yes in ["localhost", "localhost:5000", "127.0.0.1", "127.9.9.9:1", "[::1]:5000"] {
            assert!(yes.parse::<Host>().unwrap().is_loopback(), "{yes}");
        }
        for no in ["localhost.example.com", "127.0.0.1.example.com", "128.0.0.1", "[::2]"] {
            assert!(!no.parse::<Host>().unwrap().is_loopback(), "{no}");
        }
    }
}
