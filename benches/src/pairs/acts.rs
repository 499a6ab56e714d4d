//! Operations whose ways to the store are counted.

use cache_facade::{Domain, Ttl};

use super::side::BATCH;
use crate::Result;
use crate::pilot::Pilot;

/// Operations by name, with how often each has to go to the store. An update reads and then writes: that it goes twice
/// shows that who counts sees more than one.
pub(crate) const ACTS: [(&str, u64); 5] = [
    ("put", 1),
    ("get", 1),
    ("get_many_100", 1),
    ("put_if_absent", 1),
    ("update", 2),
];

/// How often each operation is done.
pub(crate) const TIMES: u64 = 10;

/// Does an operation for a time from 0 to [`TIMES`]. What is got has been put by the same time.
///
/// # Errors
/// If it fails, or does not do what it has to.
pub(crate) async fn act(pilots: &Domain<Pilot>, name: &str, time: u64) -> Result {
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
