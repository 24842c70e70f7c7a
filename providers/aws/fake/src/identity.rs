//! STS, as far as asking who one is.

use crate::cloud::Cloud;
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::Request;
use crate::xml::Xml;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The user that signs every request, whatever its key says.
pub(crate) fn arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/lifeboat")
}

/// Why a key is not let in, before anybody asks what for.
pub(crate) fn refusal(cloud: &Cloud, request: &Request, protocol: Protocol) -> Option<Refusal> {
    let key = request.key()?;
    let json = matches!(protocol, Protocol::Json);
    let (code, is_what) = if cloud.settings.unknown_keys.contains(key) {
        (if json { "UnrecognizedClientException" } else { "InvalidClientTokenId" }, "invalid")
    } else if cloud.settings.expired_keys.contains(key) {
        (if json { "ExpiredTokenException" } else { "ExpiredToken" }, "expired")
    } else {
        return None;
    };
    let message = format!("The security token included in the request is {is_what}");
    Some(Refusal::new(if json { 400 } else { 403 }, code, message))
}

pub(crate) fn answer(cloud: &Cloud, action: &str, request_id: &str) -> Result<Reply, Refusal> {
    if action != "GetCallerIdentity" {
        let message = format!("Could not find operation {action} for version 2011-06-15");
        return Err(Refusal::new(400, "InvalidAction", message));
    }
    let document = Xml::document("GetCallerIdentityResponse", NAMESPACE, |xml| {
        xml.element("GetCallerIdentityResult", |xml| {
            xml.leaf("Arn", arn(&cloud.account));
            xml.leaf("UserId", "AIDALIFEBOATEXAMPLE01");
            xml.leaf("Account", &cloud.account);
        });
        xml.element("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    });
    Ok(Reply::xml(200, document))
}
