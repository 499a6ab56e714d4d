//! Weights: how much memory a value takes, derived from its fields.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::mem::{size_of, size_of_val};
use std::sync::Arc;

/// What a value weighs, and whether all of it could be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Bytes.
    pub bytes: usize,
    /// Whether every part was weighed. If not, a part whose type has no [`Weigh`] counts with its `size_of` alone, and the
    /// domain's weight is reported as unknown.
    pub is_known: bool,
}

impl Weight {
    /// A weight of which every part was seen.
    #[must_use]
    pub const fn known(bytes: usize) -> Self {
        Self {
            bytes,
            is_known: true,
        }
    }

    /// A weight of which some part could not be seen.
    #[must_use]
    pub const fn unknown(bytes: usize) -> Self {
        Self {
            bytes,
            is_known: false,
        }
    }

    /// Adds another part.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            is_known: self.is_known && other.is_known,
        }
    }
}

/// A type whose memory outside its own `size_of` is known. `#[derive(Schema)]` and `#[derive(Cacheable)]` implement it.
///
/// # Example
/// ```
/// use cache_facade::{Weigh, Weight};
/// assert_eq!(7_u64.heap(), Weight::known(0));
/// assert_eq!(String::from("Jita").heap(), Weight::known(4));
/// assert_eq!(vec![1_u32, 2].heap(), Weight::known(8));
/// ```
pub trait Weigh {
    /// Returns the bytes that the value owns on the heap.
    fn heap(&self) -> Weight;
}

macro_rules! no_heap {
    ($($type:ty),* $(,)?) => {$(
        impl Weigh for $type {
            fn heap(&self) -> Weight {
                Weight::known(0)
            }
        }
    )*};
}

no_heap! {
    bool, char, (), u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64,
    std::time::Duration, std::time::SystemTime, std::net::IpAddr, std::net::Ipv4Addr, std::net::Ipv6Addr, std::net::SocketAddr,
    std::num::NonZeroU8, std::num::NonZeroU16, std::num::NonZeroU32, std::num::NonZeroU64, std::num::NonZeroU128,
    std::num::NonZeroI8, std::num::NonZeroI16, std::num::NonZeroI32, std::num::NonZeroI64, std::num::NonZeroI128,
}

impl Weigh for String {
    fn heap(&self) -> Weight {
        Weight::known(self.capacity())
    }
}

/// What is borrowed belongs to somebody else.
impl<T: ?Sized> Weigh for &T {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

impl<T: ?Sized> Weigh for std::marker::PhantomData<T> {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

impl<B: ToOwned<Owned: Weigh> + ?Sized> Weigh for std::borrow::Cow<'_, B> {
    fn heap(&self) -> Weight {
        match self {
            Self::Borrowed(_) => Weight::known(0),
            Self::Owned(owned) => owned.heap(),
        }
    }
}

impl Weigh for str {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

impl Weigh for std::path::PathBuf {
    fn heap(&self) -> Weight {
        Weight::known(self.capacity())
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn heap(&self) -> Weight {
        self.as_ref().map_or(Weight::known(0), Weigh::heap)
    }
}

impl<T: Weigh, E: Weigh> Weigh for Result<T, E> {
    fn heap(&self) -> Weight {
        match self {
            Ok(value) => value.heap(),
            Err(error) => error.heap(),
        }
    }
}

impl<T: Weigh + ?Sized> Weigh for Box<T> {
    fn heap(&self) -> Weight {
        Weight::known(size_of_val(&**self)).plus((**self).heap())
    }
}

impl<T: Weigh + ?Sized> Weigh for Arc<T> {
    /// Counts what is shared in full, with the two counts beside it.
    fn heap(&self) -> Weight {
        Weight::known(size_of_val(&**self) + 2 * size_of::<usize>()).plus((**self).heap())
    }
}

impl<T: Weigh> Weigh for [T] {
    fn heap(&self) -> Weight {
        sum(self.iter())
    }
}

impl<T: Weigh, const N: usize> Weigh for [T; N] {
    fn heap(&self) -> Weight {
        sum(self.iter())
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn heap(&self) -> Weight {
        Weight::known(self.capacity() * size_of::<T>()).plus(sum(self.iter()))
    }
}

impl<T: Weigh> Weigh for VecDeque<T> {
    fn heap(&self) -> Weight {
        Weight::known(self.capacity() * size_of::<T>()).plus(sum(self.iter()))
    }
}

/// One byte of control per slot, and the slots (hashbrown's layout).
const fn table(capacity: usize, slot: usize) -> Weight {
    Weight::known(capacity.saturating_mul(8) / 7 * (slot + 1))
}

impl<T: Weigh, S> Weigh for HashSet<T, S> {
    fn heap(&self) -> Weight {
        table(self.capacity(), size_of::<T>()).plus(sum(self.iter()))
    }
}

impl<K: Weigh, V: Weigh, S> Weigh for HashMap<K, V, S> {
    fn heap(&self) -> Weight {
        table(self.capacity(), size_of::<(K, V)>())
            .plus(sum(self.keys()))
            .plus(sum(self.values()))
    }
}

impl<T: Weigh> Weigh for BTreeSet<T> {
    fn heap(&self) -> Weight {
        nodes(self.len(), size_of::<T>()).plus(sum(self.iter()))
    }
}

impl<K: Weigh, V: Weigh> Weigh for BTreeMap<K, V> {
    fn heap(&self) -> Weight {
        nodes(self.len(), size_of::<(K, V)>())
            .plus(sum(self.keys()))
            .plus(sum(self.values()))
    }
}

/// Nodes hold 11 slots and are about two thirds full (the standard library's `B` is 6).
const fn nodes(len: usize, slot: usize) -> Weight {
    Weight::known(len.saturating_mul(slot + 4).saturating_mul(3) / 2)
}

fn sum<'a, T: Weigh + 'a>(parts: impl Iterator<Item = &'a T>) -> Weight {
    parts.fold(Weight::known(0), |total, part| total.plus(part.heap()))
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))*) => {$(
        impl<$($part: Weigh),+> Weigh for ($($part,)+) {
            fn heap(&self) -> Weight {
                Weight::known(0)$(.plus(self.$index.heap()))+
            }
        }
    )*};
}

tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5) }

/// What the derives call: weighs a field whose type has [`Weigh`], and reports any other as unknown.
///
/// The first trait is found by value, the second only by one more reference, so the known weight wins where there is one.
pub mod derived {
    use super::{Weigh, Weight};

    /// A field.
    #[derive(Debug)]
    pub struct Field<'a, T: ?Sized>(pub &'a T);

    /// Fields that can be weighed.
    pub trait Known {
        /// Weighs the field's heap.
        fn weigh(&self) -> Weight;
    }

    impl<T: Weigh + ?Sized> Known for Field<'_, T> {
        fn weigh(&self) -> Weight {
            self.0.heap()
        }
    }

    /// Every other field.
    pub trait Unknown {
        /// Says that the heap is unknown.
        fn weigh(&self) -> Weight;
    }

    impl<T: ?Sized> Unknown for &Field<'_, T> {
        fn weigh(&self) -> Weight {
            Weight::unknown(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::derived::{Field, Known as _, Unknown as _};
    use super::*;

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the derive borrows, since only so both traits are in reach"
    )]
    fn a_field_without_a_weight_makes_the_whole_unknown() {
        struct Opaque;
        let known = (&Field(&String::from("abc"))).weigh();
        let unknown = (&Field(&Opaque)).weigh();
        assert_eq!(known, Weight::known(3));
        assert_eq!(known.plus(unknown), Weight::unknown(3));
    }

    #[test]
    fn nested_heap_is_counted_in_full() {
        let value = vec![Some(String::with_capacity(10)), None];
        assert_eq!(
            value.heap(),
            Weight::known(2 * size_of::<Option<String>>() + 10)
        );
    }
}
