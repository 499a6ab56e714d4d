//! `cachectl ttl`: how long an entry still lives, and `--set` for a new life.

use cache_core::{Backend, Flags, Key, Lifetime, Meta, OwnedKey, Ttl, address};
use serde::Serialize;

use super::args::TtlArguments;
use super::get::{NO_SUCH_ID, write_facts};
use super::show::Facts;
use super::store::no_answer;
use super::{Answer, Out, Store, key, tell};
use crate::fault::Fault;

/// How often a change tries again when others changed the entry meanwhile.
const ATTEMPTS: usize = 64;

#[derive(Serialize)]
struct Shown {
    address: String,
    #[serde(flatten)]
    facts: Facts,
}

pub(super) async fn run(
    arguments: &TtlArguments,
    store: &Store,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let keys = key::find(store, &arguments.target).await?;
    let mut found = 0;
    for key in &keys {
        let meta = match arguments.set {
            Some(ttl) => set(store, key.as_key(), ttl).await?,
            None => head(store, key.as_key()).await?,
        };
        if let Some(meta) = meta {
            found += 1;
            let shown = show(arguments, store, key, &meta, out);
            match arguments.set {
                Some(_) => out.unless_done(shown),
                None => shown?,
            }
        }
    }
    if arguments.set.is_some() {
        store.flush().await?;
    }
    if found == 0 {
        tell(match arguments.target.domain {
            Some(_) => NO_SUCH_ID,
            None => "not found: no live entry stands there; `get` says what does",
        });
    }
    Ok(Answer::found(found > 0))
}

fn show(
    arguments: &TtlArguments,
    store: &Store,
    key: &OwnedKey,
    meta: &Meta,
    out: &mut Out,
) -> Result<(), Fault> {
    let address = address::entry(&key.as_key());
    let facts = Facts::of(store, meta);
    if arguments.place.json {
        return out.json(&Shown { address, facts });
    }
    out.line(address)?;
    write_facts(&facts, out)
}

async fn head(store: &Store, key: Key<'_>) -> Result<Option<Meta>, Fault> {
    store.backend.head(key).await.map_err(no_answer)
}

/// Begins a new fresh period; the stale window stays as long as it was, and so does the stamp, as with `touch`.
async fn set(store: &Store, key: Key<'_>, ttl: Ttl) -> Result<Option<Meta>, Fault> {
    for _ in 0..ATTEMPTS {
        let Some(meta) = head(store, key).await? else {
            return Ok(None);
        };
        let window = meta.dead_at.since(meta.fresh_until);
        let life = Lifetime::starting(store.judge.clock().now(), ttl, window);
        let to = Meta {
            fresh_until: life.fresh_until,
            dead_at: life.dead_at,
            flags: meta.flags.without(Flags::EXPIRED),
            ..meta
        };
        let put = store.backend.retime(key, to, meta.stamp).await;
        if put.map_err(no_answer)?.is_stored() {
            return Ok(Some(to));
        }
    }
    Err(Fault::new(
        "others changed the entry each time; try again later",
    ))
}
