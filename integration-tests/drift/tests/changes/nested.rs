//! A type two levels down changes, and nothing that is written in the domain's own type does.

use crate::prelude::*;

/// A version of the same three types, of which only the innermost differs.
macro_rules! version {
    ($name:ident, $first:ident, $second:ident) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "killmail")]
            pub(crate) struct Killmail {
                pub(crate) id: u64,
                pub(crate) victim: Victim,
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Victim {
                pub(crate) damage: u32,
                pub(crate) position: Position,
            }

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Position {
                pub(crate) $first: f64,
                pub(crate) $second: f64,
            }

            pub(crate) fn killmail() -> Killmail {
                Killmail {
                    id: 7,
                    victim: Victim {
                        damage: 4_000,
                        position: Position { x: 1.5, y: -2.5 },
                    },
                }
            }
        }
    };
}

version!(before, x, y);
version!(after, y, x);

#[test]
fn a_change_two_levels_down_never_meets() {
    never_meet(&[before::killmail()], &[after::killmail()], EVERY);
}

#[test]
fn without_the_envelope_a_binary_codec_reads_a_wrong_value_two_levels_down() {
    for codec in [Bincode, Postcard] {
        let wrong: after::Killmail =
            misread(codec, &before::killmail()).expect("decodes without an error");
        assert_eq!(
            wrong.victim.position,
            after::Position { y: 1.5, x: -2.5 },
            "{codec:?}"
        );
    }
}
