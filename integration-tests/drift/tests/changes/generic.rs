//! A type changes that stands in the arguments of others.

use crate::prelude::*;

/// A version of the same types, of which only the argument differs.
macro_rules! version {
    ($name:ident, $flag:ty) => {
        mod $name {
            use crate::prelude::*;
            use std::collections::BTreeMap;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Inner {
                pub(crate) flag: $flag,
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "fitting")]
            pub(crate) struct Fitting {
                pub(crate) slots: Vec<Option<Inner>>,
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Hangar {
                pub(crate) ships: BTreeMap<u8, Box<[Inner]>>,
            }

            /// Generic itself.
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "page")]
            pub(crate) struct Page<T> {
                pub(crate) items: Vec<T>,
            }

            pub(crate) fn fitting() -> Fitting {
                Fitting {
                    slots: vec![None, Some(Inner { flag: 12 })],
                }
            }

            pub(crate) fn hangar() -> Hangar {
                Hangar {
                    ships: [(1, vec![Inner { flag: 12 }].into())].into(),
                }
            }

            pub(crate) fn page() -> Page<Inner> {
                Page {
                    items: vec![Inner { flag: 12 }],
                }
            }
        }
    };
}

version!(before, u32);
version!(after, i32);

#[test]
fn a_change_in_an_argument_never_meets() {
    never_meet(&[before::fitting()], &[after::fitting()], EVERY);
    never_meet(&[before::hangar()], &[after::hangar()], EVERY);
}

#[test]
fn a_change_in_an_argument_of_ones_own_type_never_meets() {
    never_meet(&[before::page()], &[after::page()], EVERY);
}

#[test]
fn another_argument_never_meets() {
    let of_numbers = || before::Page {
        items: vec![12_u32],
    };
    let of_signed = || before::Page { items: vec![6_i32] };
    never_meet(&[of_numbers()], &[before::page()], EVERY);
    never_meet(&[of_numbers()], &[of_signed()], EVERY);
    for codec in [Bincode, Postcard] {
        assert_eq!(
            misread(codec, &of_numbers()),
            Some(of_signed()),
            "{codec:?}"
        );
    }
}
