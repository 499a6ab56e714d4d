//! Names below the directory of a store: which are ours. Everything else there is somebody else's, and left alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cache_core::{Operation, Result};

use crate::error;

/// The file whose lock says who has the directory.
pub(crate) const LOCK: &str = "lock";

/// The format that is read. Format 0 had no number in its names, and its rows were where entries end.
pub(crate) const FORMAT: u64 = 1;

const LIVE: &str = "live-";
const DAMAGED: &str = "damaged-";

/// As wide as any number of 64 bits.
const DIGITS: usize = 20;

/// What the name of live files says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Live {
    pub(crate) format: u64,
    pub(crate) number: u64,
}

/// Says whether a directory holds a store of the format that is read. It looks, and changes nothing: for tools that open
/// what is there, since opening makes a store where there is none, and removes one of another format.
///
/// # Errors
/// `InvalidConfig` if there is none, or one of another format; what the disk says if the directory cannot be read.
///
/// # Example
/// ```
/// use backend_sled::{SledBackend, holds_store};
/// let directory = tempfile::tempdir()?;
/// assert!(holds_store(directory.path()).is_err());
/// drop(SledBackend::builder().path(directory.path()).build()?);
/// assert!(holds_store(directory.path()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn holds_store(path: &Path) -> Result<()> {
    let live = live(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => error::no_store(),
        _ => error::of_disk(&error).operation(Operation::Build),
    })?;
    if live.is_empty() || !path.join(LOCK).is_file() {
        return Err(error::no_store());
    }
    if live.iter().any(|(live, _)| live.format != FORMAT) {
        return Err(error::another_format());
    }
    Ok(())
}

/// Spells the name of live files of the format that is read.
pub(crate) fn of_live(number: u64) -> String {
    format!("{LIVE}{FORMAT}-{number:0DIGITS$}")
}

/// Spells the name of what is moved aside.
pub(crate) fn of_damaged(millis: u64) -> String {
    format!("{DAMAGED}{millis:0DIGITS$}")
}

/// Finds live files of any format, by format and number.
pub(crate) fn live(root: &Path) -> io::Result<Vec<(Live, PathBuf)>> {
    directories(root, live_of)
}

/// Finds what was moved aside, the oldest first.
pub(crate) fn damaged(root: &Path) -> io::Result<Vec<PathBuf>> {
    let damaged = directories(root, |name| number(name.strip_prefix(DAMAGED)?))?;
    Ok(damaged.into_iter().map(|(_, path)| path).collect())
}

/// Reads the name of live files; `None` if it is not exactly one of ours.
fn live_of(name: &str) -> Option<Live> {
    let rest = name.strip_prefix(LIVE)?;
    let (format, digits) = match rest.split_once('-') {
        None => (0, rest),
        Some((format, digits)) => (plain(format)?, digits),
    };
    let number = number(digits)?;
    Some(Live { format, number })
}

fn number(digits: &str) -> Option<u64> {
    let is_as_wide = digits.len() == DIGITS;
    plain(digits).filter(|_| is_as_wide)
}

/// Reads a number of digits alone: the parser would take a sign, too.
fn plain(digits: &str) -> Option<u64> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}

/// The directories below one whose names are understood, in the order of what they say.
fn directories<N: Copy + Ord>(
    root: &Path,
    understood: impl Fn(&str) -> Option<N>,
) -> io::Result<Vec<(N, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(name) = name.to_str().and_then(&understood)
            && entry.path().is_dir()
        {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_for_a_store_is_told_why_there_is_none_and_nothing_changes() {
        let root = tempfile::tempdir().unwrap();
        let told = || holds_store(root.path()).unwrap_err().to_string();
        let make = |name: &str| fs::create_dir(root.path().join(name)).unwrap();
        assert!(told().contains("holds no store"), "{}", told());
        make("live-2024");
        fs::write(root.path().join(LOCK), "").unwrap();
        assert!(told().contains("holds no store"), "{}", told());
        make("live-1-00000000000000000003");
        holds_store(root.path()).unwrap();
        for other in ["live-00000000000000000003", "live-2-00000000000000000003"] {
            make(other);
            assert!(told().contains("another format"), "{}", told());
            fs::remove_dir(root.path().join(other)).unwrap();
        }
        fs::remove_file(root.path().join(LOCK)).unwrap();
        assert!(told().contains("holds no store"), "{}", told());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
        assert!(holds_store(&root.path().join("none")).is_err());
    }
}
