//! Puts of one key: always, where nothing fresh stands, and over exactly one stamp.

use std::sync::Arc;

use cache_core::{
    Backend, Condition, Entry, ErrorKind, Flags, Found, Judge, Meta, OwnedKey, Put, Stamp,
};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, MILLISECOND, STALE, all};
use crate::failure::{check, check_eq};
use crate::values::text_of;
use crate::{Failure, Outcome, Raw};

pub(super) async fn put_always_stores_over_everything(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let ahead = fx.now().after(Judge::DEFAULT_TOLERANCE + FRESH);
    let standing = [
        fx.value("x"),
        fx.negative(),
        fx.lease(),
        fx.value_with(
            Meta {
                flags: Flags::EXPIRED,
                ..fx.meta()
            },
            "x",
        ),
        fx.value_with(Fixture::meta_from(ahead), "x"),
    ];
    for old in standing {
        fx.put(&key, old).await?;
        let new = fx.put(&key, fx.value("new")).await?;
        fx.expect_entry(&key, &new).await?;
    }
    for later in [FRESH, FRESH + STALE] {
        fx.env.clock.advance(later);
        let new = fx.put(&key, fx.value("new")).await?;
        fx.expect_entry(&key, &new).await?;
    }
    Ok(())
}

pub(super) async fn put_always_stores_over_what_cannot_be_read(fx: Fixture) -> Outcome {
    for damage in damages(fx.space()?.schema(), &fx.value("x"))? {
        let key = fx.key(damage.name)?;
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        let new = fx.put(&key, fx.value("new")).await?;
        fx.expect_entry(&key, &new).await?;
    }
    Ok(())
}

pub(super) async fn put_always_and_remove_act_on_another_kind_of_thing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.plant(&key, Raw::OtherKind).await?;
    let new = fx.put(&key, fx.value("new")).await?;
    fx.expect_entry(&key, &new).await?;
    fx.plant(&key, Raw::OtherKind).await?;
    fx.remove(&key, None).await?;
    fx.expect_nothing(&key).await
}

pub(super) async fn too_large_stores_nothing(fx: Fixture) -> Outcome {
    let (standing, missing) = (fx.key("standing")?, fx.key("missing")?);
    let largest = fx
        .put(&standing, fx.value(&"x".repeat(fx.env.max_payload)))
        .await?;
    let too_large = fx.value(&"x".repeat(fx.env.max_payload + 1));
    let if_standing = Condition::If(largest.meta.stamp);
    for (key, when) in [
        (&standing, Condition::Always),
        (&standing, if_standing),
        (&missing, Condition::Always),
        (&missing, Condition::Absent),
    ] {
        match fx.backend.put(key.as_key(), too_large.clone(), when).await {
            Err(error) => check_eq!(error.kind(), ErrorKind::TooLarge, "{when:?} over the size"),
            Ok(put) => return Err(Failure::new(format!("{when:?} over the size: {put:?}"))),
        }
    }
    fx.expect_entry(&standing, &largest).await?;
    fx.expect_nothing(&missing).await
}

// --- Absent ---

/// Puts `standing`, moves the clock, puts a value under `Absent`.
async fn absent_over(fx: &Fixture, standing: Entry, later: std::time::Duration) -> Outcome<Put> {
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

async fn yields_to_absent(fx: Fixture, standing: Entry, later: std::time::Duration) -> Outcome {
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
    yields_to_absent(fx, standing, std::time::Duration::ZERO).await
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

// --- If ---

pub(super) async fn put_if_holds_over_exactly_its_stamp(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    for standing in [fx.value("x"), fx.negative(), fx.lease()] {
        let standing = fx.put(&key, standing).await?;
        let new = fx.value("new");
        let put = fx
            .put_when(&key, &new, Condition::If(standing.meta.stamp))
            .await?;
        check_eq!(put, Put::Stored(new.meta.stamp), "put If over its stamp");
        fx.expect_entry(&key, &new).await?;
    }
    let stale = fx.put(&key, fx.value("x")).await?;
    fx.env.clock.advance(FRESH);
    let new = fx.value("new");
    let put = fx
        .put_when(&key, &new, Condition::If(stale.meta.stamp))
        .await?;
    check_eq!(
        put,
        Put::Stored(new.meta.stamp),
        "put If over its stamp, stale"
    );
    fx.expect_entry(&key, &new).await
}

pub(super) async fn put_if_is_refused_over_another_stamp(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let first = fx.put(&key, fx.value("first")).await?;
    for standing in [fx.value("second"), fx.negative(), fx.lease()] {
        let standing = fx.put(&key, standing).await?;
        for stamp in [first.meta.stamp, Stamp::next()] {
            let put = fx
                .put_when(&key, &fx.value("new"), Condition::If(stamp))
                .await?;
            check_eq!(
                put,
                Put::Refused(Some(standing.meta)),
                "put If over another stamp"
            );
        }
        if standing.meta.is_lease() {
            fx.expect_nothing(&key).await?;
        } else {
            fx.expect_entry(&key, &standing).await?;
        }
    }
    Ok(())
}

pub(super) async fn put_if_is_refused_over_nothing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let new = fx.value("new");
    let put = fx
        .put_when(&key, &new, Condition::If(Stamp::next()))
        .await?;
    check_eq!(put, Put::Refused(None), "put If over nothing");
    let removed = fx.put(&key, fx.value("x")).await?;
    fx.remove(&key, None).await?;
    let put = fx
        .put_when(&key, &new, Condition::If(removed.meta.stamp))
        .await?;
    check_eq!(put, Put::Refused(None), "put If over what was removed");
    fx.expect_nothing(&key).await
}

pub(super) async fn put_if_is_refused_over_what_cannot_be_read(fx: Fixture) -> Outcome {
    let entry = fx.value("x");
    for damage in damages(fx.space()?.schema(), &entry)? {
        let key = fx.key(damage.name)?;
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        let when = Condition::If(entry.meta.stamp);
        let put = fx.put_when(&key, &fx.value("new"), when).await?;
        check_eq!(put, Put::Refused(None), "put If over {}", damage.name);
        let found = fx.get(&key).await?;
        check!(
            matches!(found, Found::Unreadable(_)),
            "{} did not stay: {found:?}",
            damage.name
        );
    }
    Ok(())
}

const ADDS: usize = 40;

/// 8 tasks add 40 each to a number by reading it and putting it back under its stamp: none of the adds is lost.
pub(super) async fn contended_put_if_loses_no_update(fx: Fixture) -> Outcome {
    let key = fx.key("sum")?;
    fx.put(&key, fx.value("0")).await?;
    let fx = Arc::new(fx);
    let adders: Vec<_> = (0..WRITERS)
        .map(|_| tokio::spawn(add_all(Arc::clone(&fx), key.clone())))
        .collect();
    let mut over: Vec<Stamp> = all(adders).await?.into_iter().flatten().collect();
    fx.expect_value(&key, &(WRITERS * ADDS).to_string()).await?;
    over.sort_by_key(|stamp| stamp.to_bytes());
    over.dedup();
    check_eq!(
        over.len(),
        WRITERS * ADDS,
        "stamps that were replaced, each once"
    );
    Ok(())
}

/// Answers the stamps that were replaced. Whoever is refused was overtaken by a put of another: that can happen only as
/// often as there are puts.
async fn add_all(fx: Arc<Fixture>, key: OwnedKey) -> Outcome<Vec<Stamp>> {
    let (mut over, mut refused) = (Vec::new(), 0);
    while over.len() < ADDS {
        match add_one(&fx, &key).await? {
            Some(stamp) => over.push(stamp),
            None => refused += 1,
        }
        check!(
            refused <= WRITERS * ADDS,
            "put If over what was just read is always refused"
        );
    }
    Ok(over)
}

/// Tries once; answers the stamp that was replaced.
async fn add_one(fx: &Fixture, key: &OwnedKey) -> Outcome<Option<Stamp>> {
    let Found::Entry(entry) = fx.get(key).await? else {
        return Err(Failure::new("the number is gone"));
    };
    let number: usize = text_of(&entry)?
        .parse()
        .map_err(|_| Failure::new("the number is none"))?;
    let over = entry.meta.stamp;
    let put = fx
        .put_when(
            key,
            &fx.value(&(number + 1).to_string()),
            Condition::If(over),
        )
        .await?;
    Ok(put.is_stored().then_some(over))
}
