//! What a request says about itself, before any service looks at it.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};

use crate::registry;

/// What a request is for, as calls and faults name it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) service: String,
    pub(crate) action: String,
    pub(crate) region: String,
}

impl Target {
    /// The permission that it takes, as policies call it.
    pub(crate) fn permission(&self) -> String {
        permission(&self.service, &self.action)
    }
}

/// The permission that an action of a service takes, as policies call it.
pub(crate) fn permission(service: &str, action: &str) -> String {
    match service {
        "registry" => registry::permission(action).to_owned(),
        "tagging" => format!("tag:{action}"),
        _ => format!("{service}:{action}"),
    }
}

pub(crate) struct Request {
    pub(crate) method: Method,
    /// The parts of the path, decoded, without empty ones.
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn read(request: http::Request<Vec<u8>>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decode);
        let query = parts.uri.query().unwrap_or_default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        };
        Self {
            method: parts.method,
            path: path.collect(),
            query: pairs.map(pair).collect(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The path's parts, for matching.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// Region and service of the signature's scope.
    pub(crate) fn scope(&self) -> Option<(String, String)> {
        let [_, _, region, service, _] = self.credential()?;
        Some((region.to_owned(), service.to_owned()))
    }

    /// The id of the key that signed.
    pub(crate) fn key(&self) -> Option<&str> {
        self.credential().map(|[key, ..]| key)
    }

    /// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...`.
    fn credential(&self) -> Option<[&str; 5]> {
        let authorization = self.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256")?;
        let mut fields = authorization.split([',', ' ']);
        let credential = fields.find_map(|field| field.strip_prefix("Credential="))?;
        let parts: Vec<&str> = credential.split('/').collect();
        parts.try_into().ok().filter(|parts: &[&str; 5]| parts[4] == "aws4_request")
    }

    /// The action that the JSON protocols name in a header, as in `Service_V1.Action`.
    pub(crate) fn json_action(&self) -> Option<String> {
        let target = self.header("x-amz-target")?;
        target.split_once('.').map(|(_, action)| action.to_owned())
    }

    /// The fields of a form, as the query protocol sends them.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let body = String::from_utf8_lossy(&self.body);
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (decode(key), decode(value))).collect()
    }
}

/// Undoes percent-encoding. What is not valid stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
