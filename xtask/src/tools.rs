//! The outside programs that tests call, and how they get onto a machine.

use std::path::PathBuf;

use crate::process::{Step, capture};
use crate::python;

/// A Debian package, what shows whether it is there, and who needs it.
struct Tool {
    package: &'static str,
    shown_by: Sign,
    needed_by: &'static str,
}

/// What only a package brings.
enum Sign {
    Program(&'static str),
    /// A module of `python3`.
    Module(&'static str),
}

const TOOLS: &[Tool] = &[
    Tool {
        package: "skopeo",
        shown_by: Sign::Program("skopeo"),
        needed_by: "the image tests: an outside reader must find the same digests",
    },
    Tool {
        package: "buildah",
        shown_by: Sign::Program("buildah"),
        needed_by: "the image tests: they replicate what a real builder made",
    },
    Tool {
        package: "busybox-static",
        shown_by: Sign::Program("busybox"),
        needed_by: "the build tests: they make their own base images",
    },
    Tool {
        package: "podman",
        shown_by: Sign::Program("podman"),
        needed_by: "the ranking test: candidates are started, and asked",
    },
    Tool {
        package: "runc",
        shown_by: Sign::Program("runc"),
        needed_by: "the ranking test: it starts containers where crun refuses the cgroups",
    },
    Tool {
        package: "docker-registry",
        shown_by: Sign::Program("docker-registry"),
        needed_by: "the registry tests: a real registry must take our pushes",
    },
    Tool {
        package: "chromium",
        shown_by: Sign::Program("chromium"),
        needed_by: "the drill's page: a real browser must show it, and be led through it",
    },
    Tool {
        package: "python3-yaml",
        shown_by: Sign::Module("yaml"),
        needed_by: "the test of the files for CI systems: an outside reader must read them",
    },
    Tool {
        package: "python3-venv",
        shown_by: Sign::Module("ensurepip"),
        needed_by: "the AWS and Dockerfile tests: emulators, AWS's own clients and BuildKit's parser",
    },
];

const INSTALL_MINUTES_MAX: u64 = 10;

/// Installs what is missing. Does nothing, and needs no rights, where nothing is.
pub(crate) fn install() -> Result<(), String> {
    install_packages()?;
    python::install()
}

fn install_packages() -> Result<(), String> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.shown_by.is_seen()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for tool in &missing {
        eprintln!("xtask: `{}` is missing, needed by {}", tool.package, tool.needed_by);
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    apt(&packages).map_err(|why| {
        format!("cannot install {}: {why}; do it by hand, then try again", packages.join(", "))
    })
}

fn apt(packages: &[&str]) -> Result<(), String> {
    if !is_present("apt-get") {
        return Err("there is no apt-get on this machine".to_owned());
    }
    let as_root: &[&str] = if is_root()? {
        &[]
    } else if is_present("sudo") {
        eprintln!("xtask: using sudo, as only root may install packages");
        &["sudo"]
    } else {
        return Err("only root may, and there is no sudo".to_owned());
    };
    let apt_get =
        [as_root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes"]].concat();
    // Lists that cannot be refreshed may still do; the install tells.
    if let Err(problem) = step(&apt_get, &["update"])?.run() {
        eprintln!("xtask: {problem}; going on with the package lists that are here");
    }
    let install = ["install", "--no-install-recommends"];
    step(&apt_get, &[&install, packages].concat())?.run()
}

fn step(command: &[&str], arguments: &[&str]) -> Result<Step, String> {
    let (program, first) = command.split_first().ok_or("nothing to run")?;
    Ok(Step::new(program, &[first, arguments].concat()).minutes(INSTALL_MINUTES_MAX))
}

fn is_root() -> Result<bool, String> {
    Ok(capture(Step::new("id", &["-u"]))?.trim() == "0")
}

impl Sign {
    fn is_seen(&self) -> bool {
        match self {
            Self::Program(program) => is_present(program),
            Self::Module(module) => {
                let script = format!(
                    "import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
                );
                is_present("python3") && capture(Step::new("python3", &["-c", &script])).is_ok()
            }
        }
    }
}

/// Whether a program lies in the search path, or where Debian keeps the ones for root.
fn is_present(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let for_root = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(for_root).any(|folder| folder.join(program).is_file())
}
