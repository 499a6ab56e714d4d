//! Updates where the value may stand under an earlier type's address: they begin with it, or not at all.

use std::io;
use std::time::Duration;

use cache_core::{CodecKind, Entry, ErrorKind, Key, Layer, Operation, Payload, Schema, Space};
use cache_facade::{Cache, Domain, domain};
use cache_testkit::{Fault, FaultLayer, Faults};
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::fleet::{Fleet, HOUR, SETTLED};
use crate::migrations::number;
use crate::releases::{First, Keeps, Swapped, migrated};

fn hundred_more(now: Option<&Swapped>) -> Option<Swapped> {
    Some(Swapped::of(now.map_or(0, Keeps::number) + 100))
}

/// An update is a function of what is there, under whichever type.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_takes_over_too() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, characters) = fleet.start_settled("1.5.0", migrated()).await;
    for (id, expected) in [(3, 103), (3, 203), (11, 100)] {
        let updated = characters.update(id, hundred_more).await.unwrap();
        assert_eq!(updated.unwrap().number(), expected);
    }
}

/// What another release puts or removes while an update works is never written over by what there was before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_what_is_taken_over_loses_no_change_of_another_release() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    let meanwhile = |id: u64, is_put: bool| {
        block_in_place(|| {
            Handle::current().block_on(async {
                if is_put {
                    old.put(id, First::of(50)).await.unwrap();
                } else {
                    old.invalidate(id).await.unwrap();
                }
            });
        });
    };
    // There before, and not; changed by a put, and removed.
    for (id, is_put, expected) in [(3, true, 150), (11, true, 150), (4, false, 100)] {
        let mut calls = 0;
        let add = |now: Option<&Swapped>| {
            calls += 1;
            if calls == 1 {
                meanwhile(id, is_put);
            }
            hundred_more(now)
        };
        let updated = new.update(id, add).await.unwrap().unwrap();
        assert_eq!((updated.number(), calls), (expected, 2), "{id}");
        assert_eq!(number(&new, id).await, Some(expected));
    }
}

/// An update that changes nothing leaves no lease behind that a load would wait for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_without_a_change_leaves_the_place_free() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    for (id, expected) in [(3, Some(3)), (11, None)] {
        let seen = new.update(id, |now| {
            assert_eq!(now.map(Keeps::number), expected);
            None
        });
        assert!(seen.await.unwrap().is_none());
        let loaded = new.get_or_load_with(id, |_| async { Ok::<_, io::Error>(Swapped::of(7)) });
        let number = loaded.await.unwrap().unwrap().number();
        assert_eq!(number, expected.unwrap_or(7));
        assert_eq!(self::number(&new, id).await, Some(number), "stored");
    }
}

/// A change does not wait for a load, whatever stands where it puts its value; the load is not published over it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_during_a_load_goes_through() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    let (_other_cache, other) = fleet.start_settled("1.5.0", migrated()).await;
    // In this process, and in another one.
    for (id, loading) in [(11_u64, &new), (12, &other)] {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = tokio::sync::oneshot::channel::<()>();
        let loading = loading.clone();
        let load = tokio::spawn(async move {
            let load = move |_| async move {
                begun.send(()).unwrap();
                may_end.await.unwrap();
                Ok::<_, io::Error>(Swapped::of(1))
            };
            loading.get_or_load_with(id, load).await.unwrap();
        });
        has_begun.await.unwrap();
        let updated = new.update(id, |now| {
            assert!(now.is_none());
            Some(Swapped::of(2))
        });
        assert_eq!(updated.await.unwrap().unwrap().number(), 2);
        end.send(()).unwrap();
        load.await.unwrap();
        assert_eq!(number(&new, id).await, Some(2));
    }
}

/// As long as a change of the earlier release may be under way that would not be seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_waits_until_values_are_taken_over() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start("1.5.0", migrated());
    assert!(!new.exists(3).await.unwrap(), "listed, and not settled");
    let mut update = Box::pin(new.update(3, hundred_more));
    let soon = timeout(Duration::from_millis(100), &mut update).await;
    assert!(soon.is_err(), "{soon:?}");
    fleet.clock.advance(SETTLED);
    assert_eq!(update.await.unwrap().unwrap().number(), 103);
}

/// Who was idle for long is a newcomer. What it does not take over yet, it does not take away either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_after_an_idle_time_destroys_nothing() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    fleet.clock.advance(HOUR * 2 / 3);
    let refused = new.update(3, hundred_more).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    assert_eq!(old.get(3).await.unwrap().unwrap().number(), 3);
    fleet.clock.advance(SETTLED);
    let updated = new.update(3, hundred_more).await.unwrap().unwrap();
    assert_eq!(updated.number(), 103);
    // Where no earlier type has anything, nobody waits.
    let alone = Fleet::on_redis();
    let (_cache, new) = alone.start("1.5.0", migrated());
    assert_eq!(
        new.update(3, hundred_more).await.unwrap().unwrap().number(),
        100
    );
}

/// What the store does not tell is not the same as nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_cannot_be_asked_for_is_not_absent() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let faults = Faults::default();
    let cache = Cache::builder()
        .config(fleet.config.clone())
        .backend(FaultLayer::new(&faults).layer(fleet.store()))
        .clock(std::sync::Arc::new(fleet.clock.clone()))
        .release("1.5.0")
        .domain(migrated());
    let cache = cache.build().unwrap();
    let new: Domain<Swapped> = cache.domain().unwrap();
    assert!(new.get(u64::MAX).await.unwrap().is_none());
    fleet.clock.advance(SETTLED);
    // Earlier types' addresses are asked for in a batch, and nothing else here is.
    faults.set(Operation::GetMany, Fault::Error(ErrorKind::Unavailable));
    let update = new.update(3, hundred_more).await;
    assert_eq!(update.unwrap_err().kind(), ErrorKind::Unavailable);
    let exists = new.exists(3).await;
    assert_eq!(exists.unwrap_err().kind(), ErrorKind::Unavailable);
    faults.heal_all();
    assert!(new.exists(3).await.unwrap());
    let updated = new.update(3, hundred_more).await.unwrap().unwrap();
    assert_eq!(updated.number(), 103);
}

/// Nor is what cannot be read: it stays as it is, for those who can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_cannot_be_read_is_not_absent() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    // At an earlier type's address.
    let (key, entry) = fleet.late(3).await;
    let other = Entry::encoded(entry.meta, CodecKind::Json, "other".into());
    fleet.put_late((key, other)).await;
    assert!(!new.exists(3).await.unwrap());
    refuse(&new, 3).await;
    let kept = fleet.late(3).await.1.payload;
    assert!(matches!(&kept, Payload::Encoded(bytes) if bytes == "other"));
    // At the own one: of another type, and whole with a value that cannot be decoded.
    new.put(5, Swapped::of(5)).await.unwrap();
    fleet.write_over(5, 4);
    refuse(&new, 5).await;
    let (key, entry) = fleet.late(4).await;
    let space = Space::new(&fleet.config.namespace, "character", Swapped::FINGERPRINT).unwrap();
    let own = Key::new(&space, key.as_key().epoch(), b"5")
        .unwrap()
        .to_owned();
    let other = Entry::encoded(entry.meta, CodecKind::Json, "other".into());
    fleet.put_late((own, other)).await;
    refuse(&new, 5).await;
    new.invalidate(5).await.unwrap();
    let updated = new.update(5, hundred_more).await.unwrap().unwrap();
    assert_eq!(updated.number(), 100);
}

async fn refuse(new: &Domain<Swapped>, id: u64) {
    let refused = new.update(id, hundred_more).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.to_string().contains("cannot read"), "{refused}");
}

/// A release may be listed for the first time, or again, since somebody last looked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_sees_a_release_that_was_listed_just_now() {
    let fleet = Fleet::on_redis();
    let (_cache, new) = fleet.start_settled("1.5.0", migrated()).await;
    assert!(new.get(u64::MAX).await.unwrap().is_none());
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    old.put(3, First::of(50)).await.unwrap();
    let updated = new.update(3, hundred_more).await.unwrap().unwrap();
    assert_eq!(updated.number(), 150);
}

/// They take each other's leases away, and none is lost for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_updates_of_what_is_taken_over_none_is_lost() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (_cache, one) = fleet.start_settled("1.5.0", migrated()).await;
    let (_other_cache, other) = fleet.start_settled("1.5.0", migrated()).await;
    for (id, before) in [(3, 3), (11, 0)] {
        let updates = (0..16).map(|turn| {
            let new = if turn % 2 == 0 { &one } else { &other };
            new.update(id, hundred_more)
        });
        for updated in join_all(updates).await {
            updated.unwrap();
        }
        assert_eq!(number(&one, id).await, Some(before + 1_600));
    }
}
