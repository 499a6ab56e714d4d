//! Counters: within windows, apart from entries.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Capability, Epoch, ErrorKind, OwnedKey, Result, Space};

use super::fixture::{Fixture, all};
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome};

const HOUR: Duration = Duration::from_secs(3_600);

/// Long enough for a few operations on a slow machine, short enough to be waited for.
const BRIEF: Duration = Duration::from_secs(2);

async fn try_add(fx: &Fixture, key: &OwnedKey, by: i64, window: Duration) -> Outcome<Result<i64>> {
    match fx.backend.counters() {
        Some(counters) => Ok(counters.add(key.as_key(), by, window).await),
        None => Err(Failure::new("`Counters` is declared, yet there are none")),
    }
}

pub(super) async fn add(fx: &Fixture, key: &OwnedKey, by: i64, window: Duration) -> Outcome<i64> {
    Ok(try_add(fx, key, by, window).await??)
}

pub(super) async fn a_counter_starts_at_what_is_added(fx: Fixture) -> Outcome {
    for (id, start) in [
        ("one", 1),
        ("many", 41),
        ("below", -7),
        ("nothing", 0),
        ("limit", i64::MAX),
        ("floor", i64::MIN),
    ] {
        let key = fx.key(id)?;
        check_eq!(
            add(&fx, &key, start, HOUR).await?,
            start,
            "the first add to `{id}`"
        );
    }
    let key = fx.key("one")?;
    check_eq!(add(&fx, &key, 2, HOUR).await?, 3, "the second add");
    check_eq!(add(&fx, &key, -5, HOUR).await?, -2, "the third add");
    Ok(())
}

/// The window ends by the store's clock: the judge's, which is moved here, or its own, which is waited for.
async fn ended(fx: &Fixture, key: &OwnedKey) -> Outcome {
    fx.eventually("a window ends", async || {
        Ok(add(fx, key, 0, HOUR).await? == 0)
    })
    .await
}

pub(super) async fn a_window_ends_and_the_next_add_starts_again(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    check_eq!(add(&fx, &key, 5, BRIEF).await?, 5, "the first add");
    check_eq!(
        add(&fx, &key, 5, BRIEF).await?,
        10,
        "the second add, within the window"
    );
    fx.env.clock.advance(BRIEF);
    ended(&fx, &key).await?;
    check_eq!(
        add(&fx, &key, 3, HOUR).await?,
        3,
        "an add in the new window"
    );
    Ok(())
}

/// Adds within a window do not move its end, whatever window they bring.
pub(super) async fn only_the_first_add_sets_the_window(fx: Fixture) -> Outcome {
    let (brief, long) = (fx.key("brief")?, fx.key("long")?);
    add(&fx, &brief, 5, BRIEF).await?;
    add(&fx, &brief, 5, HOUR).await?;
    add(&fx, &long, 5, HOUR).await?;
    add(&fx, &long, 5, BRIEF).await?;
    fx.env.clock.advance(BRIEF);
    ended(&fx, &brief).await?;
    check_eq!(
        add(&fx, &long, 0, BRIEF).await?,
        10,
        "a counter of a longer window"
    );
    Ok(())
}

/// Traps 9 and 12: the longest windows are kept, not overflown.
pub(super) async fn a_window_may_be_as_long_as_can_be(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    check_eq!(add(&fx, &key, 1, Duration::MAX).await?, 1, "the first add");
    fx.env.clock.advance(HOUR);
    check_eq!(add(&fx, &key, 1, Duration::MAX).await?, 2, "the second add");
    Ok(())
}

pub(super) async fn a_window_of_zero_is_refused(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    match try_add(&fx, &key, 1, Duration::ZERO).await? {
        Err(error) => check_eq!(error.kind(), ErrorKind::InvalidArgument, "a window of zero"),
        Ok(value) => return Err(Failure::new(format!("a window of zero counts {value}"))),
    }
    check_eq!(
        add(&fx, &key, 0, HOUR).await?,
        0,
        "a counter that was refused"
    );
    Ok(())
}

pub(super) async fn overflow_is_an_error_and_changes_nothing(fx: Fixture) -> Outcome {
    let (top, floor) = (fx.key("top")?, fx.key("floor")?);
    for (key, limit, step) in [(&top, i64::MAX, 1), (&floor, i64::MIN, -1)] {
        let almost = limit - step;
        add(&fx, key, almost, HOUR).await?;
        match try_add(&fx, key, step * 2, HOUR).await? {
            Err(error) => check_eq!(error.kind(), ErrorKind::Overflow, "an add beyond {limit}"),
            Ok(value) => {
                return Err(Failure::new(format!(
                    "an add beyond {limit} counts {value}"
                )));
            }
        }
        check_eq!(
            add(&fx, key, 0, HOUR).await?,
            almost,
            "the value after an overflow"
        );
        check_eq!(add(&fx, key, step, HOUR).await?, limit, "the limit itself");
    }
    Ok(())
}

pub(super) async fn a_counter_and_an_entry_of_one_id_never_meet(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    check_eq!(add(&fx, &key, 5, HOUR).await?, 5, "the first add");
    fx.expect_nothing(&key).await?;
    check_eq!(fx.head(&key).await?, None, "head of a counter");
    let entry = fx.put(&key, fx.value("x")).await?;
    check_eq!(add(&fx, &key, 5, HOUR).await?, 10, "an add beside an entry");
    fx.expect_entry(&key, &entry).await?;
    if fx.has(Capability::Scan) {
        check_eq!(
            fx.listed(fx.scope()).await?.len(),
            1,
            "entries listed beside a counter"
        );
        check_eq!(
            fx.backend.count(fx.scope()).await?,
            1,
            "entries counted beside a counter"
        );
    }
    fx.remove(&key, None).await?;
    check_eq!(
        add(&fx, &key, 5, HOUR).await?,
        15,
        "an add after the entry was removed"
    );
    fx.expect_nothing(&key).await
}

/// The schema of the key plays no part; every other part of it does.
pub(super) async fn counters_of_different_keys_never_meet(fx: Fixture) -> Outcome {
    let namespace = fx.env.namespace.as_str();
    let mut number = 0;
    for namespace in [namespace.to_owned(), format!("{namespace}:1")] {
        for epoch in [1, 11] {
            for domain in ["pilot", "pilot_x"] {
                for id in [&b""[..], b"1", b":", b"*", b"%3A", b"\0", b"a", b"a:b"] {
                    number += 1;
                    for schema in [1, 2] {
                        let space = Space::new(&namespace, domain, schema)?;
                        let key = OwnedKey::new(space, Epoch(epoch), id)?;
                        let expected = if schema == 1 { number } else { number * 2 };
                        check_eq!(
                            add(&fx, &key, number, HOUR).await?,
                            expected,
                            "counter {number}"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

pub(super) async fn concurrent_adds_are_all_counted(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let fx = Arc::new(fx);
    let adding: Vec<_> = (0..8)
        .map(|_| {
            let (fx, key) = (Arc::clone(&fx), key.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..100 {
                    seen.push(add(&fx, &key, 1, HOUR).await?);
                }
                Ok(seen)
            })
        })
        .collect();
    let mut seen: Vec<i64> = all(adding).await?.into_iter().flatten().collect();
    seen.sort_unstable();
    check!(
        seen.iter().copied().eq(1..=800),
        "values of 800 adds were not 1 to 800, each once"
    );
    Ok(())
}
