//! Fingerprints of the standard library's types that serde knows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroU128,
};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Composer, Schema};

macro_rules! plain {
    ($($type:ty),* $(,)?) => {$(
        impl Schema for $type {
            const FINGERPRINT: u64 = Composer::new(stringify!($type)).finish();
        }
    )*};
}

plain! {
    bool, char, (), u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, str, String, PathBuf,
    Duration, SystemTime, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr,
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128,
}

/// Pointers are transparent to serde.
macro_rules! transparent {
    ($($pointer:ty),* $(,)?) => {$(
        impl<T: Schema + ?Sized> Schema for $pointer {
            const FINGERPRINT: u64 = T::FINGERPRINT;
        }
    )*};
}

transparent! { &T, Box<T>, Arc<T>, Rc<T> }

impl<T: Schema + ToOwned + ?Sized> Schema for Cow<'_, T> {
    const FINGERPRINT: u64 = T::FINGERPRINT;
}

/// A marker has no bytes, but its type tells two shapes apart.
impl<T: Schema + ?Sized> Schema for PhantomData<T> {
    const FINGERPRINT: u64 = Composer::new("marker").part(T::FINGERPRINT).finish();
}

macro_rules! of_one {
    ($($name:literal $type:ty),* $(,)?) => {$(
        impl<T: Schema> Schema for $type {
            const FINGERPRINT: u64 = Composer::new($name).part(T::FINGERPRINT).finish();
        }
    )*};
}

of_one! {
    "Option" Option<T>, "sequence" Vec<T>, "sequence" [T], "sequence" VecDeque<T>, "sequence" LinkedList<T>,
    "sequence" BinaryHeap<T>, "set" BTreeSet<T>,
}

impl<T: Schema, S> Schema for HashSet<T, S> {
    const FINGERPRINT: u64 = Composer::new("set").part(T::FINGERPRINT).finish();
}

impl<K: Schema, V: Schema, S> Schema for HashMap<K, V, S> {
    const FINGERPRINT: u64 = Composer::new("map")
        .part(K::FINGERPRINT)
        .part(V::FINGERPRINT)
        .finish();
}

impl<K: Schema, V: Schema> Schema for BTreeMap<K, V> {
    const FINGERPRINT: u64 = Composer::new("map")
        .part(K::FINGERPRINT)
        .part(V::FINGERPRINT)
        .finish();
}

impl<T: Schema, E: Schema> Schema for Result<T, E> {
    const FINGERPRINT: u64 = Composer::new("Result")
        .part(T::FINGERPRINT)
        .part(E::FINGERPRINT)
        .finish();
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    const FINGERPRINT: u64 = Composer::new("array")
        .part(N as u64)
        .part(T::FINGERPRINT)
        .finish();
}

macro_rules! tuples {
    ($(($($part:ident)+))*) => {$(
        impl<$($part: Schema),+> Schema for ($($part,)+) {
            const FINGERPRINT: u64 = Composer::new("tuple")$(.part($part::FINGERPRINT))+.finish();
        }
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
    (A B C D E F G H I) (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_differ() {
        let all = [
            u32::FINGERPRINT,
            i32::FINGERPRINT,
            String::FINGERPRINT,
            Option::<u32>::FINGERPRINT,
            Vec::<u32>::FINGERPRINT,
            HashSet::<u32>::FINGERPRINT,
            HashMap::<u32, u32>::FINGERPRINT,
            <[u32; 2]>::FINGERPRINT,
            <[u32; 3]>::FINGERPRINT,
            <(u32, u32)>::FINGERPRINT,
            <(u32,)>::FINGERPRINT,
            <((u32, u32), u32)>::FINGERPRINT,
            <(u32, (u32, u32))>::FINGERPRINT,
            <(u32, u32, u32)>::FINGERPRINT,
        ];
        let distinct: HashSet<_> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(Box::<u32>::FINGERPRINT, u32::FINGERPRINT);
    }
}
