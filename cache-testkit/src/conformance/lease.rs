//! Leases: absent to every read, refused by a live lease, replaced by every other put.

use cache_core::{Backend, Condition, Found, Put, Scope};

use super::fixture::{FRESH, Fixture, MILLISECOND, STALE};
use crate::Outcome;
use crate::failure::{check, check_eq};

pub(super) async fn a_live_lease_is_absent_to_reads(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, fx.lease()).await?;
    for _ in 0..2 {
        fx.expect_nothing(&key).await?;
        check_eq!(fx.head(&key).await?, None, "head of a lease");
        let now = fx.get_now(&key);
        check!(
            matches!(now, None | Some(Found::Absent)),
            "get_now of a lease: {now:?}"
        );
        // A lease past its fresh-until lives on until dead-at.
        fx.env.clock.advance(FRESH);
    }
    Ok(())
}

pub(super) async fn a_live_lease_is_not_listed(fx: Fixture) -> Outcome {
    fx.put(&fx.key("lease")?, fx.lease()).await?;
    let listed = fx.listed(fx.scope()).await?;
    check!(listed.is_empty(), "scan of a lease: {listed:?}");
    check_eq!(fx.backend.count(fx.scope()).await?, 0, "count of a lease");
    Ok(())
}

pub(super) async fn a_lease_is_refused_by_a_live_lease(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let first = fx.lease();
    let put = fx.put_when(&key, &first, Condition::Absent).await?;
    check_eq!(put, Put::Stored(first.meta.stamp), "a lease over nothing");
    for later in [MILLISECOND, FRESH, STALE - MILLISECOND * 2] {
        fx.env.clock.advance(later);
        let put = fx.put_when(&key, &fx.lease(), Condition::Absent).await?;
        check_eq!(
            put,
            Put::Refused(Some(first.meta)),
            "a lease over a live lease"
        );
    }
    Ok(())
}

pub(super) async fn a_lease_holds_over_a_dead_lease(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let first = fx.put(&key, fx.lease()).await?;
    fx.env.clock.advance(FRESH + STALE);
    let second = fx.lease();
    let put = fx.put_when(&key, &second, Condition::Absent).await?;
    check_eq!(
        put,
        Put::Stored(second.meta.stamp),
        "a lease over a dead lease"
    );
    let late = fx
        .put_when(&key, &fx.value("x"), Condition::If(first.meta.stamp))
        .await?;
    check_eq!(
        late,
        Put::Refused(Some(second.meta)),
        "a publish under the dead lease"
    );
    Ok(())
}

pub(super) async fn a_lease_is_refused_by_what_is_fresh_and_holds_over_stale(
    fx: Fixture,
) -> Outcome {
    let key = fx.key("a")?;
    for standing in [fx.negative(), fx.value("x")] {
        let standing = fx.put(&key, standing).await?;
        let put = fx.put_when(&key, &fx.lease(), Condition::Absent).await?;
        check_eq!(
            put,
            Put::Refused(Some(standing.meta)),
            "a lease over what is fresh"
        );
    }
    fx.env.clock.advance(FRESH);
    let lease = fx.lease();
    let put = fx.put_when(&key, &lease, Condition::Absent).await?;
    check_eq!(
        put,
        Put::Stored(lease.meta.stamp),
        "a lease over what is stale"
    );
    Ok(())
}

/// Whoever empties the key stops the publish of who holds its lease.
pub(super) async fn clear_takes_leases(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let lease = fx.put(&key, fx.lease()).await?;
    fx.backend
        .clear(Scope::namespace(&fx.env.namespace))
        .await?;
    let publish = fx
        .put_when(&key, &fx.value("x"), Condition::If(lease.meta.stamp))
        .await?;
    check_eq!(
        publish,
        Put::Refused(None),
        "a publish under a lease that was cleared"
    );
    let next = fx.lease();
    let put = fx.put_when(&key, &next, Condition::Absent).await?;
    check_eq!(put, Put::Stored(next.meta.stamp), "a lease after clear");
    Ok(())
}
