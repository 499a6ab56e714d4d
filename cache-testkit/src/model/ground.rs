//! What a run is about: its keys, its scopes, and the times of its entries.

use std::time::Duration;

use cache_core::{Epoch, Lifetime, Meta, OwnedKey, RESERVED_DOMAIN, Scope, Space, Timestamp};

use super::operation::{KEYS, Life, SCOPES, Start};
use super::possible::TOLERANCE;
use crate::Outcome;

/// Two domains, schemas and epochs, the empty id, and the reserved domain.
pub(super) fn keys(namespace: &str) -> Outcome<Vec<OwnedKey>> {
    let parts: [(&str, u64, u64, &[u8]); KEYS] = [
        ("a", 1, 1, b"x"),
        ("a", 1, 1, b"y"),
        ("a", 1, 1, b""),
        ("a", 1, 2, b"x"),
        ("a", 2, 1, b"x"),
        ("b", 1, 1, b"x"),
        ("b", 1, 1, b"y"),
        (RESERVED_DOMAIN, 0, 0, b"x"),
    ];
    parts
        .into_iter()
        .map(|(domain, schema, epoch, id)| {
            Ok(OwnedKey::new(
                Space::new(namespace, domain, schema)?,
                Epoch(epoch),
                id,
            )?)
        })
        .collect()
}

pub(super) fn scope(namespace: &str, number: usize) -> Scope<'_> {
    let whole = Scope::namespace(namespace);
    let scopes: [Scope<'_>; SCOPES] = [
        whole,
        Scope::domain(namespace, "a"),
        Scope::domain(namespace, "b"),
        Scope::domain(namespace, RESERVED_DOMAIN),
        Scope::domain(namespace, "nobody"),
        Scope {
            epoch: Some(Epoch(1)),
            ..whole
        },
        Scope {
            schema: Some(2),
            ..whole
        },
        Scope {
            epoch: Some(Epoch(2)),
            ..Scope::domain(namespace, "a")
        },
    ];
    scopes.get(number).copied().unwrap_or(whole)
}

pub(super) fn meta(life: &Life, now: Timestamp) -> Meta {
    let millis = now.as_millis();
    let created = Timestamp::from_millis(match life.start {
        Start::Now => millis,
        Start::Ago(by) => millis - u64::from(by),
        Start::Within(by) => millis + TOLERANCE - u64::from(by),
        Start::Beyond(by) => millis + TOLERANCE + u64::from(by),
    });
    let fresh_until = created.after(Duration::from_millis(u64::from(life.fresh)));
    let dead_at = fresh_until.after(Duration::from_millis(u64::from(life.stale)));
    let life = Lifetime {
        fresh_until,
        dead_at,
    };
    Meta {
        // Every second one is claimed by somebody.
        claimed_until: if life.dead_at.as_millis().is_multiple_of(2) {
            fresh_until
        } else {
            Timestamp::ZERO
        },
        ..Meta::new(created, life)
    }
}
