//! How many round trips an operation makes on a connection that is there already.

use std::collections::BTreeMap;

use cache_facade::{Domain, Ttl};

use super::full_stack::Stack;
use super::proxy::Proxy;
use super::server::Server;
use crate::Result;
use crate::pairs::BATCH;
use crate::pilot::Pilot;
use crate::report::Count;

/// How often each operation is done.
const TIMES: u64 = 10;

/// Operations by name, with the round trips each has to make. An update reads and then writes: that it makes two shows that
/// the proxy sees more than one.
const EXPECTED: [(&str, u64); 5] = [
    ("put", 1),
    ("get", 1),
    ("get_many_100", 1),
    ("put_if_absent", 1),
    ("update", 2),
];

/// Counts the round trips of each operation.
///
/// # Errors
/// If an operation fails, or does not do what it has to.
pub(super) async fn count(server: &Server) -> Result<BTreeMap<String, Count>> {
    let proxy = Proxy::before(server)?;
    let pilots = Stack::open(proxy.port())?.domain::<Pilot>()?.0;
    let mut counts = BTreeMap::new();
    for (name, expected) in EXPECTED {
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

async fn act(pilots: &Domain<Pilot>, name: &str, time: u64) -> Result {
    let done = match name {
        "get" => pilots.get(time).await?.is_some(),
        "put" => pilots.put(time, Pilot::new(time)).await.map(|()| true)?,
        "put_if_absent" => {
            let id = 1_000 + time;
            pilots
                .put_if_absent(id, Pilot::new(id), Ttl::Default)
                .await?
        }
        "update" => {
            let change = |_: Option<&Pilot>| Some(Pilot::new(time));
            pilots.update(time, change).await?.is_some()
        }
        _ => {
            let ids = (0..).step_by(3).take(BATCH);
            let found: Vec<Option<_>> = pilots
                .get_many(ids)
                .await
                .into_iter()
                .collect::<cache_facade::Result<_>>()?;
            found.len() == BATCH
        }
    };
    if done {
        return Ok(());
    }
    Err(format!("`{name}` did not do what it has to").into())
}
