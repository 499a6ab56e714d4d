//! A type that holds itself, and something else beside.

use crate::prelude::*;

/// A version of the same types.
macro_rules! version {
    ($name:ident, $($part:tt)*) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Part {
                $($part)*
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "group")]
            pub(crate) struct Group {
                pub(crate) id: u32,
                #[cacheable(recursive)]
                pub(crate) groups: Vec<(Part, Group)>,
            }
        }
    };
}

version!(before, pub(crate) first: u8, pub(crate) second: u8);
version!(after, pub(crate) second: u8, pub(crate) first: u8);

#[test]
fn a_change_beside_what_recurs_never_meets() {
    let before = before::Group {
        id: 1,
        groups: vec![(
            before::Part {
                first: 1,
                second: 2,
            },
            before::Group {
                id: 2,
                groups: vec![],
            },
        )],
    };
    let after = after::Group {
        id: 1,
        groups: vec![(
            after::Part {
                first: 1,
                second: 2,
            },
            after::Group {
                id: 2,
                groups: vec![],
            },
        )],
    };
    for codec in [Bincode, Postcard] {
        let wrong: after::Group = misread(codec, &before).expect("decodes without an error");
        let part = &wrong.groups[0].0;
        assert_eq!((part.first, part.second), (2, 1), "{codec:?}");
    }
    never_meet(&[before], &[after], EVERY);
}
