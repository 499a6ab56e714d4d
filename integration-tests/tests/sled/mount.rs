//! A file system of its own for one test: a small one, which ends with its guard.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A mounted `tmpfs`.
pub(crate) struct Mount {
    directory: TempDir,
}

impl Mount {
    /// Mounts one of this size; `None`, and loudly, where that takes rights that this process does not have. Where `CI` is
    /// set that is a failure.
    pub(crate) fn of(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let mounted = run(
            "mount",
            &["-t", "tmpfs", "-o", &size, "tmpfs"],
            directory.path(),
        );
        match mounted {
            Ok(()) => Some(Self { directory }),
            Err(why) => {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "no file system can be mounted, and `CI` is set: {why}"
                );
                eprintln!("SKIPPED: no file system can be mounted: {why}");
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Makes it read-only, or writable again.
    pub(crate) fn remount(&self, how: &str) {
        run("mount", &["-o", &format!("remount,{how}")], self.path()).unwrap();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Also while a store on it is still closing.
        let _ = run("umount", &["-l"], self.path());
    }
}

fn run(program: &str, words: &[&str], path: &Path) -> Result<(), String> {
    let done = Command::new(program).args(words).arg(path).output();
    match done {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(Output { stderr, .. }) => Err(String::from_utf8_lossy(&stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}
