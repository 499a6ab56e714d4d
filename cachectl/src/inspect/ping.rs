//! `cachectl ping`: round trips to the store.

use std::time::Duration;

use cache_core::Backend;
use serde::Serialize;

use super::args::Ping;
use super::store::no_answer;
use super::{Answer, Out, Store};
use crate::fault::Fault;

/// What was measured, in microseconds.
#[derive(Serialize)]
struct Measured {
    backend: &'static str,
    pings: usize,
    /// The first one, which connects; in no other figure.
    first_us: u64,
    min_us: u64,
    median_us: u64,
    max_us: u64,
}

pub(super) async fn run(arguments: &Ping, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    let first = store.backend.ping().await.map_err(no_answer)?;
    let mut trips = Vec::new();
    for _ in 0..arguments.count {
        trips.push(store.backend.ping().await.map_err(no_answer)?);
    }
    trips.sort_unstable();
    let at = |index: usize| micros(trips.get(index).copied().unwrap_or_default());
    let measured = Measured {
        backend: store.name(),
        pings: trips.len(),
        first_us: micros(first),
        min_us: at(0),
        median_us: at(trips.len() / 2),
        max_us: at(trips.len().saturating_sub(1)),
    };
    if arguments.place.json {
        out.json(&measured)?;
    } else {
        out.line(measured.sentence())?;
    }
    Ok(Answer::Done)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Measured {
    fn sentence(&self) -> String {
        format!(
            "{}: {} pings after one of {} us that connected: min {} us, median {} us, max {} us",
            self.backend, self.pings, self.first_us, self.min_us, self.median_us, self.max_us
        )
    }
}
