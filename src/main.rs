//! The composition root: reads the environment once, and names the concrete providers.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use lifeboat::cli::{self, Setting};
use lifeboat_contract::{Provider, ProviderInfo};

/// Expressions are computed by recursion, bounded by their depth; this is room for that bound.
const STACK_BYTES: usize = 64 << 20;

/// The providers of this build.
const PROVIDERS: &[ProviderInfo] = &[
    #[cfg(feature = "local")]
    lifeboat_local::INFO,
];

fn main() -> ExitCode {
    let main = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    match main.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => ExitCode::FAILURE,
    }
}

fn run() -> ExitCode {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let setting =
        Setting { environment, providers: PROVIDERS, connect: &connect, now: &SystemTime::now };
    cli::run(std::env::args_os().collect(), &setting)
}

fn connect(
    name: &str,
    attributes: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Arc<dyn Provider>, String> {
    match name {
        #[cfg(feature = "local")]
        "local" => {
            let path = attributes.get("path").map_or(".lifeboat/cloud", String::as_str);
            let cloud = lifeboat_local::Local::open(folder.join(path), folder.to_owned());
            Ok(Arc::new(cloud))
        }
        other => Err(format!("this build has no provider `{other}`")),
    }
}
