//! `put Absent`: over nothing, and over what is dead, stale, expired, a lease, damaged, foreign or ahead of the clock.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Condition, Entry, Flags, Found, Judge, Meta, OwnedKey, Put, Stamp};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, MILLISECOND, STALE, all};
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome, Raw};

/// Puts `standing`, moves the clock, puts a value under `Absent`.
async fn absent_over(fx: &Fixture, standing: Entry, later: Duration) -> Outcome<Put> {
    let key = fx.key("a")?;
    fx.put(&key, standing).await?;
    fx.env.clock.advance(later);
    let new = fx.value("new");
    let put = fx.put_when(&key, &new, Condition::Absent).await?;
    if put.is_stored() {
        check_eq!(
            put,
            Put::Stored(new.meta.stamp),
            "the stamp of what was stored"
        );
        fx.expect_entry(&key, &new).await?;
    }
    Ok(put)
}

async fn yields_to_absent(fx: Fixture, standing: Entry, later: Duration) -> Outcome {
    let put = absent_over(&fx, standing, later).await?;
    check!(
        put.is_stored(),
        "put Absent: met {put:?}, expected that it is stored"
    );
    Ok(())
}

pub(super) async fn put_absent_holds_over_nothing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    for entry in [fx.value("x"), fx.negative(), fx.lease()] {
        let put = fx.put_when(&key, &entry, Condition::Absent).await?;
        check_eq!(
            put,
            Put::Stored(entry.meta.stamp),
            "put Absent over nothing"
        );
        fx.remove(&key, None).await?;
    }
    Ok(())
}

pub(super) async fn put_absent_holds_over_dead(fx: Fixture) -> Outcome {
    let standing = fx.value("old");
    yields_to_absent(fx, standing, FRESH + STALE).await
}

pub(super) async fn put_absent_holds_over_stale(fx: Fixture) -> Outcome {
    let standing = fx.value("old");
    yields_to_absent(fx, standing, FRESH).await
}

pub(super) async fn put_absent_holds_over_expired(fx: Fixture) -> Outcome {
    let meta = Meta {
        flags: Flags::EXPIRED,
        ..fx.meta()
    };
    let standing = fx.value_with(meta, "old");
    yields_to_absent(fx, standing, Duration::ZERO).await
}

pub(super) async fn put_absent_holds_over_a_live_lease(fx: Fixture) -> Outcome {
    let standing = fx.lease();
    yields_to_absent(fx, standing, MILLISECOND).await
}

pub(super) async fn put_absent_holds_over_an_entry_from_the_future(fx: Fixture) -> Outcome {
    let ahead = fx.now().after(Judge::DEFAULT_TOLERANCE + FRESH);
    let standing = fx.value_with(Fixture::meta_from(ahead), "old");
    yields_to_absent(fx, standing, MILLISECOND).await
}

pub(super) async fn put_absent_is_refused_by_what_is_fresh(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let within = fx.now().after(Judge::DEFAULT_TOLERANCE);
    let standing = [
        fx.value("old"),
        fx.negative(),
        fx.value_with(Fixture::meta_from(within), "old"),
    ];
    for old in standing {
        let put = absent_over(&fx, old.clone(), MILLISECOND).await?;
        check_eq!(
            put,
            Put::Refused(Some(old.meta)),
            "put Absent over what is fresh"
        );
        fx.expect_entry(&key, &old).await?;
    }
    Ok(())
}

/// Damaged or foreign bytes yield; what another release may be able to read stays.
pub(super) async fn put_absent_holds_over_damage_and_spares_other_releases(fx: Fixture) -> Outcome {
    for damage in damages(fx.space()?.schema(), &fx.value("x"))? {
        let key = fx.key(damage.name)?;
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        let new = fx.value("new");
        let put = fx.put_when(&key, &new, Condition::Absent).await?;
        if damage.reason.yields_to_absent() {
            check_eq!(
                put,
                Put::Stored(new.meta.stamp),
                "put Absent over {}",
                damage.name
            );
            fx.expect_entry(&key, &new).await?;
            continue;
        }
        check_eq!(put, Put::Refused(None), "put Absent over {}", damage.name);
        let found = fx.get(&key).await?;
        check!(
            matches!(found, Found::Unreadable(reason) if reason == damage.reason),
            "{} did not stay: met {found:?}",
            damage.name
        );
    }
    Ok(())
}

pub(super) async fn put_absent_holds_over_another_kind_of_thing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.plant(&key, Raw::OtherKind).await?;
    let new = fx.value("new");
    let put = fx.put_when(&key, &new, Condition::Absent).await?;
    check_eq!(put, Put::Stored(new.meta.stamp), "put Absent");
    fx.expect_entry(&key, &new).await
}

const WRITERS: usize = 8;
const KEYS: usize = 300;
const ROUNDS: usize = 4;

/// 8 x 300 puts on 300 keys: exactly 300 are stored, and what was stored stands.
pub(super) async fn concurrent_put_absent_stores_each_key_once(fx: Fixture) -> Outcome {
    let fx = Arc::new(fx);
    for round in 0..ROUNDS {
        let keys: Arc<[OwnedKey]> = (0..KEYS)
            .map(|number| fx.key(&format!("{round}-{number}")))
            .collect::<Outcome<_>>()?;
        let start = Arc::new(tokio::sync::Barrier::new(WRITERS));
        let writers = (0..WRITERS).map(|_| {
            let (fx, keys, start) = (Arc::clone(&fx), Arc::clone(&keys), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                put_each_absent(&fx, &keys).await
            })
        });
        let writers: Vec<_> = writers.collect();
        let stored: Vec<(usize, Stamp)> = all(writers).await?.into_iter().flatten().collect();
        check_eq!(
            stored.len(),
            KEYS,
            "puts that were stored, in round {round}"
        );
        for (number, stamp) in stored {
            let key = keys
                .get(number)
                .ok_or_else(|| Failure::new("no such key"))?;
            let stands = fx.head(key).await?.map(|meta| meta.stamp);
            check_eq!(stands, Some(stamp), "what stands where a put was stored");
        }
    }
    Ok(())
}

async fn put_each_absent(fx: &Fixture, keys: &[OwnedKey]) -> Outcome<Vec<(usize, Stamp)>> {
    let mut stored = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        if let Put::Stored(stamp) = fx.put_when(key, &fx.value("x"), Condition::Absent).await? {
            stored.push((number, stamp));
        }
    }
    Ok(stored)
}
