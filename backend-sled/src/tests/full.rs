//! A disk without room: what is refused, what goes in place of a write, and what is not written at all.

use cache_core::{Backend, Clock, ErrorKind, Flags, Found, Meta, Operation, Put, Stamp};

use super::fixture::{Fixture, HOUR, entry};
use super::rows::is_whole;
use crate::room::RESERVE;

/// An entry of 1 MiB on a disk that has room for the reserve and little more.
async fn nearly_full() -> (Fixture, Meta) {
    let fx = Fixture::new(|builder| builder);
    let key = fx.key(1);
    fx.put_to(&key, HOUR, 1 << 20).await;
    fx.backend.store().room.pretend(RESERVE + (1 << 20));
    let meta = fx.backend.head(key.as_key()).await.unwrap().unwrap();
    (fx, meta)
}

#[tokio::test]
async fn a_touch_is_refused_as_a_put_is() {
    let (fx, meta) = nearly_full().await;
    let key = fx.key(1);
    let to = entry(fx.clock.now(), HOUR * 2, 1).meta;
    let touched = fx.backend.retime(key.as_key(), to, meta.stamp).await;
    assert_eq!(touched.unwrap_err().kind(), ErrorKind::Overloaded);
    assert_eq!(
        fx.backend.head(key.as_key()).await.unwrap().unwrap(),
        meta,
        "it is as it was"
    );
    // What is not there, or another, is told from the disk as ever.
    let other = fx.backend.retime(key.as_key(), to, Stamp::next()).await;
    assert_eq!(other.unwrap(), Put::Refused(Some(meta)));
}

#[tokio::test]
async fn an_expiry_that_cannot_be_written_takes_the_entry() {
    let (fx, meta) = nearly_full().await;
    let key = fx.key(1);
    let to = Meta {
        stamp: Stamp::next(),
        fresh_until: fx.clock.now(),
        flags: meta.flags.with(Flags::EXPIRED),
        ..meta
    };
    let expired = fx.backend.retime(key.as_key(), to, meta.stamp).await;
    assert_eq!(expired.unwrap(), Put::Stored(to.stamp));
    let found = fx.backend.get(key.as_key()).await.unwrap();
    assert!(matches!(found, Found::Absent), "{found:?}");
    assert_eq!(fx.counts().await, [0, 1, 0, 0]);
    assert!(is_whole(&fx));
}

#[tokio::test]
async fn a_sweep_writes_no_nudge_into_the_reserve() {
    let fx = Fixture::new(|builder| builder);
    let was_nudged = || {
        let store = fx.backend.store();
        store.with(Operation::Get, |engine| Ok(engine.was_nudged()))
    };
    fx.backend.store().room.pretend(RESERVE - 1);
    fx.backend.maintain().await.unwrap();
    assert!(!was_nudged().unwrap());
    fx.backend.store().room.pretend(RESERVE);
    fx.backend.maintain().await.unwrap();
    assert!(was_nudged().unwrap());
}
