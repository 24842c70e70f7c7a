//! Programs in Python that others wrote, installed by `cargo xtask tools`: pinned, below the target
//! folder.

use std::path::Path;

/// Where `cargo xtask tools` puts them.
const PLACE: &str = env!("CARGO_TARGET_TMPDIR");

/// A program that asks AWS.
pub(crate) fn client(program: &str) -> String {
    within("clients", program)
}

/// A program that answers like AWS.
pub(crate) fn server(program: &str) -> String {
    within("servers", program)
}

fn within(place: &str, program: &str) -> String {
    let path = Path::new(PLACE).join("python").join(place).join("bin").join(program);
    assert!(path.is_file(), "`{program}` is missing; `cargo xtask tools` installs it");
    path.into_os_string().into_string().unwrap()
}
