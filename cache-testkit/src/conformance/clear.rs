//! Clearing a scope: that scope only, whatever its neighbours are named.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::{Backend, Epoch, OwnedKey, RESERVED_DOMAIN, Scope, Space};
use tokio::task::JoinHandle;

use super::fixture::{Fixture, all};
use crate::Outcome;
use crate::failure::{check, check_eq};

/// Namespaces that a careless pattern or prefix would take for one another, the plain one among them.
fn neighbours(namespace: &str) -> Vec<String> {
    let endings = [
        "", "x", "xy", "*", "?", "[x]", "[a-z]", "]", "\\", "\\x", "\\*", ":", ":1", ":1:pilot",
        "%", "%3A", "%2A", ".", "~", "\0", " ", "é",
    ];
    endings
        .iter()
        .map(|ending| format!("{namespace}{ending}"))
        .collect()
}

fn key_in(namespace: &str, domain: &str, schema: u64, epoch: u64) -> Outcome<OwnedKey> {
    let space = Space::new(namespace, domain, schema)?;
    Ok(OwnedKey::new(space, Epoch(epoch), &b"id"[..])?)
}

/// Keys over two domains, epochs and schemas, and one of the reserved domain.
fn grid(namespace: &str) -> Outcome<Vec<OwnedKey>> {
    let mut keys = Vec::new();
    for domain in ["pilot", "pilot_x"] {
        for schema in [1, 0x11] {
            for epoch in [1, 11] {
                keys.push(key_in(namespace, domain, schema, epoch)?);
            }
        }
    }
    keys.push(key_in(namespace, RESERVED_DOMAIN, 0, 0)?);
    Ok(keys)
}

/// Fills the grid, clears, and checks each key against the scope.
async fn clears_exactly(fx: &Fixture, scope: Scope<'_>) -> Outcome {
    let keys = grid(&fx.env.namespace)?;
    for key in &keys {
        fx.put(key, fx.value("x")).await?;
    }
    fx.backend.clear(scope).await?;
    for key in &keys {
        let expected = if scope.contains(&key.as_key()) {
            "nothing"
        } else {
            "x"
        };
        let checked = match expected {
            "x" => fx.expect_value(key, "x").await,
            _ => fx.expect_nothing(key).await,
        };
        checked.map_err(|failure| failure.within(&format!("{scope:?}, {key:?}")))?;
    }
    Ok(())
}

pub(super) async fn clear_empties_a_namespace_and_spares_the_reserved_domain(
    fx: Fixture,
) -> Outcome {
    clears_exactly(&fx, fx.scope()).await?;
    clears_exactly(&fx, fx.scope()).await
}

pub(super) async fn clear_of_a_domain_spares_the_others(fx: Fixture) -> Outcome {
    for domain in ["pilot", "pilot_x"] {
        clears_exactly(&fx, Scope::domain(&fx.env.namespace, domain)).await?;
    }
    Ok(())
}

pub(super) async fn clear_of_an_epoch_spares_the_others(fx: Fixture) -> Outcome {
    for epoch in [1, 11] {
        let scope = Scope {
            epoch: Some(Epoch(epoch)),
            ..fx.scope()
        };
        clears_exactly(&fx, scope).await?;
        clears_exactly(
            &fx,
            Scope {
                domain: Some("pilot"),
                ..scope
            },
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn clear_of_a_schema_spares_the_others(fx: Fixture) -> Outcome {
    for schema in [1, 0x11] {
        let scope = Scope {
            schema: Some(schema),
            ..fx.scope()
        };
        clears_exactly(&fx, scope).await?;
        clears_exactly(
            &fx,
            Scope {
                domain: Some("pilot"),
                ..scope
            },
        )
        .await?;
        clears_exactly(
            &fx,
            Scope {
                domain: Some("pilot"),
                epoch: Some(Epoch(1)),
                ..scope
            },
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn clear_reaches_the_reserved_domain_where_it_is_named(fx: Fixture) -> Outcome {
    clears_exactly(&fx, Scope::domain(&fx.env.namespace, RESERVED_DOMAIN)).await
}

/// Traps 17 and 18: each of the namespaces is cleared once, and only itself is gone.
pub(super) async fn clear_spares_neighbours(fx: Fixture) -> Outcome {
    let namespaces = neighbours(&fx.env.namespace);
    let keys: Vec<OwnedKey> = namespaces
        .iter()
        .map(|namespace| key_in(namespace, "pilot", 1, 1))
        .collect::<Outcome<_>>()?;
    for cleared in &namespaces {
        for key in &keys {
            fx.put(key, fx.value("x")).await?;
        }
        fx.backend.clear(Scope::namespace(cleared)).await?;
        for (namespace, key) in namespaces.iter().zip(&keys) {
            let checked = if namespace == cleared {
                fx.expect_nothing(key).await
            } else {
                fx.expect_value(key, "x").await
            };
            checked.map_err(|failure| {
                failure.within(&format!("clear of {cleared:?}, in {namespace:?}"))
            })?;
        }
    }
    Ok(())
}

pub(super) async fn clear_of_nothing_is_fine_and_writes_go_on(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.backend.clear(fx.scope()).await?;
    for _ in 0..3 {
        let entry = fx.put(&key, fx.value("x")).await?;
        fx.expect_entry(&key, &entry).await?;
        fx.backend.clear(fx.scope()).await?;
        fx.expect_nothing(&key).await?;
    }
    Ok(())
}

pub(super) async fn clear_leaves_counters(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let hour = std::time::Duration::from_secs(3_600);
    let add = |key| super::counters::add(&fx, key, 5, hour);
    add(&key).await?;
    for scope in [fx.scope(), Scope::domain(&fx.env.namespace, "pilot")] {
        fx.backend.clear(scope).await?;
    }
    let value = add(&key).await?;
    check!(value == 10, "a counter after clear: {value}, expected 10");
    Ok(())
}

const WRITERS: u64 = 4;
const ROUNDS: u64 = 10;
const PUTS: u64 = 60;

/// The puts of a round, each with the tick at which it began, once it has ended. Each key is put once.
#[derive(Clone, Default)]
struct Log {
    ended: Arc<Mutex<Vec<(OwnedKey, u64)>>>,
    ticks: Arc<AtomicU64>,
}

impl Log {
    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    fn ended(&self) -> Vec<(OwnedKey, u64)> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(OwnedKey, u64)>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was put before a clear began is gone when it returns; what was put after it returned stays.
pub(super) async fn clear_and_concurrent_puts_keep_their_order(fx: Fixture) -> Outcome {
    let fx = Arc::new(fx);
    for round in 0..ROUNDS {
        let log = Log::default();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(Arc::clone(&fx), log.clone(), round, writer)))
            .collect();
        // Begins somewhere in the middle of the writes, a little later in every round.
        let some = usize::try_from((round + 1) * WRITERS * 4).unwrap_or(0);
        while log.lock().len() < some && !writers.iter().all(JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        let before = log.ended();
        fx.backend.clear(fx.scope()).await?;
        let cleared = log.tick();
        for (key, _) in &before {
            let head = fx.head(key).await?;
            check_eq!(head, None, "a put that ended before a clear began");
        }
        all(writers).await?;
        for (key, began) in log.ended() {
            if began > cleared {
                let head = fx.head(&key).await?;
                check!(
                    head.is_some(),
                    "a put that began after a clear returned is gone"
                );
            }
        }
    }
    nothing_stays_behind(&fx).await
}

async fn write(fx: Arc<Fixture>, log: Log, round: u64, writer: u64) -> Outcome {
    for number in 0..PUTS {
        let key = fx.key(&format!("{round}-{writer}-{number}"))?;
        let began = log.tick();
        fx.put(&key, fx.value("x")).await?;
        log.lock().push((key, began));
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// After a last clear nothing is held, reachable or not, as far as the store counts what it holds.
async fn nothing_stays_behind(fx: &Fixture) -> Outcome {
    fx.backend.clear(fx.scope()).await?;
    fx.eventually("a cleared store counts no entries", async || {
        Ok(fx
            .backend
            .stats()
            .await?
            .entries
            .is_none_or(|entries| entries == 0))
    })
    .await
}
