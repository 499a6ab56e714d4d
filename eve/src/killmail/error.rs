//! What can be wrong with a file of killmails, and with one of its lines.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::MAX_LINE;
use crate::JsonFault;

/// A file of killmails that cannot be opened, or that is no zstd file although its name says so.
#[derive(Debug)]
pub struct OpenError {
    path: PathBuf,
    what: &'static str,
    source: io::Error,
}

impl OpenError {
    pub(super) fn new(path: &Path, what: &'static str, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            what,
            source,
        }
    }

    /// Returns the file's path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}", self.what, self.path.display())
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// A line that is no killmail, or the place where a file ends before its time.
#[derive(Debug)]
pub struct LineError {
    line: u64,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    NoKillmail(JsonFault),
    TooLong,
    Unreadable {
        path: Option<PathBuf>,
        source: io::Error,
    },
}

impl LineError {
    pub(super) fn no_killmail(line: u64, error: &serde_json::Error) -> Self {
        let reason = Reason::NoKillmail(JsonFault::new(error));
        Self { line, reason }
    }

    pub(super) fn too_long(line: u64) -> Self {
        let reason = Reason::TooLong;
        Self { line, reason }
    }

    pub(super) fn unreadable(line: u64, path: Option<&Path>, source: io::Error) -> Self {
        let path = path.map(Path::to_owned);
        let reason = Reason::Unreadable { path, source };
        Self { line, reason }
    }

    /// Returns the number of the line, the first being 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns whether the file itself cannot be read on, so that this is the last thing it yields. Otherwise only
    /// this line is lost.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self.reason, Reason::Unreadable { .. })
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.reason {
            Reason::NoKillmail(_) => write!(f, "line {line} is not a killmail"),
            Reason::TooLong => write!(f, "line {line} is longer than {} MiB", MAX_LINE >> 20),
            Reason::Unreadable { path, .. } => {
                match path {
                    Some(path) => write!(f, "{} ", path.display())?,
                    None => f.write_str("the killmails ")?,
                }
                write!(f, "cannot be read from line {line} on")
            }
        }
    }
}

impl Error for LineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::NoKillmail(fault) => Some(fault),
            Reason::TooLong => None,
            Reason::Unreadable { source, .. } => Some(source),
        }
    }
}
