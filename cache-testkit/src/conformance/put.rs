//! `put Always`: over whatever stands there, unless it is too large.

use cache_core::{Backend, Condition, ErrorKind, Flags, Judge, Meta};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, STALE};
use crate::failure::check_eq;
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
