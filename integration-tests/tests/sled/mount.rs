//! A file system of its own for one test: a small one, which ends with its guard.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

/// A mounted file system.
pub(crate) struct Mount {
    directory: TempDir,
    /// The file that it is in, if it is in one.
    _image: Option<NamedTempFile>,
}

/// Nothing is written to the disk meanwhile.
pub(crate) struct Stall(Child);

impl Mount {
    /// Mounts one of this size in memory; `None`, and loudly, where that takes rights that this process does not have. Where
    /// `CI` is set that is a failure.
    pub(crate) fn of(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let words = ["-t", "tmpfs", "-o", &size, "tmpfs"];
        let mounted = run("mount", &words, directory.path());
        Self::unless_refused(mounted, directory, None)
    }

    /// The same with a file for a disk, whose writes can be held up.
    pub(crate) fn on_a_disk(bytes: u64) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let image = NamedTempFile::new().unwrap();
        image.as_file().set_len(bytes).unwrap();
        let disk = image.path().to_str().unwrap();
        let mounted = run("mkfs.ext4", &["-q", "-F"], image.path())
            .and_then(|()| run("mount", &["-o", "loop", disk], directory.path()));
        Self::unless_refused(mounted, directory, Some(image))
    }

    fn unless_refused(
        mounted: Result<(), String>,
        directory: TempDir,
        image: Option<NamedTempFile>,
    ) -> Option<Self> {
        match mounted {
            Ok(()) => Some(Self {
                directory,
                _image: image,
            }),
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

    /// Holds up all writes for so long. Another process does, in a session of its own: whoever waits for the disk cannot be
    /// killed, and nobody else would end it.
    pub(crate) fn stall(&self, long: Duration) -> Stall {
        let script = r#"fsfreeze -f "$1" && echo; sleep "$2"; fsfreeze -u "$1""#;
        let mut process = Command::new("setsid")
            .args(["sh", "-c", script, "stall"])
            .arg(self.path())
            .arg(long.as_secs().to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        assert_eq!(said.read_line(&mut String::new()).unwrap(), 1, "no stall");
        Stall(process)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Makes it read-only, or writable again.
    pub(crate) fn remount(&self, how: &str) {
        run("mount", &["-o", &format!("remount,{how}")], self.path()).unwrap();
    }
}

impl Stall {
    /// Waits for its end, and says whether it was one.
    pub(crate) fn end(mut self) -> bool {
        self.0.wait().unwrap().success()
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
