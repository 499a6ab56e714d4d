//! Question: who frees the memory of dead entries, moka by its own clock or a sweep of ours, and what does a hit cost
//! beside plain moka? The answer is kept in `docs/adr/0002-moka-expiry.md`.
//!
//! `cargo bench -p backend-moka --bench expiry`; an argument names the number of rounds.

mod contenders;
mod load;
mod measure;

use std::hint::black_box;

use cache_core::{AnyBackend, Backend, Condition, Found, Judge, Result};

use contenders::{FORMS, Lookup, backend, entry, key, plain, ship, space, table};
use load::Load;
use measure::{Contender, compare};

fn main() -> Result<()> {
    let argument = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let rounds = argument.unwrap_or(25);
    for keys in [1_000, 100_000] {
        hits(keys, rounds)?;
        puts(keys, rounds)?;
    }
    sweep(100_000)
}

fn hits(keys: usize, rounds: usize) -> Result<()> {
    let (load, space, judge) = (Load::new(keys), space()?, Judge::default());
    let (ours, erased) = (backend(keys)?, AnyBackend::new(backend(keys)?));
    let (expiring, lasting) = plain(keys);
    let tables = FORMS.map(|form| table(keys, form));
    for id in load.ids() {
        let key = key(&space, id);
        put(&ours, key, &judge);
        put(&erased, key, &judge);
        expiring.insert(id.to_owned(), ship());
        lasting.insert(id.to_owned(), ship());
        for table in &tables {
            table.insert(key.to_owned(), (entry(&judge), 0));
        }
    }
    let mut contenders = vec![
        Contender::new("moka::sync, String, SipHash, Expiry", |n| {
            black_box(expiring.get(load.id(n)));
        }),
        Contender::new("moka::sync, String, SipHash", |n| {
            black_box(lasting.get(load.id(n)));
        }),
        Contender::new("backend-moka, get_now", |n| {
            black_box(ours.get_now(key(&space, load.id(n))));
        }),
        Contender::new("backend-moka, erased get_now", |n| {
            black_box(erased.get_now(key(&space, load.id(n))));
        }),
    ];
    for (form, table) in FORMS.iter().zip(&tables) {
        let (load, space, judge) = (&load, &space, &judge);
        contenders.push(Contender::new(form.name, move |n| {
            let held = table.get(&Lookup(key(space, load.id(n))));
            black_box(held.map(|(entry, _)| judge.found(entry)));
        }));
    }
    let hit = ours.get_now(key(&space, load.id(0)));
    assert!(matches!(hit, Some(Found::Entry(_))), "the load misses");
    compare(&format!("hit, {keys} keys"), rounds, 100_000, contenders);
    Ok(())
}

/// Mostly overwrites: after the first round, all of them.
fn puts(keys: usize, rounds: usize) -> Result<()> {
    let (load, space, judge) = (Load::new(keys), space()?, Judge::default());
    let ours = backend(keys)?;
    let (expiring, lasting) = plain(keys);
    let tables = FORMS.map(|form| table(keys, form));
    let mut contenders = vec![
        Contender::new("moka::sync, String, SipHash, Expiry", |n| {
            expiring.insert(load.id(n).to_owned(), ship());
        }),
        Contender::new("moka::sync, String, SipHash", |n| {
            lasting.insert(load.id(n).to_owned(), ship());
        }),
        Contender::new("backend-moka, put Always", |n| {
            put(&ours, key(&space, load.id(n)), &judge);
        }),
    ];
    for (form, table) in FORMS.iter().zip(&tables) {
        let (load, space, judge) = (&load, &space, &judge);
        contenders.push(Contender::new(form.name, move |n| {
            let key = key(space, load.id(n));
            table.insert(key.to_owned(), (entry(judge), 0));
        }));
    }
    compare(&format!("put, {keys} keys"), rounds, 20_000, contenders);
    Ok(())
}

/// What a walk costs that finds nothing, which is what the sweep spends most often.
fn sweep(keys: usize) -> Result<()> {
    let (load, space, judge) = (Load::new(keys), space()?, Judge::default());
    let ours = backend(keys)?;
    load.ids()
        .for_each(|id| put(&ours, key(&space, id), &judge));
    let walk = Contender::new("maintain, nothing dead", |_| ours.maintain());
    compare(&format!("sweep, {keys} keys"), 5, 10, vec![walk]);
    Ok(())
}

/// The backend's futures are done when they are first polled.
fn put(backend: &impl Backend, key: cache_core::Key<'_>, judge: &Judge) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let put = std::pin::pin!(backend.put(key, entry(judge), Condition::Always));
    black_box(put.poll(&mut context).is_ready());
}
