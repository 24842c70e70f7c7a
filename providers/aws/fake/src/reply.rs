//! Answers and refusals, in the words of each protocol.

use http::StatusCode;
use serde_json::{Value, json};

use crate::registry;
use crate::xml::Xml;

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Route 53.
    Xml,
    /// STS.
    Query,
    /// ECR and Resource Groups Tagging.
    Json,
    /// Images.
    Registry,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// AWS's code, where this is an error.
    pub(crate) code: Option<String>,
}

impl Reply {
    pub(crate) fn xml(status: u16, body: String) -> Self {
        let headers = vec![("content-type", "text/xml".to_owned())];
        Self { status, headers, body: body.into_bytes(), code: None }
    }

    pub(crate) fn json(value: &Value) -> Self {
        let headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
        Self { status: 200, headers, body: value.to_string().into_bytes(), code: None }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), code: None }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn into_http(self) -> http::Response<Vec<u8>> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = value.try_into() {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A request that is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn reply(self, protocol: Protocol, request_id: &str) -> Reply {
        let body = match protocol {
            Protocol::Xml => {
                self.document("https://route53.amazonaws.com/doc/2013-04-01/", request_id)
            }
            Protocol::Query => {
                self.document("https://sts.amazonaws.com/doc/2011-06-15/", request_id)
            }
            Protocol::Json => json!({"__type": self.code, "message": self.message}).to_string(),
            Protocol::Registry => registry::document(&self),
        };
        let kind = match protocol {
            Protocol::Xml | Protocol::Query => "text/xml",
            Protocol::Json => "application/x-amz-json-1.1",
            Protocol::Registry => "application/json; charset=utf-8",
        };
        Reply {
            status: self.status,
            headers: vec![("content-type", kind.to_owned())],
            body: body.into_bytes(),
            code: Some(self.code),
        }
    }

    fn document(&self, namespace: &str, request_id: &str) -> String {
        Xml::document("ErrorResponse", namespace, |xml| {
            xml.element("Error", |xml| {
                xml.leaf("Type", if self.status < 500 { "Sender" } else { "Receiver" });
                xml.leaf("Code", &self.code);
                xml.leaf("Message", &self.message);
            });
            xml.leaf("RequestId", request_id);
        })
    }
}
