//! STS, as far as asking who one is.

use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};
use crate::xml::Xml;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The user that signs every request, whatever its key says.
pub(crate) fn arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/lifeboat")
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
