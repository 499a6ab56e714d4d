//! `put If`: over exactly one stamp, also while others try the same.

use std::sync::Arc;

use cache_core::{Condition, Found, OwnedKey, Put, Stamp};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, all};
use crate::failure::{check, check_eq};
use crate::values::text_of;
use crate::{Failure, Outcome, Raw};

const WRITERS: usize = 8;

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

/// Where the header is whole, a store may go by it: then the entry of that stamp is what it takes the thing for.
pub(super) async fn put_if_is_refused_over_what_cannot_be_read(fx: Fixture) -> Outcome {
    let (entry, schema) = (fx.value("x"), fx.space()?.schema());
    for damage in damages(schema, &entry)? {
        let key = fx.key(damage.name)?;
        let whole_header = damage.is_beyond_the_header(schema);
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        let when = Condition::If(entry.meta.stamp);
        let new = fx.value("new");
        let put = fx.put_when(&key, &new, when).await?;
        if whole_header && put == Put::Stored(new.meta.stamp) {
            fx.expect_entry(&key, &new).await?;
            continue;
        }
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
