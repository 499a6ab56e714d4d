//! Removing: of whatever stands there, or of exactly one stamp.

use cache_core::{Condition, Put, Removed, Stamp};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, STALE};
use crate::failure::{check, check_eq};
use crate::{Outcome, Raw};

/// The answer is a hint: it may be `Unknown`, but not the contrary.
fn hint(answer: Removed, existed: bool) -> Outcome {
    let contrary = if existed {
        Removed::Missing
    } else {
        Removed::Existed
    };
    check!(
        answer != contrary,
        "remove answers {answer:?}, and existed is {existed}"
    );
    Ok(())
}

pub(super) async fn remove_is_idempotent(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    hint(fx.remove(&key, None).await?, false)?;
    for entry in [fx.value("x"), fx.negative()] {
        fx.put(&key, entry).await?;
        hint(fx.remove(&key, None).await?, true)?;
        fx.expect_nothing(&key).await?;
        check_eq!(fx.head(&key).await?, None, "head of what was removed");
        hint(fx.remove(&key, None).await?, false)?;
    }
    Ok(())
}

pub(super) async fn remove_spares_every_other_key(fx: Fixture) -> Outcome {
    let [gone, spared] = [fx.key("a")?, fx.key("ab")?];
    fx.put(&gone, fx.value("x")).await?;
    fx.put(&spared, fx.value("spared")).await?;
    fx.remove(&gone, None).await?;
    fx.expect_value(&spared, "spared").await
}

pub(super) async fn remove_of_a_stamp_takes_exactly_that(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    for entry in [fx.value("x"), fx.negative()] {
        let entry = fx.put(&key, entry).await?;
        hint(fx.remove(&key, Some(entry.meta.stamp)).await?, true)?;
        fx.expect_nothing(&key).await?;
        hint(fx.remove(&key, Some(entry.meta.stamp)).await?, false)?;
    }
    Ok(())
}

pub(super) async fn remove_of_another_stamp_leaves(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let first = fx.put(&key, fx.value("first")).await?;
    for standing in [fx.value("second"), fx.negative()] {
        let standing = fx.put(&key, standing).await?;
        for stamp in [first.meta.stamp, Stamp::next()] {
            hint(fx.remove(&key, Some(stamp)).await?, false)?;
            fx.expect_entry(&key, &standing).await?;
        }
    }
    Ok(())
}

pub(super) async fn remove_takes_a_lease(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let lease = fx.put(&key, fx.lease()).await?;
    fx.remove(&key, Some(Stamp::next())).await?;
    let blocked = fx.put_when(&key, &fx.lease(), Condition::Absent).await?;
    check_eq!(
        blocked,
        Put::Refused(Some(lease.meta)),
        "a lease, after a remove of another stamp"
    );
    for only in [None, Some(lease.meta.stamp)] {
        fx.put(&key, lease.clone()).await?;
        fx.remove(&key, only).await?;
        let publish = fx
            .put_when(&key, &fx.value("x"), Condition::If(lease.meta.stamp))
            .await?;
        check_eq!(
            publish,
            Put::Refused(None),
            "a publish under a lease that was removed"
        );
    }
    Ok(())
}

pub(super) async fn remove_takes_what_is_dead(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, fx.value("x")).await?;
    fx.env.clock.advance(FRESH + STALE);
    fx.remove(&key, None).await?;
    fx.expect_nothing(&key).await
}

pub(super) async fn remove_takes_what_cannot_be_read(fx: Fixture) -> Outcome {
    let entry = fx.value("x");
    for damage in damages(fx.space()?.schema(), &entry)? {
        let key = fx.key(damage.name)?;
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        fx.remove(&key, None).await?;
        fx.expect_nothing(&key).await?;
    }
    Ok(())
}
