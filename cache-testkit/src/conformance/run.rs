//! Running a case, and saying which cases a backend can run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::Backend;

use super::fixture::Fixture;
use super::{Case, Need, cases, unsupported};
use crate::harness::{demand, is_unavailable, on_runtime};
use crate::opened::{Opener, Typed};
use crate::{Env, Failure, Outcome, Raw, Setup};

/// No case takes a tenth of this; a backend that hangs is found.
const DEADLINE: Duration = Duration::from_secs(120);

/// Entries that the cases of `Bounded` allow.
const CAPACITY: u64 = 200;

/// How a case ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It passed.
    Passed,
    /// Its capability is not declared, and the operations answered `Unsupported`.
    Unsupported,
    /// The setup lacks a hook, or the backend takes another form of values.
    Skipped,
}

/// Runs one case on a backend.
///
/// # Errors
/// What the backend did that the row forbids; a panic of the backend, or that it did not answer, is one too.
pub fn run_case<S: Setup>(setup: S, case: &'static Case) -> Outcome<Verdict> {
    let opener: Arc<dyn Opener> = Arc::new(Typed(Arc::new(setup)));
    let ran = on_runtime(case.threads, DEADLINE, run(opener, case));
    match ran {
        Err(failure) if failure.is_lacking() => Ok(Verdict::Skipped),
        Err(failure) => Err(failure.within(&format!("{} ({})", case.name, case.row.label()))),
        Ok(verdict) => Ok(verdict),
    }
}

async fn run(opener: Arc<dyn Opener>, case: &'static Case) -> Outcome<Verdict> {
    let env = match case.needs {
        [Need::Bounded] => Env::fresh().with_capacity(CAPACITY),
        _ => Env::fresh(),
    };
    let fixture = Fixture::open(opener, env).await?;
    for need in case.needs {
        match need.capability() {
            Some(capability) if !fixture.has(capability) => {
                unsupported::answers_unsupported(&fixture, capability).await?;
                return Ok(Verdict::Unsupported);
            }
            None if need.form().is_some_and(|form| form != fixture.form()) => {
                return Ok(Verdict::Skipped);
            }
            Some(_) | None => {}
        }
    }
    (case.run)(fixture).await?;
    Ok(Verdict::Passed)
}

/// Runs the case of a name, as the test that [`conformance!`](crate::conformance!) makes of it.
///
/// # Panics
/// If the case fails.
#[track_caller]
pub fn check<S: Setup>(setup: S, name: &str) {
    if is_unavailable(&setup) {
        return;
    }
    let outcome = match cases().iter().find(|case| case.name == name) {
        Some(case) => run_case(setup, case).map(drop),
        None => Err(Failure::new(format!("there is no case `{name}`"))),
    };
    demand(outcome);
}

/// Prints how many cases a backend can run, and what it lacks for the others.
///
/// # Panics
/// If the backend cannot be opened.
#[track_caller]
pub fn summary<S: Setup>(setup: S) {
    if is_unavailable(&setup) {
        return;
    }
    let opener: Arc<dyn Opener> = Arc::new(Typed(Arc::new(setup)));
    let outcome = on_runtime(false, DEADLINE, async move {
        let env = Env::fresh().with_capacity(CAPACITY);
        let fixture = Fixture::open(opener, env).await?;
        let mut lacks = BTreeSet::new();
        let mut skipped = 0_usize;
        for case in cases() {
            let mut runs = true;
            for need in case.needs {
                if !has(&fixture, *need).await? {
                    lacks.insert(need.as_str());
                    runs = false;
                }
            }
            skipped += usize::from(!runs);
        }
        let name = fixture.backend.info().name;
        println!("{}", sentence(name, cases().len(), skipped, &lacks));
        Ok(())
    });
    demand(outcome);
}

fn sentence(name: &str, all: usize, skipped: usize, lacks: &BTreeSet<&str>) -> String {
    let head = format!("{name}: {all} cases, {skipped} skipped");
    if lacks.is_empty() {
        return head;
    }
    let lacks: Vec<_> = lacks.iter().copied().collect();
    format!("{head} for lack of {}", lacks.join(", "))
}

async fn has(fixture: &Fixture, need: Need) -> Outcome<bool> {
    let raw = match (need, need.capability(), need.form()) {
        (_, Some(capability), _) => return Ok(fixture.has(capability)),
        (_, _, Some(form)) => return Ok(form == fixture.form()),
        (Need::OtherKind, ..) => Raw::OtherKind,
        _ => Raw::Bytes(Bytes::from_static(b"probe")),
    };
    match fixture.plant(&fixture.key("probe")?, raw).await {
        Err(failure) if failure.is_lacking() => Ok(false),
        planted => planted.map(|()| true),
    }
}
