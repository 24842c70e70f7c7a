//! `init`: a small configuration that plans at once.

use std::path::Path;

use super::{Exit, Screen, folder};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};

/// The file written.
const FILE: &str = "main.hcl";

/// What it holds: everything on the local provider, so nothing has to be set up.
pub(crate) const CONFIGURATION: &str = r#"# A small failover. `lifeboat plan` shows what it means, `lifeboat apply` makes it.

lifeboat {
  stack = "hello"
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
}

zone "main" {
  provider = "local"
  name     = "example.com"
  create   = true
}

health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.example.com/healthz"
  interval = "10s"
  failures = 3
}

failover "www" {
  zone = zone.main
  name = "www"
  ttl  = "60s"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.web["virginia"]
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.10"]
    health_check = health_check.web["ireland"]
  }
}

# What must hold when a region is lost. `lifeboat drill` says whether it does.
objective "www" {
  protects = failover.www
  rto      = "3m"
}
"#;

pub(super) fn run(screen: &Screen) -> Exit {
    let mut diagnostics = Diagnostics::default();
    let found = folder::find(&mut diagnostics);
    let result = if found.configuration.is_empty() {
        folder::write(Path::new(FILE), CONFIGURATION)
    } else {
        let detail = format!(
            "This folder has a configuration already: `{}`.",
            found.configuration[0].display()
        );
        let help = "`-C DIR` names another folder";
        Err(Box::new(Diagnostic::global(codes::FILE_UNWRITABLE, detail).help(help)))
    };
    match result {
        Ok(()) => {
            screen.line(&format!("Wrote {FILE}. `lifeboat plan` shows what it would make."));
            Exit::Done
        }
        Err(found) => {
            screen.diagnostics(&found.into(), &Sources::default());
            Exit::Error
        }
    }
}
