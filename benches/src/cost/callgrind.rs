//! Running a probe under callgrind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use super::probe;
use crate::Result;

/// Runs a probe with so many look-ups, and returns what callgrind wrote.
///
/// # Errors
/// If valgrind is not installed, or the probe fails under it.
pub(super) fn run(name: &str, look_ups: usize) -> Result<String> {
    let file = Scratch::new(name, look_ups);
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.0.display()))
        .arg(format!("--toggle-collect={}", probe::COUNTED))
        .args(["--dump-instr=yes", "--dump-line=no"])
        // Every name and every address in full: the reader keeps no tables.
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(env::current_exe()?)
        .args(["probe", name, &look_ups.to_string()])
        .output()
        .map_err(|error| {
            format!("valgrind cannot be run ({error}); on Debian: apt-get install valgrind")
        })?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name} failed under valgrind:\n{messages}").into());
    }
    Ok(fs::read_to_string(file.path())?)
}

/// A file that goes with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, look_ups: usize) -> Self {
        let file = format!("cache-bench.{}.{name}.{look_ups}", process::id());
        Self(env::temp_dir().join(file))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file that stays behind does no harm, and there is nobody to tell.
        let _ = fs::remove_file(&self.0);
    }
}
