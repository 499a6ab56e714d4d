//! Places: where an entry, a counter or an index row stands in its tree.
//!
//! ```text
//! entry      namespace length 1 | namespace | domain length 1 | domain | epoch 8 | schema 8 | id
//! counter    namespace length 1 | namespace | domain length 1 | domain | epoch 8 | id
//! index row  time 8 | place of the entry
//! ```
//! Numbers are big endian, so that they sort. The lengths make places injective whatever the names hold. The domain stands
//! before the epoch, unlike in `cache_core::address`: what belongs to one domain, over all epochs, is one range, and
//! clearing it visits nothing else.

use cache_core::{Epoch, Key, OwnedKey, RESERVED_DOMAIN, Scope, Space};

/// Bytes of the number in front of an index row.
const DUE_BYTES: usize = 8;

/// Spells the place of an entry.
pub(crate) fn entry(key: &Key<'_>) -> Vec<u8> {
    let mut place = Vec::with_capacity(length(key));
    push_entry(&mut place, key);
    place
}

/// Spells the place of an entry behind others.
pub(crate) fn push_entry(places: &mut Vec<u8>, key: &Key<'_>) {
    push_head(places, key);
    places.extend_from_slice(&key.space().schema().to_be_bytes());
    places.extend_from_slice(key.id());
}

/// Returns how many bytes the place of an entry has.
pub(crate) fn length(key: &Key<'_>) -> usize {
    let space = key.space();
    18 + space.namespace().len() + space.domain().len() + key.id().len()
}

/// Spells the place of a counter, whose schema plays no part. Counters have a tree of their own.
pub(crate) fn counter(key: &Key<'_>) -> Vec<u8> {
    let mut place = Vec::with_capacity(length(key));
    push_head(&mut place, key);
    place.extend_from_slice(key.id());
    place
}

fn push_head(place: &mut Vec<u8>, key: &Key<'_>) {
    let space = key.space();
    name(place, space.namespace());
    name(place, space.domain());
    place.extend_from_slice(&key.epoch().0.to_be_bytes());
}

/// A space has no longer names than 128 bytes; of a scope's longer one nothing can stand in the store.
fn name(place: &mut Vec<u8>, text: &str) {
    place.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    place.extend_from_slice(text.as_bytes());
}

/// Spells what the places of all entries of a scope begin with. Others may too: ask [`Scope::contains`].
pub(crate) fn prefix(scope: &Scope<'_>) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(64);
    name(&mut prefix, scope.namespace);
    let Some(domain) = scope.domain else {
        return prefix;
    };
    name(&mut prefix, domain);
    let Some(epoch) = scope.epoch else {
        return prefix;
    };
    prefix.extend_from_slice(&epoch.0.to_be_bytes());
    if let Some(schema) = scope.schema {
        prefix.extend_from_slice(&schema.to_be_bytes());
    }
    prefix
}

/// Reads the place of an entry; `None` if these bytes are none.
pub(crate) fn parse(place: &[u8]) -> Option<OwnedKey> {
    let (namespace, rest) = take_name(place)?;
    let (domain, rest) = take_name(rest)?;
    let (epoch, rest) = rest.split_first_chunk::<8>()?;
    let (schema, id) = rest.split_first_chunk::<8>()?;
    let space = Space::new(namespace, domain, u64::from_be_bytes(*schema)).ok()?;
    OwnedKey::new(space, Epoch(u64::from_be_bytes(*epoch)), id).ok()
}

fn take_name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(name).ok()?, rest))
}

/// Returns the first bytes behind everything that begins with the reserved domain of a namespace: a walk over the namespace
/// goes on there.
pub(crate) fn behind_reserved(namespace: &str) -> Vec<u8> {
    behind(prefix(&Scope::domain(namespace, RESERVED_DOMAIN))).unwrap_or_default()
}

/// Returns the first bytes behind everything that begins with `prefix`; `None` if nothing sorts behind it.
pub(crate) fn behind(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return Some(prefix);
        }
    }
    None
}

/// Spells an index row.
pub(crate) fn row(due: u64, place: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(DUE_BYTES + place.len());
    row.extend_from_slice(&due.to_be_bytes());
    row.extend_from_slice(place);
    row
}

/// Reads an index row.
pub(crate) fn parse_row(row: &[u8]) -> Option<(u64, &[u8])> {
    let (due, place) = row.split_first_chunk::<DUE_BYTES>()?;
    Some((u64::from_be_bytes(*due), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(namespace: &str, domain: &str, epoch: u64, schema: u64, id: &[u8]) -> OwnedKey {
        let space = Space::new(namespace, domain, schema).unwrap();
        OwnedKey::new(space, Epoch(epoch), id).unwrap()
    }

    fn grid() -> Vec<OwnedKey> {
        let long = "n".repeat(128);
        let mut keys = Vec::new();
        for namespace in ["a", "ab", "a*?[]\\:%", "a\0", "\u{1}a", &long] {
            for domain in ["d", "da", "d_a", RESERVED_DOMAIN] {
                for (epoch, schema) in [(0, 0), (1, 256), (256, 1), (u64::MAX, u64::MAX)] {
                    for id in [&b""[..], b"\0", b"7", &[0xff; 1_024]] {
                        keys.push(key(namespace, domain, epoch, schema, id));
                    }
                }
            }
        }
        keys
    }

    #[test]
    fn parse_undoes_spelling_and_no_two_keys_meet() {
        let keys = grid();
        let places: std::collections::HashSet<_> =
            keys.iter().map(|key| entry(&key.as_key())).collect();
        assert_eq!(places.len(), keys.len());
        for key in &keys {
            let place = entry(&key.as_key());
            assert_eq!(parse(&place).as_ref(), Some(key));
        }
    }

    #[test]
    fn counters_that_differ_in_their_schema_alone_share_a_place() {
        let (one, two) = (key("a", "d", 1, 1, b"x"), key("a", "d", 1, 2, b"x"));
        assert_eq!(counter(&one.as_key()), counter(&two.as_key()));
        assert_ne!(entry(&one.as_key()), entry(&two.as_key()));
    }

    #[test]
    fn the_prefix_of_a_scope_is_that_of_its_keys_and_of_no_neighbour() {
        let keys = grid();
        for key in &keys {
            let space = key.as_key().space().clone();
            let domain = Scope::domain(space.namespace(), space.domain());
            let narrow = Scope {
                epoch: Some(key.as_key().epoch()),
                schema: Some(space.schema()),
                ..domain
            };
            for scope in [domain, narrow] {
                let prefix = prefix(&scope);
                for other in &keys {
                    let begins = entry(&other.as_key()).starts_with(&prefix);
                    assert_eq!(begins, scope.contains(&other.as_key()), "{scope:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_behind_a_prefix_is_behind_all_that_begins_with_it() {
        assert_eq!(behind(b"ab".to_vec()), Some(b"ac".to_vec()));
        assert_eq!(behind(vec![1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(behind(vec![0xff]), None);
        let behind = behind_reserved("a");
        assert!(entry(&key("a", RESERVED_DOMAIN, u64::MAX, u64::MAX, &[0xff]).as_key()) < behind);
        assert!(!behind.starts_with(&prefix(&Scope::domain("a", RESERVED_DOMAIN))));
    }

    #[test]
    fn rows_sort_by_their_time() {
        let rows = [
            row(1, b"z"),
            row(255, b"b"),
            row(256, b"a"),
            row(u64::MAX, b""),
        ];
        assert!(rows.is_sorted());
        assert_eq!(parse_row(&rows[1]), Some((255, &b"b"[..])));
        assert_eq!(parse_row(b"short"), None);
    }

    #[test]
    fn any_bytes_parse_or_are_refused() {
        for bytes in [&b""[..], b"\0", b"\x01", b"\x01a", b"\x01a\x01d1234567"] {
            assert_eq!(parse(bytes), None);
        }
        let place = entry(&key("a", "d", 1, 1, b"x").as_key());
        assert_eq!(parse(&place[..place.len() - 2]), None);
    }
}
