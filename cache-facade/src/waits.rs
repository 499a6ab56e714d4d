//! Who waits for whom: a load that would wait for itself through other keys is an error, not a deadlock.
//!
//! A load knows its own flight by a task-local. Before it waits for another flight, the edge is entered here; if the graph
//! would close a circle, it is refused. The graph is shared by all caches of the process, since a circle may run through
//! two of them; its size is bounded by the waits under way. A loader that waits in a task it spawned itself is not seen: it
//! ends with the load's time limit.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cache_core::{Error, ErrorKind, Operation, Result};

tokio::task_local! {
    static LOADING: u64;
}

/// Edges from the flight that waits to the flight it waits for.
static WAITS: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

fn waits() -> MutexGuard<'static, Vec<(u64, u64)>> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a loader as the load of a flight.
pub(crate) async fn as_load_of<F: Future>(flight: u64, loader: F) -> F::Output {
    LOADING.scope(flight, loader).await
}

/// A wait of one load for another; it ends with the guard.
#[derive(Debug)]
pub(crate) struct WaitGuard(Option<(u64, u64)>);

/// Enters a wait for a flight.
///
/// # Errors
/// `Cycle` if that flight waits, through others or itself, for the flight whose loader is asking.
pub(crate) fn enter(target: u64) -> Result<WaitGuard> {
    let Ok(waiter) = LOADING.try_with(|own| *own) else {
        return Ok(WaitGuard(None));
    };
    let mut edges = waits();
    if reaches(&edges, target, waiter) {
        return Err(
            Error::new(ErrorKind::Cycle, "the load waits for itself").operation(Operation::Load)
        );
    }
    edges.push((waiter, target));
    Ok(WaitGuard(Some((waiter, target))))
}

fn reaches(edges: &[(u64, u64)], from: u64, to: u64) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while let Some(&node) = seen.get(next) {
        if node == to {
            return true;
        }
        for &(_, target) in edges.iter().filter(|(waiter, _)| *waiter == node) {
            if !seen.contains(&target) {
                seen.push(target);
            }
        }
        next += 1;
    }
    false
}

impl Drop for WaitGuard {
    fn drop(&mut self) {
        if let Some(edge) = self.0 {
            let mut edges = waits();
            if let Some(place) = edges.iter().position(|known| *known == edge) {
                edges.swap_remove(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_through_any_number_of_flights() {
        let edges = [(1, 2), (2, 3), (3, 4), (2, 4)];
        assert!(reaches(&edges, 1, 4));
        assert!(reaches(&edges, 1, 1));
        assert!(!reaches(&edges, 4, 1));
    }
}
