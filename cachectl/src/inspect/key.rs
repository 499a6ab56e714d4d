//! What a KEY names: one address, or an id under every epoch and schema of its domain.

use std::collections::BTreeSet;

use cache_core::address::{self, Address};
use cache_core::{Backend, Epoch, OwnedKey, Scope, Space};
use futures_util::TryStreamExt;

use super::args::Target;
use super::store::{Store, no_answer};
use crate::fault::Fault;

/// More epochs and schemas than a domain that is in order ever has.
const MOST_VERSIONS: usize = 4_096;

/// Finds the keys; several only where KEY is an id.
pub(super) async fn find(store: &Store, target: &Target) -> Result<Vec<OwnedKey>, Fault> {
    let Some(domain) = &target.domain else {
        return Ok(vec![whole(&target.key)?]);
    };
    let id = address::unescape(&target.key).ok_or_else(|| {
        Fault::usage("KEY: a `%` without two hex digits; a percent sign itself is `%25`")
    })?;
    let scope = Scope::domain(&target.namespace, domain);
    check(&scope)?;
    let make = |(epoch, schema)| {
        let space = Space::new(&target.namespace, domain, schema)?;
        OwnedKey::new(space, Epoch(epoch), id.as_slice())
    };
    // Before the walk, which may be long.
    make((0, 0)).map_err(|error| Fault::of("KEY", error))?;
    let keys: Result<_, _> = versions(store, scope)
        .await?
        .into_iter()
        .map(make)
        .collect();
    keys.map_err(|error| Fault::of("KEY", error))
}

/// Reads an address. It is not repeated in the error: a URL in the wrong place may hold a password.
fn whole(text: &str) -> Result<OwnedKey, Fault> {
    match address::parse(text.as_bytes()) {
        Some(Address::Entry(key)) => Ok(key),
        Some(Address::Counter(_)) => Err(Fault::usage(
            "KEY: this is the address of a counter, which is no entry",
        )),
        None => Err(Fault::usage(
            "KEY: no address; accepted is `<namespace>:<epoch>:<domain>.<schema>:<id>` as `scan` prints it, or an id with `--domain`",
        )),
    }
}

/// Checks the names of a scope.
pub(super) fn check(scope: &Scope<'_>) -> Result<(), Fault> {
    let checked = Space::new(scope.namespace, scope.domain.unwrap_or("any"), 0);
    checked
        .map(|_| ())
        .map_err(|error| Fault::of("the part of the store", error))
}

/// Walks through a domain for its epochs and schemas.
async fn versions(store: &Store, scope: Scope<'_>) -> Result<BTreeSet<(u64, u64)>, Fault> {
    let mut found = BTreeSet::new();
    let mut pages = std::pin::pin!(store.backend.scan(scope));
    while let Some(page) = pages.try_next().await.map_err(no_answer)? {
        for (key, _) in &page {
            let key = key.as_key();
            found.insert((key.epoch().0, key.space().schema()));
        }
        if found.len() > MOST_VERSIONS {
            return Err(Fault::usage(format!(
                "the domain has more than {MOST_VERSIONS} epochs and schemas; name the whole address"
            )));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_its_one_spelling_and_not_repeated_where_it_is_none() {
        let text = "app:1:pilot.00000000000000ff:a%3Ab";
        assert_eq!(whole(text).unwrap().as_key().id(), b"a:b");
        for (text, expected) in [
            ("app:1:pilot#:hunter2", "a counter"),
            ("app:1:pilot.ff:hunter2", "no address"),
            ("redis://:hunter2@h", "no address"),
            ("", "no address"),
        ] {
            let fault = whole(text).unwrap_err();
            assert_eq!(fault.code(), 2);
            let message = fault.chain();
            assert!(
                message.contains(expected) && !message.contains("hunter2"),
                "{message}"
            );
        }
    }
}
