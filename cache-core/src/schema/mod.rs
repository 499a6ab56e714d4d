//! Schemas: a fingerprint of a type's shape, composed over its fields at compile time, so that a change is seen.
//!
//! The fingerprint is FNV-1a (64 bit; offset basis and prime as in draft-eastlake-fnv) over the names and parts, finished
//! with the mixer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). It is
//! part of every address, so it is the same on every machine and in every release of the same shape.

mod std_types;

/// A type whose shape has a fingerprint. `#[derive(Schema)]` composes it; a field whose type has none does not compile.
///
/// Two shapes that could decode each other's bytes to a wrong value must differ: names and order of fields and variants,
/// their types all the way down, and the serde attributes that change the bytes.
///
/// # Example
/// ```
/// use cache_core::Schema;
/// assert_ne!(<(u32, u64)>::FINGERPRINT, <(u64, u32)>::FINGERPRINT);
/// assert_ne!(Option::<u32>::FINGERPRINT, u32::FINGERPRINT);
/// ```
#[diagnostic::on_unimplemented(
    message = "the cache cannot see when `{Self}` changes: it has no `Schema`",
    label = "has no `Schema`",
    note = "a type of your own: add `#[derive(Schema)]` to it",
    note = "a type from elsewhere: add `#[cacheable(opaque = \"v1\")]` to the field, and change the text whenever its bytes change"
)]
pub trait Schema {
    /// The fingerprint of the shape.
    const FINGERPRINT: u64;
}

/// Composes a fingerprint in `const` context.
///
/// # Example
/// ```
/// use cache_core::{Schema, schema::Composer};
/// struct Pilot { name: String, ship: u32 }
/// impl Schema for Pilot {
///     const FINGERPRINT: u64 = Composer::new("struct Pilot")
///         .text("name").part(String::FINGERPRINT)
///         .text("ship").part(u32::FINGERPRINT)
///         .finish();
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Composer(u64);

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Composer {
    /// Starts with the kind and name of the type.
    #[must_use]
    pub const fn new(name: &str) -> Self {
        Self(OFFSET_BASIS).text(name)
    }

    /// Adds a text, with its length, so that neighbours cannot merge.
    #[must_use]
    pub const fn text(self, text: &str) -> Self {
        let mut rest = text.as_bytes();
        let mut state = self.number(rest.len() as u64);
        while let [first, tail @ ..] = rest {
            state = state.byte(*first);
            rest = tail;
        }
        state
    }

    /// Adds the fingerprint of a part.
    #[must_use]
    pub const fn part(self, fingerprint: u64) -> Self {
        self.number(fingerprint)
    }

    /// Returns the fingerprint.
    #[must_use]
    pub const fn finish(self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    const fn number(self, number: u64) -> Self {
        let mut state = self;
        let mut shift = 0;
        while shift < 64 {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "one byte after the other is what is wanted"
            )]
            let byte = (number >> shift) as u8;
            state = state.byte(byte);
            shift += 8;
        }
        state
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(PRIME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_merge() {
        assert_ne!(
            Composer::new("ab").text("c").finish(),
            Composer::new("a").text("bc").finish()
        );
        assert_ne!(
            Composer::new("a").text("").finish(),
            Composer::new("a").finish()
        );
        assert_ne!(
            Composer::new("a").part(1).part(2).finish(),
            Composer::new("a").part(2).part(1).finish()
        );
    }

    /// A fingerprint is an address on a shared store: this one must never change.
    #[test]
    fn fingerprints_are_the_same_in_every_release() {
        assert_eq!(
            Composer::new("struct Pilot").text("name").part(7).finish(),
            FIXED
        );
    }

    const FIXED: u64 = 14_442_793_347_912_051_167;
}
