//! `retime`: times, claim, stamp and the mark `expired` in one step, over exactly one stamp; what describes the payload
//! stays.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use cache_core::{
    CodecKind, Condition, Entry, Extensions, Flags, Found, Lifetime, Meta, OwnedKey, Put, Stamp,
};

use super::fixture::{FRESH, Fixture, MILLISECOND, STALE, all};
use crate::failure::{check, check_eq};
use crate::values::text_of;
use crate::{Failure, Outcome};

/// Times that are all different from those of an entry of the fixture.
fn later(fx: &Fixture) -> Meta {
    let start = fx.now().after(Duration::from_secs(1));
    let life = Lifetime {
        fresh_until: start.after(FRESH * 2),
        dead_at: start.after(FRESH * 3),
    };
    Meta {
        claimed_until: start.after(Duration::from_secs(5)),
        ..Meta::new(start, life)
    }
}

pub(super) async fn retime_replaces_the_times_and_keeps_the_rest(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    for entry in [fx.value("x"), fx.negative()] {
        let entry = entry.with_extensions(Extensions::new().with_etag("\"1\""));
        let entry = fx.put(&key, entry).await?;
        // What describes a payload does not belong to the times: these marks, codec and weight are not taken over.
        let to = Meta {
            flags: Flags::EXPIRED.with(Flags::LEASE),
            codec: Some(CodecKind::Postcard),
            weight: 77,
            ..later(&fx)
        };
        let put = fx.retime(&key, to, entry.meta.stamp).await?;
        check_eq!(put, Put::Stored(to.stamp), "retime over its stamp");
        let expected = Entry {
            meta: Meta {
                flags: entry.meta.flags.with(Flags::EXPIRED),
                codec: entry.meta.codec,
                weight: entry.meta.weight,
                ..to
            },
            ..entry
        };
        fx.expect_entry(&key, &expected).await?;
        check_eq!(
            fx.head(&key).await?,
            Some(expected.meta),
            "head after retime"
        );
    }
    Ok(())
}

pub(super) async fn retime_takes_the_mark_expired_away(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let marked = Meta {
        flags: Flags::EXPIRED,
        ..fx.meta()
    };
    let old = fx.put(&key, fx.value_with(marked, "x")).await?;
    let to = later(&fx);
    fx.retime(&key, to, old.meta.stamp).await?;
    let flags = fx.head(&key).await?.map(|meta| meta.flags);
    check_eq!(
        flags,
        Some(Flags::NONE),
        "marks after retime without `expired`"
    );
    Ok(())
}

pub(super) async fn retime_is_refused_over_another_stamp(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let first = fx.put(&key, fx.value("first")).await?;
    for standing in [fx.value("second"), fx.negative()] {
        let standing = fx.put(&key, standing).await?;
        for over in [first.meta.stamp, Stamp::next()] {
            let put = fx.retime(&key, later(&fx), over).await?;
            check_eq!(
                put,
                Put::Refused(Some(standing.meta)),
                "retime over another stamp"
            );
        }
        fx.expect_entry(&key, &standing).await?;
    }
    Ok(())
}

pub(super) async fn retime_is_refused_over_nothing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let put = fx.retime(&key, later(&fx), Stamp::next()).await?;
    check_eq!(put, Put::Refused(None), "retime over nothing");
    let removed = fx.put(&key, fx.value("x")).await?;
    fx.remove(&key, Some(removed.meta.stamp)).await?;
    let put = fx.retime(&key, later(&fx), removed.meta.stamp).await?;
    check_eq!(put, Put::Refused(None), "retime over what was removed");
    fx.expect_nothing(&key).await?;
    check_eq!(fx.head(&key).await?, None, "head of nothing");
    Ok(())
}

/// `touch` keeps the stamp: a condition on it still holds afterwards.
pub(super) async fn retime_may_keep_the_stamp(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let entry = fx.put(&key, fx.value("x")).await?;
    let to = Meta {
        stamp: entry.meta.stamp,
        ..later(&fx)
    };
    let put = fx.retime(&key, to, entry.meta.stamp).await?;
    check_eq!(
        put,
        Put::Stored(entry.meta.stamp),
        "retime that keeps the stamp"
    );
    let dead_at = fx.head(&key).await?.map(|meta| meta.dead_at);
    check_eq!(dead_at, Some(to.dead_at), "dead-at after it");
    let new = fx.value("new");
    let put = fx
        .put_when(&key, &new, Condition::If(entry.meta.stamp))
        .await?;
    check_eq!(put, Put::Stored(new.meta.stamp), "put If the kept stamp");
    Ok(())
}

pub(super) async fn retime_moves_the_end_of_a_life(fx: Fixture) -> Outcome {
    let (longer, shorter) = (fx.key("longer")?, fx.key("shorter")?);
    let long = fx.put(&longer, fx.value("x")).await?;
    let short = fx.put(&shorter, fx.value("x")).await?;
    fx.retime(&longer, later(&fx), long.meta.stamp).await?;
    let end = fx.now().after(MILLISECOND);
    let soon = Meta::new(
        fx.now(),
        Lifetime {
            fresh_until: end,
            dead_at: end,
        },
    );
    fx.retime(&shorter, soon, short.meta.stamp).await?;
    fx.env.clock.advance(MILLISECOND);
    fx.expect_nothing_live(&shorter).await?;
    fx.env.clock.advance(FRESH + STALE);
    fx.expect_value(&longer, "x").await
}

/// `expire` is a retime: what it marks is not fresh, so that the next load may publish.
pub(super) async fn what_was_expired_yields_to_put_absent(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let entry = fx.put(&key, fx.value("old")).await?;
    let expired = Meta {
        stamp: Stamp::next(),
        flags: Flags::EXPIRED,
        ..entry.meta
    };
    let put = fx.retime(&key, expired, entry.meta.stamp).await?;
    check_eq!(put, Put::Stored(expired.stamp), "retime");
    fx.expect_value(&key, "old").await?;
    let new = fx.value("new");
    let put = fx.put_when(&key, &new, Condition::Absent).await?;
    check_eq!(
        put,
        Put::Stored(new.meta.stamp),
        "put Absent over what was expired"
    );
    fx.expect_entry(&key, &new).await
}

pub(super) async fn retime_renews_a_lease(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let lease = fx.put(&key, fx.lease()).await?;
    let renewed = later(&fx);
    let put = fx.retime(&key, renewed, lease.meta.stamp).await?;
    check_eq!(put, Put::Stored(renewed.stamp), "retime of a lease");
    fx.expect_nothing(&key).await?;
    check_eq!(fx.head(&key).await?, None, "head of a renewed lease");
    fx.env.clock.advance(FRESH + STALE);
    let other = fx.put_when(&key, &fx.lease(), Condition::Absent).await?;
    match other {
        Put::Refused(Some(meta)) => {
            check!(meta.is_lease(), "a renewed lease is no lease: {meta:?}");
            check_eq!(meta.stamp, renewed.stamp, "the stamp of the renewed lease");
        }
        other => {
            return Err(Failure::new(format!(
                "a lease over a renewed lease: {other:?}"
            )));
        }
    }
    let old = fx
        .put_when(&key, &fx.value("x"), Condition::If(lease.meta.stamp))
        .await?;
    check!(!old.is_stored(), "the lease's old stamp still holds");
    let new = fx.value("new");
    let put = fx
        .put_when(&key, &new, Condition::If(renewed.stamp))
        .await?;
    check_eq!(put, Put::Stored(new.meta.stamp), "put If the renewed lease");
    fx.expect_entry(&key, &new).await
}

const PUTS: u32 = 200;
const RETIMERS: usize = 2;

/// One task puts growing numbers, others retime whatever they see: no retime brings an older number back.
pub(super) async fn retime_never_undoes_a_put(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, fx.value("0")).await?;
    let fx = Arc::new(fx);
    let turns: Vec<Arc<AtomicU64>> = (0..RETIMERS).map(|_| Arc::default()).collect();
    let retiming: Vec<_> = turns
        .iter()
        .map(|turns| {
            let (fx, key, turns) = (Arc::clone(&fx), key.clone(), Arc::clone(turns));
            tokio::spawn(async move { retime_until(&fx, &key, &turns).await })
        })
        .collect();
    for number in 1..=PUTS {
        fx.put(&key, fx.value(&number.to_string())).await?;
        let under_way: Vec<u64> = turns.iter().map(|turns| turns.load(SeqCst)).collect();
        // Whatever was under way when the number was put has ended.
        for ((turns, before), task) in turns.iter().zip(under_way).zip(&retiming) {
            while turns.load(SeqCst) == before && !task.is_finished() {
                tokio::task::yield_now().await;
            }
        }
        fx.expect_value(&key, &number.to_string()).await?;
    }
    all(retiming).await?;
    fx.expect_value(&key, &PUTS.to_string()).await
}

async fn retime_until(fx: &Fixture, key: &OwnedKey, turns: &AtomicU64) -> Outcome {
    loop {
        let Found::Entry(entry) = fx.get(key).await? else {
            return Err(Failure::new("the number is gone"));
        };
        fx.retime(key, later(fx), entry.meta.stamp).await?;
        turns.fetch_add(1, SeqCst);
        if text_of(&entry)? == PUTS.to_string() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
