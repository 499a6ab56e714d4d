//! The parts of a tuple change places, or one is added.

use crate::prelude::*;

/// A version of the same types.
macro_rules! version {
    ($name:ident, $pair:ty, $($part:ty),+) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Holder {
                pub(crate) pair: $pair,
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Tuple($(pub(crate) $part),+);
        }
    };
}

version!(before, (u8, u32), u8, u32);
version!(swapped, (u32, u8), u32, u8);
version!(longer, (u8, u32, u8), u8, u32, u8);

#[test]
fn swapped_parts_never_meet() {
    let before = before::Holder { pair: (7, 9) };
    for codec in CodecKind::ALL {
        // JSON writes a tuple as a sequence, so it is no wiser.
        let wrong: swapped::Holder = misread(codec, &before).expect("decodes without an error");
        assert_eq!(
            wrong.pair,
            (7, 9),
            "{codec:?}: the parts have changed their meaning"
        );
    }
    never_meet(&[before], &[swapped::Holder { pair: (7, 9) }], EVERY);
    never_meet(&[before::Tuple(7, 9)], &[swapped::Tuple(7, 9)], EVERY);
}

#[test]
fn an_added_part_never_meets() {
    never_meet(
        &[before::Holder { pair: (7, 9) }],
        &[longer::Holder { pair: (7, 9, 1) }],
        EVERY,
    );
    never_meet(&[before::Tuple(7, 9)], &[longer::Tuple(7, 9, 1)], EVERY);
}
