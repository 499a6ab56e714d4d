//! Scanning and counting: what lives in a scope, in bounded pages, while others write.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use cache_core::{
    Backend, Condition, Epoch, Judge, OwnedKey, PutItem, RESERVED_DOMAIN, Scope, Space,
};
use futures_util::StreamExt;

use super::damage::damages;
use super::fixture::{FRESH, Fixture, MILLISECOND, STALE};
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome, Raw};

/// No page is larger: a page is what a caller holds in memory.
const LARGEST_PAGE: usize = 2_048;

const MANY: usize = 10_000;

pub(super) async fn scan_lists_what_lives_with_its_meta(fx: Fixture) -> Outcome {
    let [dead, stale, fresh, negative, lease, ahead] = [
        fx.key("dead")?,
        fx.key("stale")?,
        fx.key("fresh")?,
        fx.key("negative")?,
        fx.key("lease")?,
        fx.key("ahead")?,
    ];
    fx.put(&dead, fx.value("x")).await?;
    fx.env.clock.advance(STALE);
    let stale_entry = fx.put(&stale, fx.value("x")).await?;
    fx.env.clock.advance(FRESH);
    let fresh_entry = fx.put(&fresh, fx.value("x")).await?;
    let negative_entry = fx.put(&negative, fx.negative()).await?;
    fx.put(&lease, fx.lease()).await?;
    let future = fx.now().after(Judge::DEFAULT_TOLERANCE + MILLISECOND);
    fx.put(&ahead, fx.value_with(Fixture::meta_from(future), "x"))
        .await?;
    let expected = [
        (stale, stale_entry.meta),
        (fresh, fresh_entry.meta),
        (negative, negative_entry.meta),
    ];
    let listed = fx.listed(fx.scope()).await?;
    check_eq!(listed, expected.into_iter().collect(), "what a scan lists");
    check_eq!(fx.backend.count(fx.scope()).await?, 3, "count");
    Ok(())
}

pub(super) async fn scan_skips_what_cannot_be_read(fx: Fixture) -> Outcome {
    let good = fx.key("good")?;
    fx.put(&good, fx.value("x")).await?;
    let space = fx.space()?;
    for damage in damages(space.schema(), &fx.value("x"))? {
        // What only the payload's checksum can show need not be seen by who reads headers alone.
        if matches!(
            damage.name,
            "a cut payload" | "a flipped bit of the payload" | "an unknown critical extension"
        ) {
            continue;
        }
        fx.plant(&fx.key(damage.name)?, Raw::Bytes(damage.bytes))
            .await?;
    }
    let listed = fx.listed(fx.scope()).await?;
    let keys: Vec<&OwnedKey> = listed.keys().collect();
    check_eq!(keys, [&good], "what a scan lists beside damage");
    check_eq!(
        fx.backend.count(fx.scope()).await?,
        1,
        "count beside damage"
    );
    Ok(())
}

/// Keys of every part of an address, and awkward ids.
fn spread(namespace: &str) -> Outcome<Vec<OwnedKey>> {
    let mut keys = Vec::new();
    for (domain, schema, epoch) in [
        ("pilot", 1, 1),
        ("pilot", 1, 11),
        ("pilot", 0x11, 1),
        ("pilot_x", 1, 1),
        (RESERVED_DOMAIN, 0, 0),
    ] {
        for id in [
            &b"a"[..],
            b"",
            b"a:b",
            b"*",
            b"%2A",
            b"\0\n\xFF",
            "é".as_bytes(),
        ] {
            keys.push(OwnedKey::new(
                Space::new(namespace, domain, schema)?,
                Epoch(epoch),
                id,
            )?);
        }
    }
    Ok(keys)
}

pub(super) async fn scan_and_count_stay_in_their_scope(fx: Fixture) -> Outcome {
    let namespace = fx.env.namespace.as_str();
    let mut keys = spread(namespace)?;
    for ending in ["x", "*", "?", "[x]", ":", ":1", "%", "\\"] {
        keys.extend(spread(&format!("{namespace}{ending}"))?);
    }
    for key in &keys {
        fx.put(key, fx.value("x")).await?;
    }
    let other = format!("{namespace}*");
    let whole = fx.scope();
    let scopes = [
        whole,
        Scope::namespace(&other),
        Scope::domain(namespace, "pilot"),
        Scope::domain(namespace, RESERVED_DOMAIN),
        Scope {
            epoch: Some(Epoch(1)),
            ..whole
        },
        Scope {
            schema: Some(0x11),
            ..whole
        },
        Scope {
            epoch: Some(Epoch(11)),
            schema: Some(1),
            ..Scope::domain(namespace, "pilot")
        },
        Scope::domain(namespace, "nobody"),
    ];
    for scope in scopes {
        let expected: HashSet<OwnedKey> = keys
            .iter()
            .filter(|key| scope.contains(&key.as_key()))
            .cloned()
            .collect();
        let listed: HashSet<OwnedKey> = fx.listed(scope).await?.into_keys().collect();
        check!(
            listed == expected,
            "scan of {scope:?}: {} keys, expected {}, {} of them strangers",
            listed.len(),
            expected.len(),
            listed.difference(&expected).count()
        );
        let count = fx.backend.count(scope).await?;
        check_eq!(
            count,
            u64::try_from(expected.len()).unwrap_or(u64::MAX),
            "count of {scope:?}"
        );
    }
    Ok(())
}

/// Puts many entries, in batches where they are declared.
async fn fill(fx: &Fixture, prefix: &str, many: usize) -> Outcome<Vec<OwnedKey>> {
    let keys: Vec<OwnedKey> = (0..many)
        .map(|number| fx.key(&format!("{prefix}{number}")))
        .collect::<Outcome<_>>()?;
    if !fx.has(cache_core::Capability::Batch) {
        for key in &keys {
            fx.put(key, fx.value("x")).await?;
        }
        return Ok(keys);
    }
    for chunk in keys.chunks(500) {
        let items = chunk.iter().map(|key| PutItem {
            key: key.as_key(),
            entry: fx.value("x"),
            when: Condition::Always,
        });
        for stored in fx.backend.put_many(items.collect()).await {
            check!(stored?.is_stored(), "put_many did not store");
        }
    }
    Ok(keys)
}

pub(super) async fn a_large_scope_comes_in_bounded_pages(fx: Fixture) -> Outcome {
    let keys = fill(&fx, "", MANY).await?;
    let pages = fx.pages(fx.scope()).await?;
    let largest = pages.iter().map(Vec::len).max().unwrap_or(0);
    check!(largest <= LARGEST_PAGE, "a page of {largest} entries");
    let listed: HashSet<OwnedKey> = pages.into_iter().flatten().map(|(key, _)| key).collect();
    let missing = keys.iter().filter(|key| !listed.contains(key)).count();
    check!(
        missing == 0 && listed.len() == MANY,
        "{} keys listed, {missing} missing",
        listed.len()
    );
    let count = fx.backend.count(fx.scope()).await?;
    check_eq!(count, u64::try_from(MANY).unwrap_or(u64::MAX), "count");
    Ok(())
}

const STABLE: usize = 2_000;

/// While two tasks put and remove other keys, each scan lists every key that lives through it.
pub(super) async fn scan_lists_every_key_that_lives_through_it(fx: Fixture) -> Outcome {
    let stable = fill(&fx, "stable", STABLE).await?;
    let fx = Arc::new(fx);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let churning: Vec<_> = (0..2)
        .map(|task| tokio::spawn(churn(Arc::clone(&fx), Arc::clone(&stop), task)))
        .collect();
    let scanned = scan_rounds(&fx, &stable).await;
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    super::fixture::all(churning).await?;
    scanned
}

async fn churn(fx: Arc<Fixture>, stop: Arc<std::sync::atomic::AtomicBool>, task: usize) -> Outcome {
    let mut number = 0_usize;
    while !stop.load(std::sync::atomic::Ordering::SeqCst) {
        let key = fx.key(&format!("churn{task}-{}", number % 700))?;
        if number.is_multiple_of(2) {
            fx.put(&key, fx.value("x")).await?;
        } else {
            fx.remove(&key, None).await?;
        }
        number += 1;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn scan_rounds(fx: &Fixture, stable: &[OwnedKey]) -> Outcome {
    for round in 0..5 {
        let mut listed = HashSet::new();
        let mut pages = pin!(fx.backend.scan(fx.scope()));
        while let Some(page) = pages.next().await {
            listed.extend(page?.into_iter().map(|(key, _)| key));
            tokio::task::yield_now().await;
        }
        let missing = stable.iter().filter(|key| !listed.contains(key)).count();
        check_eq!(missing, 0, "stable keys that scan {round} did not list");
    }
    Ok(())
}

/// A scan holds no lock between its pages, and can be dropped half-way.
pub(super) async fn writes_go_on_between_the_pages_of_a_scan(fx: Fixture) -> Outcome {
    let keys = fill(&fx, "", STABLE).await?;
    let new = fx.key("new")?;
    {
        let mut pages = pin!(fx.backend.scan(fx.scope()));
        match pages.next().await {
            Some(page) => check!(!page?.is_empty(), "the first page is empty"),
            None => return Err(Failure::new("a scan of 2,000 entries has no page")),
        }
        fx.put(&new, fx.value("new")).await?;
        fx.expect_value(&new, "new").await?;
        for key in keys.iter().rev().take(100) {
            fx.remove(key, None).await?;
        }
        pages.next().await.transpose()?;
    }
    fx.expect_value(&new, "new").await?;
    let left = u64::try_from(STABLE - 100 + 1).unwrap_or(u64::MAX);
    check_eq!(fx.backend.count(fx.scope()).await?, left, "count after it");
    Ok(())
}
