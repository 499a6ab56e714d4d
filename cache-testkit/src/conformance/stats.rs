//! Statistics: what a store counts is measured and moves; what it cannot tell is absent. And the limit of a bounded one.

use cache_core::{Backend, Capability, ErrorKind, Found, Stats};

use super::fixture::Fixture;
use crate::failure::check;
use crate::{Failure, Outcome};

/// Waits until the store counts what it should; a store may count a little late.
async fn counts(fx: &Fixture, what: &str, is: impl Fn(&Stats) -> bool + Send + Sync) -> Outcome {
    let waited = fx
        .eventually(what, async || Ok(is(&fx.backend.stats().await?)))
        .await;
    match waited {
        Ok(()) => Ok(()),
        Err(failure) => {
            let met = fx.backend.stats().await?;
            Err(failure.within(&format!("{met:?}")))
        }
    }
}

/// Absent, or exactly this.
fn told(met: Option<u64>, expected: u64) -> bool {
    met.is_none_or(|met| met == expected)
}

pub(super) async fn stats_move_with_what_is_held(fx: Fixture) -> Outcome {
    counts(&fx, "an empty store holds nothing", |stats| {
        told(stats.entries, 0)
    })
    .await?;
    let before = fx.backend.stats().await?;
    for number in 0..10 {
        fx.put(&fx.key(&number.to_string())?, fx.value(&"x".repeat(100)))
            .await?;
    }
    fx.put(&fx.key("0")?, fx.value(&"y".repeat(100))).await?;
    counts(&fx, "ten entries, one of them overwritten", |stats| {
        told(stats.entries, 10)
    })
    .await?;
    counts(&fx, "ten entries have a weight", |stats| {
        stats.bytes.is_none_or(|bytes| bytes >= 1_000)
    })
    .await?;
    let full = fx.backend.stats().await?;
    for number in 0..4 {
        fx.remove(&fx.key(&number.to_string())?, None).await?;
    }
    counts(&fx, "six entries are left", |stats| told(stats.entries, 6)).await?;
    counts(&fx, "fewer entries weigh less", |stats| {
        stats.bytes.is_none() || stats.bytes < full.bytes
    })
    .await?;
    counts(&fx, "four removals", |stats| {
        told(stats.removals, before.removals.unwrap_or(0) + 4)
    })
    .await?;
    fx.backend.clear(fx.scope()).await?;
    counts(&fx, "nothing is left after clear", |stats| {
        told(stats.entries, 0) && told(stats.bytes, before.bytes.unwrap_or(0))
    })
    .await
}

/// What a store tells once it always tells: absent and present do not alternate.
pub(super) async fn stats_tell_the_same_figures_always(fx: Fixture) -> Outcome {
    let shape = |stats: &Stats| {
        [
            stats.entries,
            stats.bytes,
            stats.max_entries,
            stats.max_bytes,
            stats.evictions,
            stats.expirations,
            stats.removals,
        ]
        .map(|figure| figure.is_some())
    };
    let first = fx.backend.stats().await?;
    for entry in [fx.value("x"), fx.negative(), fx.lease()] {
        fx.put(&fx.key("a")?, entry).await?;
        let later = fx.backend.stats().await?;
        check!(
            shape(&first) == shape(&later),
            "first {first:?}, later {later:?}"
        );
    }
    Ok(())
}

const TIMES: u64 = 10;

pub(super) async fn a_bounded_store_stays_under_its_capacity(fx: Fixture) -> Outcome {
    let stats = fx.backend.stats().await?;
    check!(
        stats.max_entries.is_some() || stats.max_bytes.is_some(),
        "`Bounded` is declared, and no limit is told: {stats:?}"
    );
    let capacity = fx
        .env
        .capacity
        .ok_or_else(|| Failure::new("no capacity was set"))?;
    for number in 0..capacity * TIMES {
        let key = fx.key(&number.to_string())?;
        // It may refuse at any time, but then it stores nothing.
        match fx
            .backend
            .put(key.as_key(), fx.value("x"), cache_core::Condition::Always)
            .await
        {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Overloaded => {}
            Err(error) => return Err(error.into()),
        }
    }
    counts(&fx, "it stays under its capacity", within_limits).await?;
    counts(&fx, "it tells what it put out", |stats| {
        stats.evictions.is_none_or(|out| out > 0)
    })
    .await?;
    let held = u64::try_from(readable(&fx, capacity * TIMES).await?).unwrap_or(u64::MAX);
    check!(held > 0, "nothing of {} entries is left", capacity * TIMES);
    let limit = fx.backend.stats().await?.max_entries.unwrap_or(u64::MAX);
    check!(
        held <= limit,
        "{held} entries are read, {limit} are the limit"
    );
    if fx.has(Capability::Scan) {
        let count = fx.backend.count(fx.scope()).await?;
        check!(
            count <= limit,
            "{count} entries are counted, {limit} are the limit"
        );
    }
    Ok(())
}

fn within_limits(stats: &Stats) -> bool {
    let within = |held: Option<u64>, limit: Option<u64>| match (held, limit) {
        (Some(held), Some(limit)) => held <= limit,
        _ => true,
    };
    within(stats.entries, stats.max_entries) && within(stats.bytes, stats.max_bytes)
}

/// How many of the entries are still read, each with its own value.
async fn readable(fx: &Fixture, many: u64) -> Outcome<usize> {
    let mut readable = 0;
    for number in 0..many {
        match fx.get(&fx.key(&number.to_string())?).await? {
            Found::Entry(_) => readable += 1,
            Found::Absent => {}
            other => {
                return Err(Failure::new(format!(
                    "an evicted entry is read as {other:?}"
                )));
            }
        }
    }
    Ok(readable)
}
