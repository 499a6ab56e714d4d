//! Addresses: how a key is spelt on a byte store.
//!
//! An entry is `<namespace>:<epoch>:<domain>.<schema>:<id>`, a counter `<namespace>:<epoch>:<domain>#:<id>`. The schema is
//! 16 hex digits; everything but the separators is percent-escaped outside `[A-Za-z0-9_~-]`, so the spelling is injective
//! and free of glob characters. This is the only place that knows it.

use std::fmt::Write;

use crate::{Epoch, IdBuf, Key, KeyPart, OwnedKey, Scope, Space};

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An entry.
    Entry(OwnedKey),
    /// A counter: its key carries no schema.
    Counter(OwnedKey),
}

/// What the addresses of all entries of a space have in common, spelt once.
pub(crate) struct Frame {
    before_epoch: Box<str>,
    before_id: Box<str>,
}

impl Frame {
    pub(crate) fn new(namespace: &str, domain: &str, schema: u64) -> Self {
        let mut before_epoch = String::with_capacity(namespace.len() + 1);
        escape(&mut before_epoch, namespace.as_bytes());
        before_epoch.push(':');
        Self {
            before_epoch: before_epoch.into(),
            before_id: format!(":{domain}.{schema:016x}:").into(),
        }
    }
}

/// The most digits that an epoch has.
const EPOCH_DIGITS: usize = 20;

/// Spells the address of an entry.
///
/// ```
/// # use cache_core::{address, Epoch, Key, Space};
/// let space = Space::new("app", "character", 0xC0FFEE)?;
/// let key = Key::new(&space, Epoch(1 << 32), b"95:465")?;
/// assert_eq!(address::entry(&key), "app:4294967296:character.0000000000c0ffee:95%3A465");
/// # Ok::<(), cache_core::Error>(())
/// ```
#[must_use]
pub fn entry(key: &Key<'_>) -> String {
    let mut text = Vec::with_capacity(entry_room(key));
    spell_entry(key, |piece| text.extend_from_slice(piece));
    // It is all ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// Spells the address of an entry, piece by piece: for who writes it into something longer.
#[inline]
pub fn spell_entry(key: &Key<'_>, mut write: impl FnMut(&[u8])) {
    let frame = key.space().frame();
    write(frame.before_epoch.as_bytes());
    write(key.epoch().0.id_bytes(&mut IdBuf::new()));
    write(frame.before_id.as_bytes());
    if key.id().iter().copied().all(is_plain) {
        write(key.id());
    } else {
        let mut id = String::new();
        escape(&mut id, key.id());
        write(id.as_bytes());
    }
}

/// Returns how many bytes the address of an entry has at most, if nothing in its id has to be escaped.
#[must_use]
pub fn entry_room(key: &Key<'_>) -> usize {
    let frame = key.space().frame();
    frame.before_epoch.len() + EPOCH_DIGITS + frame.before_id.len() + key.id().len()
}

/// Spells the address of a counter, which no entry shares.
#[must_use]
pub fn counter(key: &Key<'_>) -> String {
    let mut text = String::with_capacity(48 + key.id().len());
    head(&mut text, key);
    text.push_str("#:");
    escape(&mut text, key.id());
    text
}

/// Spells a glob pattern, as Redis reads it, that every entry of a scope matches. Others may match too: what it finds is to
/// be read by [`parse`] and asked of [`Scope::contains`].
///
/// ```
/// # use cache_core::{address, Scope};
/// assert_eq!(address::pattern(&Scope::namespace("app")), "app:*:*.*:*");
/// assert_eq!(address::pattern(&Scope::domain("a*", "pilot")), "a%2A:*:pilot.*:*");
/// ```
#[must_use]
pub fn pattern(scope: &Scope<'_>) -> String {
    let mut text = String::with_capacity(48);
    escape(&mut text, scope.namespace.as_bytes());
    let any = || "*".to_owned();
    let epoch = scope.epoch.map_or_else(any, |epoch| epoch.0.to_string());
    let domain = scope.domain.unwrap_or("*");
    let schema = scope
        .schema
        .map_or_else(any, |schema| format!("{schema:016x}"));
    let _ = write!(text, ":{epoch}:{domain}.{schema}:*");
    text
}

fn head(text: &mut String, key: &Key<'_>) {
    escape(text, key.space().namespace().as_bytes());
    let _ = write!(text, ":{}:{}", key.epoch().0, key.space().domain());
}

/// Reads an address; `None` if these bytes are not exactly what [`entry`] or [`counter`] spells.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Address> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut fields = text.split(':');
    let namespace = String::from_utf8(unescape(fields.next()?)?).ok()?;
    let epoch = Epoch(fields.next()?.parse().ok()?);
    let domain = fields.next()?;
    let id = unescape(fields.next()?)?;
    if fields.next().is_some() {
        return None;
    }
    let address = match domain.split_once('.') {
        Some((domain, schema)) => {
            let space =
                Space::new(&namespace, domain, u64::from_str_radix(schema, 16).ok()?).ok()?;
            Address::Entry(OwnedKey::new(space, epoch, id).ok()?)
        }
        None => {
            let space = Space::new(&namespace, domain.strip_suffix('#')?, 0).ok()?;
            Address::Counter(OwnedKey::new(space, epoch, id).ok()?)
        }
    };
    // One spelling per key: lower-case hex, no leading zeros, nothing escaped without need.
    (address.spell() == text).then_some(address)
}

impl Address {
    /// Spells it.
    #[must_use]
    pub fn spell(&self) -> String {
        match self {
            Self::Entry(key) => entry(&key.as_key()),
            Self::Counter(key) => counter(&key.as_key()),
        }
    }
}

fn escape(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if is_plain(*byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// For each byte below 128, a bit: whether it stands for itself.
const PLAIN: u128 = {
    let mut plain = 0;
    let mut byte = 0;
    while byte < 128_u8 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'-') {
            plain |= 1 << byte;
        }
        byte += 1;
    }
    plain
};

#[inline]
const fn is_plain(byte: u8) -> bool {
    byte < 128 && (PLAIN >> byte) & 1 == 1
}

/// Reads an escaped part of an address, an id for example; `None` if a `%` is not followed by two hex digits. What is not
/// escaped stands for itself, so more spellings are read than are made.
///
/// ```
/// # use cache_core::address;
/// assert_eq!(address::unescape("95%3A465"), Some(b"95:465".to_vec()));
/// assert_eq!(address::unescape("100%"), None);
/// ```
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let [high, low, after @ ..] = tail else {
                return None;
            };
            plain.push(
                u8::try_from(char::from(*high).to_digit(16)? * 16 + char::from(*low).to_digit(16)?)
                    .ok()?,
            );
            rest = after;
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(namespace: &str, epoch: u64, domain: &str, schema: u64, id: &[u8]) -> OwnedKey {
        OwnedKey::new(
            Space::new(namespace, domain, schema).unwrap(),
            Epoch(epoch),
            id,
        )
        .unwrap()
    }

    proptest! {
        #[test]
        fn parse_undoes_spelling(namespace in ".{1,30}", epoch: u64, domain in "[a-z][a-z0-9_]{0,20}", schema: u64, id in prop::collection::vec(any::<u8>(), 0..80)) {
            let key = key(&namespace, epoch, &domain, schema, &id);
            prop_assert_eq!(parse(entry(&key.as_key()).as_bytes()), Some(Address::Entry(key)));
        }

        #[test]
        fn spelling_has_no_glob_character(namespace in ".{1,30}", id in prop::collection::vec(any::<u8>(), 0..80)) {
            let text = entry(&key(&namespace, 1, "d", 1, &id).as_key());
            prop_assert!(!text.contains(['*', '?', '[', ']', '\\']));
        }

        #[test]
        fn any_bytes_parse_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(address) = parse(&bytes) {
                prop_assert_eq!(address.spell().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn only_the_one_spelling_is_read() {
        assert!(parse(b"app:1:pilot.00000000000000ff:7").is_some());
        for other in [
            "app:01:pilot.00000000000000ff:7",
            "app:1:pilot.00000000000000FF:7",
            "app:1:pilot.ff:7",
            "app:1:pilot.00000000000000ff:%37",
            "app:1:pilot.00000000000000ff:7:8",
            "app:1:pilot.00000000000000ff",
            "app:1:pilot:7",
            "%61pp:1:pilot.00000000000000ff:7",
            "app:1:pilot.00000000000000ff:%e4",
            "app:1:pilot.00000000000000ff:%",
            ":1:pilot.00000000000000ff:7",
        ] {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn counters_and_entries_never_share_an_address() {
        let key = key("app", 0, "dedup", 0, b"7");
        assert_eq!(counter(&key.as_key()), "app:0:dedup#:7");
        assert_eq!(parse(b"app:0:dedup#:7"), Some(Address::Counter(key)));
    }
}
