//! Health checks.

use super::check_config::Config;
use crate::xml::Xml;

#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) reference: String,
    pub(super) config: Config,
    pub(super) version: u64,
}

/// What a caller reference stands for, for ever.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) id: String,
    /// As the check was created, whatever was changed since.
    pub(super) created: Config,
}

impl Check {
    pub(super) fn write(&self, xml: &mut Xml) {
        xml.element("HealthCheck", |xml| {
            xml.leaf("Id", &self.id);
            xml.leaf("CallerReference", &self.reference);
            self.config.write(xml);
            xml.leaf("HealthCheckVersion", self.version);
        });
    }
}
