//! How many round trips an operation makes on a connection that is there already.

use std::collections::BTreeMap;

use super::proxy::Proxy;
use super::server::{self, Server};
use crate::Result;
use crate::pairs::{ACTS, Stack, TIMES, act};
use crate::pilot::Pilot;
use crate::report::Count;

/// Counts the round trips of each operation.
///
/// # Errors
/// If an operation fails, or does not do what it has to.
pub(super) async fn count(server: &Server) -> Result<BTreeMap<String, Count>> {
    let proxy = Proxy::before(server)?;
    let pilots = Stack::open(server::config(proxy.port())?)?
        .domain::<Pilot>()?
        .0;
    let mut counts = BTreeMap::new();
    for (name, expected) in ACTS {
        // The first time connects, or gives the server the scripts.
        act(&pilots, name, 0).await?;
        let before = proxy.trips();
        for time in 1..=TIMES {
            act(&pilots, name, time).await?;
        }
        let count = Count {
            counted: proxy.trips() - before,
            expected: expected * TIMES,
            times: TIMES,
        };
        counts.insert(format!("round_trips_{name}"), count);
    }
    Ok(counts)
}
