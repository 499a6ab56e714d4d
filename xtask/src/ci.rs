//! `cargo xtask ci`: the very list CI runs, so that CI holds no surprises.

use crate::metadata::{self, Metadata};
use crate::step::{self, Outcome, Step};
use crate::{Result, deps, examples, process, sizes, test};

/// Runs the list; with `tests` false, all of it but the tests.
///
/// # Errors
///
/// The workspace cannot be read. A failed step is no error, it is in the exit code.
pub(crate) fn run(tests: bool) -> Result<u8> {
    let workspace = metadata::load()?;
    let mut steps = sources(&workspace);
    if tests {
        steps.push(Step::new("test", || {
            Ok(Outcome::of_code(test::run(false, &[])?))
        }));
    }
    steps.extend(builds(&workspace));
    Ok(u8::from(!step::run_all(&steps, process::in_ci())))
}

/// The steps that look at the sources.
fn sources(workspace: &Metadata) -> Vec<Step<'_>> {
    vec![
        Step::new("fmt", || cargo(&["fmt", "--all", "--check"])),
        Step::new("clippy, all features", || {
            clippy(workspace, &["--all-features"])
        }),
        Step::new("clippy, default features", || clippy(workspace, &[])),
        Step::new("deps", || deps::run().map(|()| Outcome::Passed)),
        Step::new("sizes", || sizes::run().map(|()| Outcome::Passed)),
    ]
}

/// The steps that build more than the tests do.
fn builds(workspace: &Metadata) -> Vec<Step<'_>> {
    vec![
        Step::new("rustdoc", || rustdoc(workspace)),
        Step::new("features, each alone", || {
            hack(workspace, &["--each-feature"])
        }),
        Step::new("features, in pairs", || {
            hack(workspace, &["--feature-powerset", "--depth", "2"])
        }),
        Step::new("examples", || examples::run(workspace)),
        Step::new("a hundred kills", kills),
        Step::new("deny", deny),
    ]
}

fn cargo(args: &[&str]) -> Result<Outcome> {
    Ok(Outcome::of_code(process::stream(&mut process::cargo(
        args.iter().copied(),
    ))?))
}

fn clippy(workspace: &Metadata, features: &[&str]) -> Result<Outcome> {
    let selection = workspace.selection();
    cargo(
        &[
            &["clippy"],
            selection.as_slice(),
            &["--all-targets"],
            features,
            &["--", "-D", "warnings"],
        ]
        .concat(),
    )
}

fn rustdoc(workspace: &Metadata) -> Result<Outcome> {
    let mut command = process::cargo(["doc", "--no-deps", "--all-features"]);
    command
        .args(workspace.selection())
        .env("RUSTDOCFLAGS", "-D warnings");
    Ok(Outcome::of_code(process::stream(&mut command)?))
}

/// Checks every library by itself, because a build of the whole workspace joins the features of all its members
/// and so hides a set that does not compile alone. Only `--lib`: the tests may ask for more features.
fn hack(workspace: &Metadata, sets: &[&str]) -> Result<Outcome> {
    if !process::has_subcommand("hack") {
        return Ok(absent("cargo-hack"));
    }
    let packages: Vec<&str> = workspace
        .libraries()
        .into_iter()
        .flat_map(|name| ["--package", name])
        .collect();
    cargo(
        &[
            &["hack", "check", "--lib", "--keep-going"],
            packages.as_slice(),
            sets,
        ]
        .concat(),
    )
}

/// Replays a part of the day of kills, by hand and through the facade: that both do the same work, that no look-up takes
/// a millisecond on average, and that the benchmarks still build. Its ratios are those of a busy machine.
fn kills() -> Result<Outcome> {
    if !process::on_path("redis-server") {
        return Ok(Outcome::Skipped("redis-server is not installed".to_owned()));
    }
    let build = ["run", "--release", "--package", metadata::BENCHES, "--"];
    cargo(&[build.as_slice(), &["old-vs-new", "--kills", "100"]].concat())
}

/// Advisories are not on the list: a new one would fail a change that has nothing to do with it.
fn deny() -> Result<Outcome> {
    if !process::has_subcommand("deny") {
        return Ok(absent("cargo-deny"));
    }
    cargo(&["deny", "check", "bans", "licenses", "sources"])
}

fn absent(tool: &str) -> Outcome {
    Outcome::Skipped(format!(
        "{tool} is not installed: cargo install --locked {tool}"
    ))
}
