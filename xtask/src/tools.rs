//! The outside programs that tests call, and how they get onto a machine.

use std::path::PathBuf;

use crate::process::{Step, capture};

/// A Debian package, what shows whether it is there, and who needs it.
struct Tool {
    package: &'static str,
    /// A program, with the words that it takes only where the package is there.
    program: &'static str,
    words: &'static [&'static str],
    needed_by: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        package: "skopeo",
        program: "skopeo",
        words: &[],
        needed_by: "the image tests: an outside reader must find the same digests",
    },
    Tool {
        package: "buildah",
        program: "buildah",
        words: &[],
        needed_by: "the image tests: they replicate what a real builder made",
    },
    Tool {
        package: "busybox-static",
        program: "busybox",
        words: &[],
        needed_by: "the build tests: they make their own base images",
    },
    Tool {
        package: "docker-registry",
        program: "docker-registry",
        words: &[],
        needed_by: "the registry tests: a real registry must take our pushes",
    },
    Tool {
        package: "python3-venv",
        program: "python3",
        words: &["-c", "import ensurepip, venv"],
        needed_by: "the Dockerfile tests: they ask BuildKit's own parser, bound by a Python package",
    },
];

impl Tool {
    fn is_present(&self) -> bool {
        let answers = || capture(Step::new(self.program, self.words)).is_ok();
        is_present(self.program) && (self.words.is_empty() || answers())
    }
}

const INSTALL_MINUTES_MAX: u64 = 10;

/// Installs what is missing. Does nothing, and needs no rights, where nothing is.
pub(crate) fn install() -> Result<(), String> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.is_present()).collect();
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

/// Whether a program lies in the search path, or where Debian keeps the ones for root.
fn is_present(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let for_root = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(for_root).any(|folder| folder.join(program).is_file())
}
