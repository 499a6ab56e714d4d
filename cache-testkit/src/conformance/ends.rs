//! `ping`, `flush`, `close`, what a persistent store keeps, and writes that were dropped half-way.

use std::future::Future;
use std::task::{Context, Waker};
use std::time::Duration;

use cache_core::{
    Backend, Capability, Condition, Error, ErrorKind, Extensions, Found, PutItem, Result,
};
use futures_util::StreamExt;

use super::fixture::{Fixture, is_nothing};
use crate::failure::{check, check_eq};
use crate::values::same;
use crate::{Failure, Outcome};

pub(super) async fn ping_and_flush_answer(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.backend.flush().await?;
    let entry = fx.put(&key, fx.value("x")).await?;
    let latency = fx.backend.ping().await?;
    check!(
        latency < Duration::from_secs(60),
        "a round trip of {latency:?}"
    );
    fx.backend.flush().await?;
    fx.expect_entry(&key, &entry).await
}

pub(super) async fn close_is_idempotent(fx: Fixture) -> Outcome {
    fx.put(&fx.key("a")?, fx.value("x")).await?;
    for _ in 0..3 {
        fx.backend.close().await?;
    }
    Ok(())
}

fn closed<T: std::fmt::Debug>(operation: &str, answer: &Result<T>) -> Outcome {
    match answer.as_ref().map_err(Error::kind) {
        Err(ErrorKind::Closed) => Ok(()),
        _ => Err(Failure::new(format!(
            "{operation} after close answers {answer:?}"
        ))),
    }
}

pub(super) async fn every_call_after_close_answers_closed(fx: Fixture) -> Outcome {
    let owned = fx.key("a")?;
    let entry = fx.put(&owned, fx.value("x")).await?;
    let (key, backend) = (owned.as_key(), &fx.backend);
    backend.close().await?;
    closed("get", &backend.get(key).await)?;
    for when in [
        Condition::Always,
        Condition::Absent,
        Condition::If(entry.meta.stamp),
    ] {
        closed("put", &backend.put(key, entry.clone(), when).await)?;
    }
    closed("remove", &backend.remove(key, None).await)?;
    closed(
        "remove of a stamp",
        &backend.remove(key, Some(entry.meta.stamp)).await,
    )?;
    closed("head", &backend.head(key).await)?;
    closed(
        "retime",
        &backend.retime(key, fx.meta(), entry.meta.stamp).await,
    )?;
    closed("clear", &backend.clear(fx.scope()).await)?;
    closed("stats", &backend.stats().await)?;
    closed("ping", &backend.ping().await)?;
    closed("flush", &backend.flush().await)?;
    if let Some(counters) = backend.counters() {
        closed("add", &counters.add(key, 1, Duration::from_secs(1)).await)?;
    }
    backend.close().await?;
    check_eq!(
        fx.has(Capability::Counters),
        backend.counters().is_some(),
        "counters after close"
    );
    Ok(())
}

pub(super) async fn every_batch_after_close_answers_closed(fx: Fixture) -> Outcome {
    let owned = fx.key("a")?;
    let entry = fx.put(&owned, fx.value("x")).await?;
    let (keys, backend) = ([owned.as_key(), owned.as_key()], &fx.backend);
    backend.close().await?;
    let item = PutItem {
        key: owned.as_key(),
        entry,
        when: Condition::Always,
    };
    let got = backend.get_many(&keys).await;
    let put = backend.put_many(vec![item.clone(), item]).await;
    let removed = backend.remove_many(&keys).await;
    check_eq!(
        [got.len(), put.len(), removed.len()],
        [2; 3],
        "answers after close"
    );
    got.into_iter()
        .try_for_each(|answer| closed("get_many", &answer))?;
    put.into_iter()
        .try_for_each(|answer| closed("put_many", &answer))?;
    removed
        .into_iter()
        .try_for_each(|answer| closed("remove_many", &answer))
}

pub(super) async fn scan_and_count_after_close_answer_closed(fx: Fixture) -> Outcome {
    fx.put(&fx.key("a")?, fx.value("x")).await?;
    fx.backend.close().await?;
    closed("count", &fx.backend.count(fx.scope()).await)?;
    let mut pages = std::pin::pin!(fx.backend.scan(fx.scope()));
    match pages.next().await {
        Some(page) => closed("scan", &page),
        None => Err(Failure::new("scan after close answers no page, no error")),
    }
}

/// What was flushed is there again, although the store was not closed.
pub(super) async fn what_was_flushed_survives_the_process(fx: Fixture) -> Outcome {
    let keys = [
        fx.key("value")?,
        fx.key("negative")?,
        fx.key("lease")?,
        fx.key("removed")?,
    ];
    let extensions = Extensions::new().with_etag("\"1\"");
    let value = fx
        .put(&keys[0], fx.value("x").with_extensions(extensions))
        .await?;
    let negative = fx.put(&keys[1], fx.negative()).await?;
    let lease = fx.put(&keys[2], fx.lease()).await?;
    fx.put(&keys[3], fx.value("x")).await?;
    fx.backend.flush().await?;
    fx.remove(&keys[3], None).await?;
    fx.backend.flush().await?;
    let fx = fx.reopened().await?;
    fx.expect_entry(&keys[0], &value).await?;
    fx.expect_entry(&keys[1], &negative).await?;
    fx.expect_nothing(&keys[3]).await?;
    fx.expect_nothing(&keys[2]).await?;
    let publish = Condition::If(lease.meta.stamp);
    check!(
        fx.put_when(&keys[2], &fx.value("x"), publish)
            .await?
            .is_stored(),
        "a flushed lease is gone"
    );
    fx.put(&keys[1], fx.value("again")).await?;
    fx.expect_value(&keys[1], "again").await
}

pub(super) async fn a_life_goes_on_after_reopening(fx: Fixture) -> Outcome {
    use super::fixture::{FRESH, MILLISECOND, STALE};
    let key = fx.key("a")?;
    let entry = fx.put(&key, fx.value("x")).await?;
    fx.backend.flush().await?;
    fx.backend.close().await?;
    fx.env.clock.advance(FRESH + STALE - MILLISECOND);
    let fx = fx.reopened().await?;
    fx.expect_entry(&key, &entry).await?;
    fx.env.clock.advance(MILLISECOND);
    fx.expect_nothing_live(&key).await
}

/// Polls a put a few times and drops it: the old entry stands, or the new one, each whole.
pub(super) async fn a_dropped_put_leaves_all_or_nothing(fx: Fixture) -> Outcome {
    for polls in 0..12 {
        for stands in [true, false] {
            let key = fx.key(&format!("{polls}-{stands}"))?;
            let old = fx
                .value("old")
                .with_extensions(Extensions::new().with_etag("old"));
            if stands {
                fx.put(&key, old.clone()).await?;
            }
            let new = fx
                .value("a new value")
                .with_extensions(Extensions::new().with_etag("new"));
            let when = if stands {
                Condition::If(old.meta.stamp)
            } else {
                Condition::Absent
            };
            drop_after(polls, fx.backend.put(key.as_key(), new.clone(), when)).await;
            for _ in 0..3 {
                match fx.get(&key).await? {
                    Found::Entry(entry) if entry.meta.stamp == new.meta.stamp => {
                        same(&entry, &new)?;
                    }
                    Found::Entry(entry) if stands => same(&entry, &old)?,
                    found if !stands && is_nothing(&found) => {}
                    found => {
                        return Err(Failure::new(format!(
                            "met {found:?} after {polls} polls of a put"
                        )));
                    }
                }
                tokio::task::yield_now().await;
            }
        }
    }
    Ok(())
}

async fn drop_after<T>(polls: usize, future: impl Future<Output = T>) {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return;
        }
        // What the store does beside the caller goes on.
        tokio::task::yield_now().await;
    }
}
