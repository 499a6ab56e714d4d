//! Many histories of a real backend, each explained or told.

use std::any::type_name;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Scope};
use tokio::runtime::Handle;

use super::play::Batch;
use super::register::Register;
use super::{History, Step, is_linearizable};
use crate::harness::{demand, is_soak, is_unavailable, on_runtime};
use crate::opened::{Opener, Typed};
use crate::rng::Rng;
use crate::{Env, Failure, Outcome, Setup};

/// Histories between two clears of the store.
const BATCH: u32 = 200;

/// No soak run takes a tenth of this.
const DEADLINE: Duration = Duration::from_secs(36_000);

/// Runs 1,000 histories, or 100,000 with `CACHE_SOAK=1`, as the test that
/// [`conformance!`](crate::conformance!) makes of it.
///
/// # Panics
/// If a history is not linearizable.
#[track_caller]
pub fn run<S: Setup>(setup: S) {
    if is_unavailable(&setup) {
        return;
    }
    let (histories, seed) = (if is_soak() { 100_000 } else { 1_000 }, Rng::random_seed());
    demand(check_seeded(setup, histories, seed));
    let name = type_name::<S::Backend>();
    println!(
        "SOAK {histories} histories of 4 threads x 8 operations on {name}: linearizable, seed {seed}"
    );
}

/// Runs histories of random operations against a backend.
///
/// # Errors
/// The first history that no order explains, with the seed of its operations; when they overlap is the machine's choice.
pub fn check<S: Setup>(setup: S, histories: u32) -> Outcome {
    check_seeded(setup, histories, Rng::random_seed())
}

fn check_seeded<S: Setup>(setup: S, histories: u32, seed: u64) -> Outcome {
    let opener = Typed(Arc::new(setup));
    on_runtime(true, DEADLINE, async move {
        let env = Env::fresh();
        let opened = opener.open(&env).await?;
        let register = Register::new(opened.backend, &env)?;
        let mut done = 0;
        while done < histories {
            let count = BATCH.min(histories - done);
            explain(Batch::new(&register, seed, done, count)).await?;
            let scope = Scope::namespace(&env.namespace);
            register.backend.clear(scope).await?;
            done += count;
        }
        Ok(())
    })
}

/// Plays a batch and explains its histories. The threads of a batch block, so they stand beside the runtime's own.
async fn explain(batch: Batch) -> Outcome {
    let handle = Handle::current();
    let (seed, first) = (batch.seed, batch.first);
    let playing = tokio::task::spawn_blocking(move || batch.play(&handle));
    let histories: Vec<Vec<Step>> = playing
        .await
        .map_err(|error| Failure::new(format!("a thread did not end well: {error}")))??;
    for (number, steps) in (first..).zip(histories) {
        let history = History(steps);
        if !is_linearizable(&history) {
            let what = format!("history {number} of seed {seed} is not linearizable");
            return Err(Failure::new(format!("{what}:\n{history}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, MemoryBackend};

    /// Histories in which nobody overlaps anybody would prove little.
    #[test]
    fn the_threads_of_most_histories_overlap() {
        let memory = MemoryBackend::new(ManualClock::default().judge());
        let register = Register::new(cache_core::AnyBackend::new(memory), &Env::fresh()).unwrap();
        let runtime = crate::harness::runtime(true).unwrap();
        let played = Batch::new(&register, 1, 0, 2_000)
            .play(runtime.handle())
            .unwrap();
        let overlap = |steps: &&Vec<Step>| {
            let pairs = steps
                .iter()
                .flat_map(|one| steps.iter().map(move |other| (one, other)));
            pairs.into_iter().any(|(one, other)| {
                one.thread < other.thread && one.began < other.ended && other.began < one.ended
            })
        };
        let threads = played.iter().step_by(2).filter(overlap).count();
        let tasks = played.iter().skip(1).step_by(2).filter(overlap).count();
        println!("overlapping: {threads} and {tasks} of 1,000");
        assert_eq!(tasks, 1_000);
        assert!(threads > 10, "{threads} of 1,000");
    }
}
