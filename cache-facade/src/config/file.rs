//! The configuration file: read whole, if it is not too long for one.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use cache_core::{Error, Result};

use super::names;

/// The longest configuration file, in bytes: 1 MiB.
pub(super) const MAX_BYTES: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let length = File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, error))?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(names::invalid(format!(
            "{}: longer than 1 MiB, the longest accepted file",
            path.display()
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| names::invalid(format!("{}: no TOML: it is not UTF-8", path.display())))
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let reason = match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => format!("it cannot be read ({kind})"),
    };
    names::invalid(format!("{}: {reason}", path.display())).with_source(Arc::new(error) as Arc<_>)
}
