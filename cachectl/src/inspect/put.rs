//! `cachectl put`: a JSON value under an address, or over what lives under an id.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use cache_core::codec::DECODE_LIMIT;
use cache_core::{
    Backend, CodecKind, Condition, Entry, Lifetime, Meta, OwnedKey, Put as Outcome, address,
};
use serde::Serialize;

use super::args::Put;
use super::get::NO_SUCH_ID;
use super::look::{Seen, look};
use super::show::Facts;
use super::store::no_answer;
use super::{Answer, Out, Store, json_text, key, tell};
use crate::fault::Fault;

#[derive(Serialize)]
struct Stored {
    address: String,
    stored: bool,
}

pub(super) async fn run(arguments: &Put, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    if !store.outlives_the_process() {
        let name = store.name();
        return Err(Fault::usage(format!(
            "put: `{name}` keeps nothing beyond this command; the memory of another process is out of reach"
        )));
    }
    let value = value(&arguments.value)?;
    let keys = places(arguments, store).await?;
    if keys.is_empty() {
        tell(&format!("{NO_SUCH_ID}; to make an entry, name its address"));
        return Ok(Answer::NotFound);
    }
    let mut all_stored = true;
    for key in &keys {
        all_stored &= one(arguments, store, key, value.clone(), out).await?;
    }
    store.flush().await?;
    Ok(Answer::found(all_stored))
}

/// Returns the keys to write: the one that was named, or those of the id where something lives.
async fn places(arguments: &Put, store: &Store) -> Result<Vec<OwnedKey>, Fault> {
    let keys = key::find(store, &arguments.target).await?;
    if arguments.target.domain.is_none() {
        return Ok(keys);
    }
    let mut live = Vec::new();
    for key in keys {
        if let Seen::Live(_) = look(store, key.as_key()).await? {
            live.push(key);
        }
    }
    Ok(live)
}

async fn one(
    arguments: &Put,
    store: &Store,
    key: &OwnedKey,
    value: Bytes,
    out: &mut Out,
) -> Result<bool, Fault> {
    let now = store.judge.clock().now();
    let meta = Meta::new(now, Lifetime::starting(now, arguments.ttl, Duration::ZERO));
    let entry = Entry::encoded(meta, CodecKind::Json, value);
    let when = if arguments.if_absent {
        Condition::Absent
    } else {
        Condition::Always
    };
    let put = store.backend.put(key.as_key(), entry, when).await;
    let put = put.map_err(no_answer)?;
    let stored = Stored {
        address: address::entry(&key.as_key()),
        stored: put.is_stored(),
    };
    let written = if arguments.place.json {
        out.json(&stored)
    } else if stored.stored {
        let fresh = Facts::of(store, &meta).fresh_for();
        out.line(format_args!("stored {}, fresh for {fresh}", stored.address))
    } else {
        Ok(())
    };
    out.unless_done(written);
    if let Outcome::Refused(standing) = put {
        tell(match standing {
            Some(meta) if meta.is_negative() => {
                "not stored: it is known to be absent, which is an entry that is fresh"
            }
            Some(_) => "not stored: a fresh entry stands there",
            None => "not stored: something stands there that this release cannot read",
        });
    }
    Ok(stored.stored)
}

/// Reads the value, from the arguments or from standard input.
fn value(text: &str) -> Result<Bytes, Fault> {
    let bytes = if text == "-" {
        from_stdin()?
    } else {
        text.as_bytes().to_vec()
    };
    // What is wrong with it is told by its place alone: it may be anybody's data.
    match json_text::read(&bytes) {
        Some(json) => Ok(Bytes::from(json.get().to_owned())),
        None => Err(Fault::usage(
            "VALUE: no JSON value; accepted is one, such as `{\"name\":\"Jita\"}` or `\"text\"`, or `-` for standard input",
        )),
    }
}

fn from_stdin() -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(DECODE_LIMIT).unwrap_or(u64::MAX);
    std::io::stdin()
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Fault::usage("standard input cannot be read").because(error))?;
    if bytes.len() > DECODE_LIMIT {
        return Err(Fault::usage(format!(
            "VALUE: accepted are at most {DECODE_LIMIT} bytes"
        )));
    }
    Ok(bytes)
}
