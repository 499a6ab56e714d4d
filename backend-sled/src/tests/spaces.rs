//! Clearing a space visits that space alone, and spares what looks like it.

use cache_core::{Backend, Epoch, Operation, OwnedKey, RESERVED_DOMAIN, Scope, Space};

use super::fixture::{Fixture, HOUR};
use crate::walk::Area;

fn key(namespace: &str, domain: &str, epoch: u64, id: u64) -> OwnedKey {
    let space = Space::new(namespace, domain, 7).unwrap();
    OwnedKey::new(space, Epoch(epoch), id.to_string().into_bytes()).unwrap()
}

/// How many entries a walk over a scope visits, found or not.
fn visited(fx: &Fixture, scope: Scope<'_>) -> usize {
    let (area, mut visited) = (Area::of(&scope), 0);
    let mut from = Some(area.start());
    while let Some(place) = from {
        let step = fx
            .backend
            .store()
            .with(Operation::Scan, |engine| {
                area.step(engine, &place, |_, _, _| Some(()))
            })
            .unwrap();
        visited += step.visited;
        from = step.next;
    }
    visited
}

#[tokio::test]
async fn a_walk_over_a_domain_visits_its_entries_alone() {
    let fx = Fixture::new(|builder| builder);
    for id in 0..300 {
        for domain in ["pilot", "pilot_x", "pilo", RESERVED_DOMAIN] {
            fx.put_to(&key("app", domain, id % 3, id), HOUR, 1).await;
        }
        fx.put_to(&key("app2", "pilot", 1, id), HOUR, 1).await;
    }
    assert_eq!(visited(&fx, Scope::domain("app", "pilot")), 300);
    let epoch = Scope {
        epoch: Some(Epoch(1)),
        ..Scope::domain("app", "pilot")
    };
    assert_eq!(visited(&fx, epoch), 100);
    assert_eq!(visited(&fx, Scope::domain("app", "nothing")), 0);
    // Of the reserved domain one entry is met, and the walk goes on behind it.
    assert_eq!(visited(&fx, Scope::namespace("app")), 901);
    fx.backend
        .clear(Scope::domain("app", "pilot"))
        .await
        .unwrap();
    assert_eq!(fx.counts().await, [1_200, 0, 0, 300]);
    assert_eq!(visited(&fx, Scope::domain("app", "pilot")), 0);
}

/// Traps 17 and 18.
#[tokio::test]
async fn neighbours_of_a_cleared_namespace_survive() {
    let fx = Fixture::new(|builder| builder);
    let names = [
        "a", "a*", "a?", "a[b]", "a\\", "a:", "a%", "a\0", "ab", "*", "A",
    ];
    for cleared in names {
        for name in names {
            fx.put_to(&key(name, "pilot", 1, 1), HOUR, 1).await;
        }
        fx.backend.clear(Scope::namespace(cleared)).await.unwrap();
        for name in names {
            let is_there = fx.is_there(&key(name, "pilot", 1, 1)).await;
            assert_eq!(is_there, name != cleared, "{name:?} after {cleared:?}");
        }
    }
}
