//! Programs in Python that tests call: pinned, each list in a virtual environment of its own below
//! the target folder, since what they need in turn does not agree.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Step, root};

/// The lists, by the names of their environments. Tests find them below `tmp/python/`.
const LISTS: [&str; 2] = ["clients", "servers"];

const INSTALL_MINUTES_MAX: u64 = 10;

/// Installs what is missing, or was installed from another list.
pub(crate) fn install() -> Result<(), String> {
    for name in LISTS {
        let list = format!("tests/aws/python/{name}.txt");
        let wanted = fs::read(root().join(&list)).map_err(|why| format!("{list}: {why}"))?;
        let place = target()?.join("tmp/python").join(name);
        // Written last: what was interrupted is done anew.
        let receipt = place.join("installed.txt");
        if fs::read(&receipt).is_ok_and(|installed| installed == wanted) {
            continue;
        }
        let python = place.join("bin/python");
        let (place, python) = (shown(&place)?, shown(&python)?);
        step("python3", &["-m", "venv", "--clear", place])?;
        let quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
        step(python, &[&["-m", "pip", "install"], &quiet[..], &["-r", &list]].concat())?;
        fs::write(&receipt, &wanted).map_err(|why| format!("{}: {why}", receipt.display()))?;
    }
    Ok(())
}

fn step(program: &str, arguments: &[&str]) -> Result<(), String> {
    Step::new(program, arguments).minutes(INSTALL_MINUTES_MAX).run()
}

/// Cargo's target folder: this program lies in it, below the profile's.
fn target() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|why| format!("where is this program: {why}"))?;
    let folder = program.parent().and_then(Path::parent);
    folder.map(Path::to_owned).ok_or_else(|| "this program lies in no target folder".to_owned())
}

fn shown(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))
}
