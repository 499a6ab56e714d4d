//! Ids: how typed ids become bytes and are read back. Integers are written in decimal, so 7 and "7" are the same id.

use crate::{Error, ErrorKind, Result};

/// Space for an id on the caller's stack: integers fit, composed ids may spill to the heap.
#[derive(Debug)]
pub struct IdBuf {
    short: [u8; Self::SHORT],
    long: Vec<u8>,
}

impl IdBuf {
    /// Enough for every 128-bit integer with its sign.
    const SHORT: usize = 40;

    /// Creates an empty buffer; nothing is allocated.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            short: [0; Self::SHORT],
            long: Vec::new(),
        }
    }

    /// Writes a number in decimal, from the right.
    fn decimal(&mut self, mut magnitude: u128, negative: bool) -> &[u8] {
        let mut at = Self::SHORT;
        for slot in self.short.iter_mut().rev() {
            *slot = b'0' + u8::try_from(magnitude % 10).unwrap_or(0);
            magnitude /= 10;
            at -= 1;
            if magnitude == 0 {
                break;
            }
        }
        if negative {
            at -= 1;
            if let Some(slot) = self.short.get_mut(at) {
                *slot = b'-';
            }
        }
        self.short.get(at..).unwrap_or_default()
    }

    /// Writes a number of up to 64 bits: the common case, without 128-bit division.
    #[inline]
    fn short_decimal(&mut self, mut magnitude: u64) -> &[u8] {
        let mut at = Self::SHORT;
        for slot in self.short.iter_mut().rev() {
            *slot = b'0' + u8::try_from(magnitude % 10).unwrap_or(0);
            magnitude /= 10;
            at -= 1;
            if magnitude == 0 {
                break;
            }
        }
        self.short.get(at..).unwrap_or_default()
    }
}

impl Default for IdBuf {
    fn default() -> Self {
        Self::new()
    }
}

/// A value that can serve as an id, alone or as a part of a composed one.
///
/// * integers: decimal, as `to_string` writes them;
/// * text and bytes: as they are;
/// * pairs, triples and slices: the parts joined with `:`, where `:` and `%` inside a part become `%3A` and `%25`, so that
///   `("a:b", "c")` and `("a", "b:c")` are two ids. A list names the same id as the text it is joined to.
///
/// # Example
/// ```
/// use cache_core::{IdBuf, KeyPart};
/// assert_eq!(587_u32.id_bytes(&mut IdBuf::new()), "587".id_bytes(&mut IdBuf::new()));
/// assert_eq!((7_u64, "a:b").id_bytes(&mut IdBuf::new()), b"7:a%3Ab");
/// assert_eq!(<(u64, String)>::parse_id(b"7:a%3Ab")?, (7, "a:b".to_owned()));
/// # Ok::<(), cache_core::Error>(())
/// ```
pub trait KeyPart {
    /// What the id reads back as.
    type Owned: Send + 'static;

    /// Returns the id's bytes: borrowed from `self` where that is possible, else written into `buffer`.
    fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8];

    /// Reads an id back.
    ///
    /// # Errors
    /// `InvalidKey` if the bytes do not read as this type.
    fn parse_id(bytes: &[u8]) -> Result<Self::Owned>;
}

#[cold]
fn unreadable(expected: &'static str) -> Error {
    Error::new(
        ErrorKind::InvalidKey,
        format!("the id does not read as {expected}"),
    )
}

/// Accepts only what [`KeyPart::id_bytes`] writes: "007" and "+7" are other ids than "7".
fn parse_integer<T: std::str::FromStr + ToString>(
    bytes: &[u8],
    expected: &'static str,
) -> Result<T> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable(expected))?;
    let value: T = text.parse().map_err(|_| unreadable(expected))?;
    if value.to_string() == text {
        Ok(value)
    } else {
        Err(unreadable(expected))
    }
}

macro_rules! integer_ids {
    ($($integer:ty: $write:expr;)*) => {$(
        impl KeyPart for $integer {
            type Owned = Self;

            #[inline]
            fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8] {
                let write: fn(&mut IdBuf, $integer) -> &[u8] = $write;
                write(buffer, *self)
            }

            fn parse_id(bytes: &[u8]) -> Result<Self> {
                parse_integer(bytes, stringify!($integer))
            }
        }
    )*};
}

integer_ids! {
    u8: |buffer, n| buffer.short_decimal(u64::from(n));
    u16: |buffer, n| buffer.short_decimal(u64::from(n));
    u32: |buffer, n| buffer.short_decimal(u64::from(n));
    u64: IdBuf::short_decimal;
    u128: |buffer, n| buffer.decimal(n, false);
    i8: |buffer, n| buffer.decimal(u128::from(n.unsigned_abs()), n < 0);
    i16: |buffer, n| buffer.decimal(u128::from(n.unsigned_abs()), n < 0);
    i32: |buffer, n| buffer.decimal(u128::from(n.unsigned_abs()), n < 0);
    i64: |buffer, n| buffer.decimal(u128::from(n.unsigned_abs()), n < 0);
    i128: |buffer, n| buffer.decimal(n.unsigned_abs(), n < 0);
}

impl KeyPart for str {
    type Owned = String;

    #[inline]
    fn id_bytes<'a>(&'a self, _: &'a mut IdBuf) -> &'a [u8] {
        self.as_bytes()
    }

    fn parse_id(bytes: &[u8]) -> Result<String> {
        String::from_utf8(bytes.to_vec()).map_err(|_| unreadable("text"))
    }
}

impl KeyPart for String {
    type Owned = Self;

    #[inline]
    fn id_bytes<'a>(&'a self, _: &'a mut IdBuf) -> &'a [u8] {
        self.as_bytes()
    }

    fn parse_id(bytes: &[u8]) -> Result<Self> {
        str::parse_id(bytes)
    }
}

impl KeyPart for [u8] {
    type Owned = Vec<u8>;

    #[inline]
    fn id_bytes<'a>(&'a self, _: &'a mut IdBuf) -> &'a [u8] {
        self
    }

    fn parse_id(bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(bytes.to_vec())
    }
}

impl KeyPart for Vec<u8> {
    type Owned = Self;

    #[inline]
    fn id_bytes<'a>(&'a self, _: &'a mut IdBuf) -> &'a [u8] {
        self
    }

    fn parse_id(bytes: &[u8]) -> Result<Self> {
        Ok(bytes.to_vec())
    }
}

impl<T: KeyPart + ?Sized> KeyPart for &T {
    type Owned = T::Owned;

    #[inline]
    fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8] {
        (**self).id_bytes(buffer)
    }

    fn parse_id(bytes: &[u8]) -> Result<T::Owned> {
        T::parse_id(bytes)
    }
}

impl<const N: usize> KeyPart for [u8; N] {
    type Owned = Self;

    #[inline]
    fn id_bytes<'a>(&'a self, _: &'a mut IdBuf) -> &'a [u8] {
        self
    }

    fn parse_id(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map_err(|_| unreadable("that many bytes"))
    }
}

impl<A: KeyPart, B: KeyPart> KeyPart for (A, B) {
    type Owned = (A::Owned, B::Owned);

    fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8] {
        let mut joined = Joined::new(&mut buffer.long);
        joined.push(&self.0);
        joined.push(&self.1);
        joined.bytes
    }

    fn parse_id(bytes: &[u8]) -> Result<Self::Owned> {
        let [a, b] = split(bytes)?;
        Ok((A::parse_id(&a)?, B::parse_id(&b)?))
    }
}

impl<A: KeyPart, B: KeyPart, C: KeyPart> KeyPart for (A, B, C) {
    type Owned = (A::Owned, B::Owned, C::Owned);

    fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8] {
        let mut joined = Joined::new(&mut buffer.long);
        joined.push(&self.0);
        joined.push(&self.1);
        joined.push(&self.2);
        joined.bytes
    }

    fn parse_id(bytes: &[u8]) -> Result<Self::Owned> {
        let [a, b, c] = split(bytes)?;
        Ok((A::parse_id(&a)?, B::parse_id(&b)?, C::parse_id(&c)?))
    }
}

/// Lists of text. Lists of anything else would make a byte string a list of numbers.
macro_rules! text_lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<$($generics)*> KeyPart for $list {
            type Owned = Vec<String>;

            fn id_bytes<'a>(&'a self, buffer: &'a mut IdBuf) -> &'a [u8] {
                let mut joined = Joined::new(&mut buffer.long);
                for part in self {
                    joined.push(part);
                }
                joined.bytes
            }

            fn parse_id(bytes: &[u8]) -> Result<Vec<String>> {
                parts(bytes).iter().map(|part| str::parse_id(part)).collect()
            }
        }
    )*};
}

text_lists! {
    [] [&str];
    [] [String];
    [] Vec<&str>;
    [] Vec<String>;
    [const N: usize] [&str; N];
    [const N: usize] [String; N];
}

/// Parts joined with `:`, escaped so that the joint is unmistakable.
struct Joined<'a> {
    bytes: &'a mut Vec<u8>,
    is_first: bool,
}

impl<'a> Joined<'a> {
    fn new(bytes: &'a mut Vec<u8>) -> Self {
        bytes.clear();
        Self {
            bytes,
            is_first: true,
        }
    }

    fn push<T: KeyPart + ?Sized>(&mut self, part: &T) {
        if !std::mem::take(&mut self.is_first) {
            self.bytes.push(b':');
        }
        for &byte in part.id_bytes(&mut IdBuf::new()) {
            match byte {
                b':' => self.bytes.extend_from_slice(b"%3A"),
                b'%' => self.bytes.extend_from_slice(b"%25"),
                _ => self.bytes.push(byte),
            }
        }
    }
}

fn split<const N: usize>(bytes: &[u8]) -> Result<[Vec<u8>; N]> {
    parts(bytes)
        .try_into()
        .map_err(|_| unreadable("a list of that many parts"))
}

fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split(|&byte| byte == b':').map(unescape).collect()
}

fn unescape(part: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(part.len());
    let mut rest = part;
    while let [first, tail @ ..] = rest {
        let (byte, next) = match rest {
            [b'%', b'3', b'A', after @ ..] => (b':', after),
            [b'%', b'2', b'5', after @ ..] => (b'%', after),
            _ => (*first, tail),
        };
        plain.push(byte);
        rest = next;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<T: KeyPart>(id: T) -> Vec<u8> {
        id.id_bytes(&mut IdBuf::new()).to_vec()
    }

    #[test]
    fn integers_are_written_as_to_string_writes_them() {
        for n in [0, 1, 9, 10, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(bytes(n), n.to_string().as_bytes());
        }
        for n in [i128::MIN, -1, 0, i128::MAX] {
            assert_eq!(bytes(n), n.to_string().as_bytes());
        }
        for n in [i64::MIN, -10, 7] {
            assert_eq!(bytes(n), n.to_string().as_bytes());
        }
        assert_eq!(bytes(u128::MAX), u128::MAX.to_string().as_bytes());
    }

    #[test]
    fn only_the_written_form_of_an_integer_reads_back() {
        assert_eq!(u64::parse_id(b"7").unwrap(), 7);
        for other in [
            &b"007"[..],
            b"+7",
            b"-7",
            b"",
            b" 7",
            b"7.0",
            &[0xFF],
            b"99999999999999999999999",
        ] {
            assert_eq!(
                u64::parse_id(other).unwrap_err().kind(),
                ErrorKind::InvalidKey
            );
        }
    }

    #[test]
    fn separators_inside_parts_cannot_collide() {
        let texts = ["", ":", "%", "%3A", "%253A", "a", "a:b", "b:c", "3A", "::"];
        let mut seen = std::collections::HashMap::new();
        for a in texts {
            for b in texts {
                assert_eq!(seen.insert(bytes((a, b)), (a, b)), None);
                let (back_a, back_b) = <(String, String)>::parse_id(&bytes((a, b))).unwrap();
                assert_eq!((back_a.as_str(), back_b.as_str()), (a, b));
                for c in texts {
                    assert_eq!(<[&str]>::parse_id(&bytes([a, b, c])).unwrap(), [a, b, c]);
                    assert_eq!(bytes((a, b, c)), bytes([a, b, c]));
                }
            }
        }
    }

    #[test]
    fn short_ids_need_no_heap() {
        let mut buffer = IdBuf::new();
        let _ = 95_465_499_u64.id_bytes(&mut buffer);
        assert_eq!(buffer.long.capacity(), 0);
    }
}
