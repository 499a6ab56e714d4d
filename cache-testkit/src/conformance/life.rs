//! The life of an entry: fresh, stale, dead, created, overwritten, known to be absent, ahead of the clock.

use std::time::Duration;

use cache_core::{
    Backend, Capability, Clock, Condition, Extensions, Found, Judge, Lifetime, Meta, Payload, Put,
    Reason,
};

use super::fixture::{FRESH, Fixture, MILLISECOND, STALE};
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome, Raw};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn fresh_until_is_exclusive(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let standing = fx.put(&key, fx.value("old")).await?;
    let later = fx.value("new");
    fx.env.clock.advance(FRESH - MILLISECOND);
    let put = fx.put_when(&key, &later, Condition::Absent).await?;
    check_eq!(
        put,
        Put::Refused(Some(standing.meta)),
        "1 ms before fresh-until"
    );
    fx.env.clock.advance(MILLISECOND);
    let put = fx.put_when(&key, &later, Condition::Absent).await?;
    check_eq!(put, Put::Stored(later.meta.stamp), "at fresh-until");
    Ok(())
}

pub(super) async fn a_stale_entry_is_still_read(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let entry = fx.put(&key, fx.value("old")).await?;
    for ahead in [FRESH, STALE - MILLISECOND] {
        fx.env.clock.advance(ahead);
        fx.expect_entry(&key, &entry).await?;
        check_eq!(
            fx.head(&key).await?,
            Some(entry.meta),
            "head of a stale entry"
        );
    }
    Ok(())
}

pub(super) async fn dead_is_never_returned(fx: Fixture) -> Outcome {
    let (value, negative) = (fx.key("value")?, fx.key("negative")?);
    fx.put(&value, fx.value("old")).await?;
    fx.put(&negative, fx.negative()).await?;
    fx.env.clock.advance(FRESH + STALE);
    for later in [Duration::ZERO, MILLISECOND, Duration::from_secs(86_400)] {
        fx.env.clock.advance(later);
        for key in [&value, &negative] {
            fx.expect_nothing_live(key).await?;
            check_eq!(fx.head(key).await?, None, "head of a dead entry");
            let now = fx.get_now(key);
            check!(
                matches!(now, None | Some(Found::Absent | Found::Dead)),
                "get_now of a dead entry: {now:?}"
            );
        }
    }
    Ok(())
}

pub(super) async fn dead_is_never_listed(fx: Fixture) -> Outcome {
    fx.put(&fx.key("a")?, fx.value("old")).await?;
    fx.env.clock.advance(FRESH + STALE);
    let listed = fx.listed(fx.scope()).await?;
    check!(listed.is_empty(), "scan of a dead entry: {listed:?}");
    check_eq!(
        fx.backend.count(fx.scope()).await?,
        0,
        "count of a dead entry"
    );
    Ok(())
}

/// The edge itself: an entry lives one millisecond before dead-at, and not at dead-at.
pub(super) async fn dead_at_is_exclusive(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, fx.value("old")).await?;
    fx.env.clock.advance(FRESH + STALE - MILLISECOND);
    fx.expect_value(&key, "old").await?;
    fx.env.clock.advance(MILLISECOND);
    fx.expect_nothing_live(&key).await
}

pub(super) async fn created_is_kept_as_it_was_written(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let now = fx.now();
    let earlier = cache_core::Timestamp::from_millis(now.as_millis() - 10_000);
    for created in [earlier, now.after(SECOND)] {
        let entry = fx
            .put(&key, fx.value_with(Fixture::meta_from(created), "x"))
            .await?;
        fx.env.clock.advance(MILLISECOND);
        fx.expect_entry(&key, &entry).await?;
        let head = fx.head(&key).await?.map(|meta| meta.created);
        check_eq!(head, Some(created), "created, as head shows it");
    }
    Ok(())
}

pub(super) async fn overwrite_replaces_everything(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let extensions = Extensions::new().with_etag("\"1\"");
    let first = fx.value("a long first value").with_extensions(extensions);
    fx.put(&key, first).await?;
    fx.env.clock.advance(MILLISECOND);
    let second = fx.put(&key, fx.value("second")).await?;
    fx.expect_entry(&key, &second).await?;
    let negative = fx.put(&key, fx.negative()).await?;
    fx.expect_entry(&key, &negative).await?;
    let third = fx.put(&key, fx.value("third")).await?;
    fx.expect_entry(&key, &third).await
}

/// Trap 8: a store that keeps the old deadline on an overwrite.
pub(super) async fn overwrite_replaces_the_life(fx: Fixture) -> Outcome {
    let (shorter, longer) = (fx.key("shorter")?, fx.key("longer")?);
    let brief = || {
        let end = fx.now().after(SECOND);
        let life = Lifetime {
            fresh_until: end,
            dead_at: end,
        };
        fx.value_with(Meta::new(fx.now(), life), "brief")
    };
    fx.put(&shorter, fx.value("long")).await?;
    fx.put(&shorter, brief()).await?;
    fx.put(&longer, brief()).await?;
    fx.put(&longer, fx.value("long")).await?;
    fx.env.clock.advance(SECOND);
    fx.expect_nothing_live(&shorter).await?;
    fx.expect_value(&longer, "long").await
}

pub(super) async fn a_negative_entry_is_no_miss_and_no_value(fx: Fixture) -> Outcome {
    let (negative, empty) = (fx.key("negative")?, fx.key("empty")?);
    let entry = fx.put(&negative, fx.negative()).await?;
    fx.put(&empty, fx.value("")).await?;
    fx.expect_entry(&negative, &entry).await?;
    fx.expect_value(&empty, "").await?;
    fx.expect_nothing(&fx.key("missing")?).await?;
    let head = fx.head(&negative).await?;
    check!(
        head.is_some_and(|meta| meta.is_negative()),
        "head of a negative entry: {head:?}"
    );
    let head = fx.head(&empty).await?;
    check!(
        head.is_some_and(|meta| !meta.is_negative()),
        "head of an empty value: {head:?}"
    );
    Ok(())
}

pub(super) async fn an_entry_from_the_future_is_unreadable(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let edge = fx.now().after(Judge::DEFAULT_TOLERANCE);
    let ahead = edge.after(MILLISECOND);
    fx.put(&key, fx.value_with(Fixture::meta_from(ahead), "x"))
        .await?;
    let found = fx.get(&key).await?;
    check!(
        matches!(found, Found::Unreadable(Reason::Clock)),
        "beyond the tolerance: met {found:?}"
    );
    check_eq!(fx.head(&key).await?, None, "head beyond the tolerance");
    if fx.has(Capability::Scan) {
        let listed = fx.listed(fx.scope()).await?;
        check!(listed.is_empty(), "scan lists what is beyond the tolerance");
    }
    fx.put(&key, fx.value_with(Fixture::meta_from(edge), "y"))
        .await?;
    fx.expect_value(&key, "y").await
}

/// Our stamps decide, by our clock, which stands still here; the store's own expiry may only free memory, with slack.
pub(super) async fn the_time_of_the_store_ends_no_entry(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let end = fx.env.clock.now().after(MILLISECOND);
    let life = Lifetime {
        fresh_until: end,
        dead_at: end,
    };
    fx.put(&key, fx.value_with(Meta::new(fx.now(), life), "brief"))
        .await?;
    let until = tokio::time::Instant::now() + Duration::from_millis(40);
    while tokio::time::Instant::now() < until {
        fx.expect_value(&key, "brief").await?;
        tokio::time::sleep(MILLISECOND).await;
    }
    Ok(())
}

pub(super) async fn a_foreign_value_is_unreadable(fx: Fixture) -> Outcome {
    for (id, bytes) in [
        ("text", &b"a plain value"[..]),
        ("empty", b""),
        ("long", &[b'x'; 500]),
    ] {
        let key = fx.key(id)?;
        fx.plant(&key, Raw::Bytes(bytes.to_vec().into())).await?;
        match fx.get(&key).await? {
            Found::Unreadable(Reason::Magic) => {}
            other => return Err(Failure::new(format!("met {other:?} for a foreign value"))),
        }
        check_eq!(fx.head(&key).await?, None, "head of a foreign value");
    }
    Ok(())
}

/// A value whose bytes are those of nothing in particular is never taken for a mark.
pub(super) async fn no_value_is_taken_for_a_negative_entry(fx: Fixture) -> Outcome {
    for (id, text) in [
        ("null", "null"),
        ("none", "None"),
        ("zero", "\0"),
        ("mark", "\u{1}"),
    ] {
        let key = fx.key(id)?;
        fx.put(&key, fx.value(text)).await?;
        match fx.get(&key).await? {
            Found::Entry(entry) if !matches!(entry.payload, Payload::Negative) => {}
            other => return Err(Failure::new(format!("met {other:?} for `{id}`"))),
        }
        fx.expect_value(&key, text).await?;
    }
    Ok(())
}
