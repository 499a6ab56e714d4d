//! Many runs, and the shortest one that fails.

use std::any::type_name;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Runtime;

use super::drive::drive;
use super::operation::{Operation, operations};
use crate::harness::{demand, is_soak, is_unavailable, runtime};
use crate::opened::{Opener, Typed};
use crate::rng::Rng;
use crate::{Failure, Outcome, Setup};

/// Operations between two fresh backends, at most.
const LONGEST: usize = 100;

/// A run that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(120);

/// Does 5,000 operations, or 100,000 with `CACHE_SOAK=1`, as the test that
/// [`conformance!`](crate::conformance!) makes of it.
///
/// # Panics
/// If the backend and the map disagree.
#[track_caller]
pub fn run<S: Setup>(setup: S) {
    if is_unavailable(&setup) {
        return;
    }
    let (operations, seed) = (if is_soak() { 100_000 } else { 5_000 }, Rng::random_seed());
    demand(check_seeded(setup, operations, seed));
    let name = type_name::<S::Backend>();
    println!("SOAK {operations} operations on {name}: as on a map, seed {seed}");
}

/// Does random operations on fresh backends, in runs of up to 100, and compares each answer with the map's.
///
/// # Errors
/// The shortest run that was found to fail, with the seed; the variable `CACHE_SEED` repeats one.
pub fn check<S: Setup>(setup: S, operations: u32) -> Outcome {
    check_seeded(setup, operations, Rng::random_seed())
}

fn check_seeded<S: Setup>(setup: S, operations: u32, seed: u64) -> Outcome {
    let opener = Typed(Arc::new(setup));
    let runtime = runtime(false).map_err(|error| Failure::new(format!("no runtime: {error}")))?;
    let checked = check_on(&runtime, &opener, operations, seed);
    runtime.shutdown_background();
    checked
}

fn check_on(runtime: &Runtime, opener: &dyn Opener, wanted: u32, seed: u64) -> Outcome {
    let mut runner = runner(seed);
    let done = Cell::new(0_usize);
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let strategy = operations(LONGEST);
    while done.get() < wanted {
        let tree = strategy
            .new_tree(&mut runner)
            .map_err(|reason| Failure::new(format!("no operations: {reason}")))?;
        let test = |operations: Vec<Operation>| {
            done.set(done.get() + operations.len());
            run_once(runtime, opener, &operations)
        };
        if let Err(TestError::Fail(reason, shortest)) = runner.run_one(tree, test) {
            return Err(Failure::new(format!(
                "seed {seed}: {reason}\nthe shortest failing run that was found: {shortest:#?}"
            )));
        }
    }
    Ok(())
}

fn run_once(
    runtime: &Runtime,
    opener: &dyn Opener,
    operations: &[Operation],
) -> Result<(), TestCaseError> {
    let driven = async { tokio::time::timeout(DEADLINE, drive(opener, operations)).await };
    match runtime.block_on(driven) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(TestCaseError::fail(failure.to_string())),
        Err(_) => Err(TestCaseError::fail(format!("no end within {DEADLINE:?}"))),
    }
}

fn runner(seed: u64) -> TestRunner {
    let mut rng = Rng::new(seed);
    let bytes: Vec<u8> = (0..4).flat_map(|_| rng.next().to_le_bytes()).collect();
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
