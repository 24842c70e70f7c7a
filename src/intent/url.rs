//! What a health check asks, as people write it: `https://www.example.com:8443/healthz`.

use lifeboat_contract::{Endpoint, Protocol};

/// What a check asks, or why it cannot.
pub(super) fn parse_url(url: &str) -> Result<Endpoint, &'static str> {
    let (scheme, rest) =
        url.split_once("://").ok_or("it has no `http://`, `https://` or `tcp://`")?;
    let (protocol, default) = match scheme {
        "http" => (Protocol::Http, Some(80)),
        "https" => (Protocol::Https, Some(443)),
        "tcp" => (Protocol::Tcp, None),
        _ => return Err("its scheme is not `http`, `https` or `tcp`"),
    };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    };
    if authority.contains('@') {
        return Err("it carries a user name; checks are stored and shown, so they hold no secret");
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => {
            host.parse::<std::net::Ipv6Addr>().map_err(|_| "its IPv6 address is none")?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let host = check_host(host)?;
    let port = match (port, default) {
        (Some(port), _) => port.parse().ok().filter(|port| *port > 0),
        (None, default) => default,
    };
    let port = port.ok_or("its port is not a number from 1 to 65535")?;
    if path.contains(|c: char| c.is_whitespace() || c.is_control()) || path.contains('#') {
        return Err("its path has a space, a control character or a `#`");
    }
    let path = match (protocol, path) {
        (Protocol::Tcp, "" | "/") => None,
        (Protocol::Tcp, _) => return Err("a TCP check has no path"),
        (Protocol::Http | Protocol::Https, "") => Some("/".to_owned()),
        (Protocol::Http | Protocol::Https, path) if path.starts_with('/') => Some(path.to_owned()),
        (Protocol::Http | Protocol::Https, query) => Some(format!("/{query}")),
    };
    Ok(Endpoint { path, ..Endpoint::new(protocol, host, port) })
}

fn check_host(host: &str) -> Result<String, &'static str> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(host.to_owned());
    }
    match host.parse::<lifeboat_contract::DnsName>() {
        Ok(name) if !name.is_wildcard() => Ok(name.as_str().to_owned()),
        _ => Err("its host is neither a DNS name nor an address"),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_url;

    #[test]
    fn urls_read_back() {
        for (url, shown) in [
            ("https://web.example.com/healthz", "https://web.example.com/healthz"),
            ("http://192.0.2.1", "http://192.0.2.1/"),
            ("http://a.example:8080/x?y=1", "http://a.example:8080/x?y=1"),
            ("http://a.example?y=1", "http://a.example/?y=1"),
            ("tcp://a.example:5432", "tcp://a.example:5432"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ] {
            assert_eq!(parse_url(url).unwrap().url(), shown);
        }
        for bad in [
            "",
            "web",
            "ftp://a.example",
            "tcp://a.example",
            "tcp://a.example:1/x",
            "http://",
            "http://a b/",
            "http://a.example:0/",
            "http://a.example:99999/",
            "http://u:p@a.example/",
            "http://*.example.com/",
            "http://[::1/",
            "http://a.example/a b",
            "http://a.example/#x",
        ] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
