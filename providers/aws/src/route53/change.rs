//! Waiting until a change is in effect on every name server.

use std::time::Duration;

use aws_sdk_route53::types::ChangeStatus;
use lifeboat_contract::ProviderError;
use tokio::time::Instant;

use super::Route53;
use crate::action::GET_CHANGE;

/// Changes take up to 60 s as a rule (Route 53 Developer Guide); this is far beyond.
const SYNC_MAX: Duration = Duration::from_mins(10);

/// When to ask: soon, and then ever less often, since every question counts against the rate. Most
/// changes take about half a minute, and then cost three.
const PAUSES: [u64; 4] = [2, 8, 20, 15];

impl Route53 {
    pub(crate) async fn settle(&self, change: &str) -> Result<(), ProviderError> {
        let client = &self.session().clients().await.route53;
        let start = Instant::now();
        let mut pauses = PAUSES.into_iter();
        let mut pause = PAUSES[0];
        loop {
            pause = pauses.next().unwrap_or(pause);
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let send = client.get_change().id(change).send();
            let resource = format!("arn:aws:route53:::change/{change}");
            let answer = self.session().call(GET_CHANGE, &resource, 0, send).await;
            let answer = answer.map_err(|failure| failure.about(&format!("change {change}")))?;
            if answer.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync) {
                return Ok(());
            }
            if start.elapsed() > SYNC_MAX {
                return Err(ProviderError::NoAnswer {
                    endpoint: format!(
                        "Route 53: change {change} was accepted and is not in effect everywhere \
                         after {} s",
                        SYNC_MAX.as_secs()
                    ),
                    source: None,
                });
            }
        }
    }
}
