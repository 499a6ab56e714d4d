//! As much of the facade as the expansions name: this crate may depend on no other of ours.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::use_self,
    reason = "each test uses a part of it"
)]

use std::time::Duration;

#[diagnostic::on_unimplemented(
    message = "the cache cannot see when `{Self}` changes: it has no `Schema`",
    label = "has no `Schema`",
    note = "a type of your own: add `#[derive(Schema)]` to it",
    note = "a type from elsewhere: add `#[cacheable(opaque = \"v1\")]` to the field, and change the text whenever its bytes change"
)]
pub trait Schema {
    const FINGERPRINT: u64;
}

pub mod schema {
    #[derive(Clone, Copy)]
    pub struct Composer(u64);

    impl Composer {
        pub const fn new(name: &str) -> Self {
            Self(1).text(name)
        }

        pub const fn text(self, text: &str) -> Self {
            let mut state = self.part(text.len() as u64);
            let mut rest = text.as_bytes();
            while let [first, tail @ ..] = rest {
                state = state.part(*first as u64);
                rest = tail;
            }
            state
        }

        pub const fn part(self, part: u64) -> Self {
            Self((self.0 ^ part).wrapping_mul(0x0000_0100_0000_01b3))
        }

        pub const fn finish(self) -> u64 {
            self.0
        }
    }
}

macro_rules! schemas {
    ($($type:ty),*) => {$(
        impl Schema for $type {
            const FINGERPRINT: u64 = schema::Composer::new(stringify!($type)).finish();
        }
    )*};
}
schemas! { u8, u32, String, str }

impl<T: Schema + ?Sized> Schema for &T {
    const FINGERPRINT: u64 = T::FINGERPRINT;
}

impl<T: Schema> Schema for Vec<T> {
    const FINGERPRINT: u64 = schema::Composer::new("Vec").part(T::FINGERPRINT).finish();
}

impl<T: Schema> Schema for Option<T> {
    const FINGERPRINT: u64 = schema::Composer::new("Option")
        .part(T::FINGERPRINT)
        .finish();
}

impl<A: Schema, B: Schema> Schema for (A, B) {
    const FINGERPRINT: u64 = schema::Composer::new("pair")
        .part(A::FINGERPRINT)
        .part(B::FINGERPRINT)
        .finish();
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    const FINGERPRINT: u64 = schema::Composer::new("array")
        .part(N as u64)
        .part(T::FINGERPRINT)
        .finish();
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    #[default]
    Default,
    After(Duration),
    Never,
}

pub trait Cacheable: Schema + Send + Sync + 'static {
    const DOMAIN: &'static str;
    const TTL: Ttl = Ttl::Default;
    const NEGATIVE_TTL: Option<Duration> = None;
    const UNVERSIONED: bool = false;
    fn weight(&self) -> weight::Weight;
}

pub mod weight {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Weight {
        pub bytes: usize,
        pub is_known: bool,
    }

    impl Weight {
        pub const fn known(bytes: usize) -> Self {
            Self {
                bytes,
                is_known: true,
            }
        }

        pub const fn unknown(bytes: usize) -> Self {
            Self {
                bytes,
                is_known: false,
            }
        }

        pub const fn plus(self, other: Self) -> Self {
            Self {
                bytes: self.bytes + other.bytes,
                is_known: self.is_known && other.is_known,
            }
        }
    }

    pub trait Weigh {
        fn heap(&self) -> Weight;
    }

    impl Weigh for u8 {
        fn heap(&self) -> Weight {
            Weight::known(0)
        }
    }

    impl Weigh for u32 {
        fn heap(&self) -> Weight {
            Weight::known(0)
        }
    }

    impl Weigh for str {
        fn heap(&self) -> Weight {
            Weight::known(0)
        }
    }

    impl Weigh for &'static str {
        fn heap(&self) -> Weight {
            Weight::known(0)
        }
    }

    impl<T: Weigh> Weigh for Option<T> {
        fn heap(&self) -> Weight {
            self.as_ref().map_or(Weight::known(0), Weigh::heap)
        }
    }

    impl Weigh for String {
        fn heap(&self) -> Weight {
            Weight::known(self.capacity())
        }
    }

    impl<T: Weigh> Weigh for Vec<T> {
        fn heap(&self) -> Weight {
            let slots = Weight::known(self.capacity() * size_of::<T>());
            self.iter()
                .fold(slots, |total, each| total.plus(each.heap()))
        }
    }

    impl<T: Weigh, const N: usize> Weigh for [T; N] {
        fn heap(&self) -> Weight {
            let nothing = Weight::known(0);
            self.iter()
                .fold(nothing, |total, each| total.plus(each.heap()))
        }
    }

    impl<A: Weigh, B: Weigh> Weigh for (A, B) {
        fn heap(&self) -> Weight {
            self.0.heap().plus(self.1.heap())
        }
    }

    pub mod derived {
        use super::{Weigh, Weight};

        pub struct Field<'a, T: ?Sized>(pub &'a T);

        pub trait Known {
            fn weigh(&self) -> Weight;
        }

        impl<T: Weigh + ?Sized> Known for Field<'_, T> {
            fn weigh(&self) -> Weight {
                self.0.heap()
            }
        }

        pub trait Unknown {
            fn weigh(&self) -> Weight;
        }

        impl<T: ?Sized> Unknown for &Field<'_, T> {
            fn weigh(&self) -> Weight {
                Weight::unknown(0)
            }
        }
    }
}
