//! `cachectl scan`: the live entries of a part of the store, written while they are read.

use cache_core::{Backend, Meta, OwnedKey, Scope, address};
use futures_util::TryStreamExt;
use serde::Serialize;

use super::args::{Part, Scan};
use super::show::Facts;
use super::store::no_answer;
use super::{Answer, Out, Store, key};
use crate::fault::Fault;

#[derive(Serialize)]
struct Line {
    address: String,
    #[serde(flatten)]
    facts: Facts,
}

impl Part {
    pub(super) fn scope(&self) -> Result<Scope<'_>, Fault> {
        let scope = Scope {
            domain: self.domain.as_deref(),
            ..Scope::namespace(&self.namespace)
        };
        key::check(&scope).map(|()| scope)
    }
}

pub(super) async fn run(arguments: &Scan, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    let mut left = arguments.limit.unwrap_or(u64::MAX);
    let mut pages = std::pin::pin!(store.backend.scan(arguments.part.scope()?));
    while let Some(page) = pages.try_next().await.map_err(no_answer)? {
        for (key, meta) in &page {
            line(arguments, store, key, meta, out)?;
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(Answer::Done);
            }
        }
        out.flush()?;
    }
    Ok(Answer::Done)
}

fn line(
    arguments: &Scan,
    store: &Store,
    key: &OwnedKey,
    meta: &Meta,
    out: &mut Out,
) -> Result<(), Fault> {
    let address = address::entry(&key.as_key());
    let facts = Facts::of(store, meta);
    if arguments.place.json {
        return out.json(&Line { address, facts });
    }
    let codec = facts.codec.unwrap_or("no codec");
    out.line(format_args!(
        "{address}  {}  age {}  fresh for {}  dead {}  {codec}  {} B",
        facts.marks(),
        facts.age(),
        facts.fresh_for(),
        facts.dead(),
        facts.weight,
    ))
}
