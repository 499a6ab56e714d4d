//! Plain functions for stores that lack a native form of an operation. They are called, never inherited.

use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;

use crate::{
    Backend, Condition, Entry, Found, Judge, Key, Meta, Page, Put, PutItem, Removed, Result, Scope,
    Stamp,
};

/// Reads one key after the other.
pub async fn get_each<B: Backend>(backend: &B, keys: &[Key<'_>]) -> Vec<Result<Found>> {
    let mut results = Vec::with_capacity(keys.len());
    for &key in keys {
        results.push(backend.get(key).await);
    }
    results
}

/// Stores one item after the other.
pub async fn put_each<B: Backend>(backend: &B, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
    let mut results = Vec::with_capacity(items.len());
    for PutItem { key, entry, when } in items {
        results.push(backend.put(key, entry, when).await);
    }
    results
}

/// Removes one key after the other.
pub async fn remove_each<B: Backend>(backend: &B, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
    let mut results = Vec::with_capacity(keys.len());
    for &key in keys {
        results.push(backend.remove(key, None).await);
    }
    results
}

/// Answers `head` by reading the whole entry.
///
/// # Errors
/// If the store cannot answer.
pub async fn head_by_get<B: Backend>(backend: &B, key: Key<'_>) -> Result<Option<Meta>> {
    Ok(match backend.get(key).await?.unshared() {
        Found::Entry(entry) => Some(entry.meta),
        Found::Shared(_) | Found::Absent | Found::Dead | Found::Unreadable(_) => None,
    })
}

/// Answers `retime` by reading the entry and storing it again under the condition that it is still the same.
///
/// A lease cannot be read, so it is made anew.
///
/// # Errors
/// If the store cannot answer.
pub async fn retime_by_put<B: Backend>(
    backend: &B,
    key: Key<'_>,
    to: Meta,
    over: Stamp,
) -> Result<Put> {
    let renewed = match backend.get(key).await?.unshared() {
        Found::Entry(entry) if entry.meta.stamp == over => Entry {
            meta: entry.meta.retimed(&to),
            ..entry
        },
        Found::Entry(entry) => return Ok(Put::Refused(Some(entry.meta))),
        Found::Absent => Entry::lease(to),
        Found::Shared(_) | Found::Dead | Found::Unreadable(_) => {
            return Ok(Put::Refused(None));
        }
    };
    backend.put(key, renewed, Condition::If(over)).await
}

/// Answers `count` by scanning.
///
/// # Errors
/// If the store cannot answer. A key that is listed twice is counted twice.
pub async fn count_by_scan<B: Backend>(backend: &B, scope: Scope<'_>) -> Result<u64> {
    let mut pages = pin!(backend.scan(scope));
    let mut count = 0_u64;
    while let Some(page) = poll_fn(|context| pages.as_mut().poll_next(context)).await {
        count = count.saturating_add(u64::try_from(page?.len()).unwrap_or(u64::MAX));
    }
    Ok(count)
}

/// Picks the live entries of a scope out of a list of what a store holds.
pub fn live_in(
    judge: &Judge,
    scope: Scope<'_>,
    held: impl IntoIterator<Item = (crate::OwnedKey, Meta)>,
) -> Page {
    held.into_iter()
        .filter(|(key, meta)| scope.contains(&key.as_key()) && judge.is_live(meta))
        .collect()
}
