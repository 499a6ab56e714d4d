//! The programs of this package that keep what tests use, beside what is built.

use std::env;
use std::path::PathBuf;

use super::Unavailable;

/// The folder of what is built with the running program: its own, or the one above `deps` or `examples`.
pub(crate) fn folder() -> Result<PathBuf, Unavailable> {
    let program = env::current_exe()?;
    let mut folders = program.ancestors().skip(1);
    let folder = folders.find(|folder| !folder.ends_with("deps") && !folder.ends_with("examples"));
    let folder = folder.ok_or_else(|| Unavailable::new("the running program has no folder"))?;
    Ok(folder.to_owned())
}

/// Finds a program by its name.
///
/// # Errors
/// It is not built.
pub(crate) fn find(name: &str) -> Result<PathBuf, Unavailable> {
    let program = folder()?.join(name);
    if program.is_file() {
        return Ok(program);
    }
    Err(Unavailable::new(format!(
        "`{name}` is not built; `cargo build -p integration-tests` builds it"
    )))
}
