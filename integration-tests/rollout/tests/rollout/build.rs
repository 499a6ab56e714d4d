//! The service as each release: built by the cargo that built this test, one after the other, in a folder of their own, so
//! that all of them share what they depend on.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

/// A release of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Build {
    First,
    Patch,
    Major,
    Lie,
}

impl Build {
    const ALL: [Self; 4] = [Self::First, Self::Patch, Self::Major, Self::Lie];

    /// The feature that makes it this release.
    const fn feature(self) -> Option<&'static str> {
        match self {
            Self::First => None,
            Self::Patch => Some("patch"),
            Self::Major => Some("major"),
            Self::Lie => Some("lie"),
        }
    }

    /// Returns the program.
    pub(crate) fn program(self) -> &'static Path {
        static BUILT: OnceLock<BTreeMap<Build, PathBuf>> = OnceLock::new();
        &BUILT.get_or_init(build_all)[&self]
    }
}

fn build_all() -> BTreeMap<Build, PathBuf> {
    let (target, profile) = place();
    let folder = target.join("rollout");
    let services = folder.join("services").join(&profile);
    fs::create_dir_all(&services).unwrap();
    // Every test is a process of its own: one builds, the others wait. The lock ends with the file.
    let lock = File::create(folder.join("services.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let built = Build::ALL.map(|build| {
        let built = cargo(build, &folder, &profile);
        let program = services.join(build.feature().unwrap_or("first"));
        put(&built, &program);
        (build, program)
    });
    BTreeMap::from(built)
}

/// Returns the folder of everything that is built, and the profile of this test.
fn place() -> (PathBuf, String) {
    let test = env::current_exe().unwrap();
    let mut folders = test
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.ends_with("deps"));
    let profile = folders.next().unwrap();
    let name = profile.file_name().unwrap().to_string_lossy().into_owned();
    let target = folders.next().unwrap().to_owned();
    // The one profile whose folder has another name.
    let name = if name == "debug" {
        "dev".to_owned()
    } else {
        name
    };
    (target, name)
}

/// Builds a release, and returns where cargo has put it. What it needs is there already: nothing is fetched.
fn cargo(build: Build, folder: &Path, profile: &str) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "rollout-tests"])
        .args(["--bin", "rollout-service", "--profile", profile])
        .args(["--locked", "--offline"])
        // The workspace optimizes what it depends on even for tests; here that would take longer than the tests.
        .args(["--config", r#"profile.dev.package."*".opt-level=0"#])
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(feature) = build.feature() {
        command.args(["--features", feature]);
    }
    // What the runner says of this test is not true of what is built.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{build:?}: {said}");
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    messages
        .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .next_back()
        .unwrap_or_else(|| panic!("{build:?}: nothing was built: {said}"))
}

/// Copies a program in one step: where another test runs the former one, that stays as it is.
fn put(built: &Path, program: &Path) {
    let unfinished = program.with_extension("new");
    fs::copy(built, &unfinished).unwrap();
    fs::rename(unfinished, program).unwrap();
}
