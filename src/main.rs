//! The composition root: reads the environment once, and names the concrete providers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use lifeboat::cli::{self, Setting};
use lifeboat_contract::{Provider, ProviderInfo, Trace};

/// Expressions are computed by recursion, bounded by their depth; this is room for that bound.
const STACK_BYTES: usize = 64 << 20;

/// The providers of this build.
const PROVIDERS: &[ProviderInfo] = &[
    #[cfg(feature = "local")]
    lifeboat_local::INFO,
    #[cfg(feature = "aws")]
    lifeboat_aws::INFO,
    #[cfg(feature = "registry")]
    lifeboat_oci::INFO,
];

fn main() -> ExitCode {
    let main = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    match main.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => ExitCode::FAILURE,
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read here and passed down")]
fn run() -> ExitCode {
    let mut unreadable = Vec::new();
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter_map(|(name, value)| match value.into_string() {
            Ok(value) => Some((name, value)),
            Err(_) => {
                unreadable.push(name);
                None
            }
        })
        .collect();
    let logins = logins(&environment);
    let connect =
        |name: &str, attributes: &BTreeMap<String, String>, folder: &Path, trace: Option<Trace>| {
            connect(name, attributes, &Surroundings { folder, trace, logins: logins.as_deref() })
        };
    let setting = Setting {
        environment,
        unreadable,
        providers: PROVIDERS,
        logins: logins.clone(),
        connect: &connect,
        #[cfg(feature = "local")]
        enliven: Some(&lifeboat_local::Loopback),
        #[cfg(not(feature = "local"))]
        enliven: None,
        trace: None,
        now: &SystemTime::now,
    };
    cli::run(std::env::args_os().collect(), setting)
}

/// The logins of registries, from where Docker and Podman keep them.
fn logins(environment: &BTreeMap<String, String>) -> Option<String> {
    let below = |name: &str, rest: &str| environment.get(name).map(|at| Path::new(at).join(rest));
    let candidates = [
        environment.get("REGISTRY_AUTH_FILE").map(PathBuf::from),
        below("DOCKER_CONFIG", "config.json"),
        below("XDG_RUNTIME_DIR", "containers/auth.json"),
        below("HOME", ".docker/config.json"),
    ];
    candidates.into_iter().flatten().find_map(|path| std::fs::read_to_string(path).ok())
}

/// What providers are connected with, beside their attributes.
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only AWS needs all of them"))]
struct Surroundings<'s> {
    folder: &'s Path,
    trace: Option<Trace>,
    logins: Option<&'s str>,
}

#[cfg_attr(
    not(any(feature = "local", feature = "aws", feature = "registry")),
    expect(unused_variables, reason = "there is no provider")
)]
fn connect(
    name: &str,
    attributes: &BTreeMap<String, String>,
    around: &Surroundings<'_>,
) -> Result<Arc<dyn Provider>, String> {
    match name {
        #[cfg(feature = "local")]
        "local" => {
            let path = attributes.get("path").map_or(".lifeboat/cloud", String::as_str);
            let cloud = lifeboat_local::Local::open(path.into(), around.folder.to_owned());
            Ok(Arc::new(with_logins(cloud, around.logins)?))
        }
        #[cfg(feature = "aws")]
        "aws" => {
            let options = lifeboat_aws::Options {
                trace: around.trace.clone(),
                folder: around.folder.to_owned(),
                registries: credentials(around.logins)?,
                ..lifeboat_aws::Options::default()
            };
            Ok(Arc::new(lifeboat_aws::Aws::connect(attributes, options)?))
        }
        #[cfg(feature = "registry")]
        "oci" => {
            let options = lifeboat_oci::Options {
                folder: around.folder.to_owned(),
                credentials: credentials(around.logins)?,
            };
            Ok(Arc::new(lifeboat_oci::Oci::connect(attributes, options)?))
        }
        other => Err(format!("this build has no provider `{other}`")),
    }
}

#[cfg(any(feature = "aws", feature = "registry"))]
fn credentials(logins: Option<&str>) -> Result<lifeboat_oci::registry::Credentials, String> {
    let read = logins.map(lifeboat_oci::registry::Credentials::read).transpose();
    let broken = |_| "the file with your registries' logins is broken".to_owned();
    read.map(Option::unwrap_or_default).map_err(broken)
}

#[cfg(all(feature = "local", feature = "registry"))]
fn with_logins(
    cloud: lifeboat_local::Local,
    logins: Option<&str>,
) -> Result<lifeboat_local::Local, String> {
    Ok(cloud.with_credentials(credentials(logins)?))
}

#[cfg(all(feature = "local", not(feature = "registry")))]
fn with_logins(
    cloud: lifeboat_local::Local,
    _logins: Option<&str>,
) -> Result<lifeboat_local::Local, String> {
    Ok(cloud)
}
