//! Attributes of serde that write another type in place of this one.

use crate::prelude::*;

/// A version of the same wrapper.
macro_rules! wrapper {
    ($name:ident $(, $on_type:meta)*) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            $(#[$on_type])*
            pub(crate) struct Name {
                pub(crate) text: String,
            }

            pub(crate) fn name() -> Name {
                Name {
                    text: "Jita".to_owned(),
                }
            }
        }
    };
}

wrapper!(before);
wrapper!(transparent, serde(transparent));

#[test]
fn a_transparent_type_never_meets() {
    never_meet(&[before::name()], &[transparent::name()], EVERY);
}

/// A version of the same type, written as another one whose fields change places.
macro_rules! proxied {
    ($name:ident, $first:ident, $second:ident) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "place")]
            #[serde(from = "Wire", into = "Wire")]
            pub(crate) struct Place {
                pub(crate) system: u32,
                pub(crate) moon: u32,
            }

            #[derive(Clone, Serialize, Deserialize, Schema)]
            struct Wire {
                $first: u32,
                $second: u32,
            }

            impl From<Wire> for Place {
                fn from(Wire { system, moon }: Wire) -> Self {
                    Self { system, moon }
                }
            }

            impl From<Place> for Wire {
                fn from(Place { system, moon }: Place) -> Self {
                    Self { system, moon }
                }
            }
        }
    };
}

proxied!(wire_before, system, moon);
proxied!(wire_after, moon, system);

/// Nothing that is written in the domain's own type has changed.
#[test]
fn a_change_in_what_is_written_instead_never_meets() {
    let before = wire_before::Place {
        system: 142,
        moon: 4,
    };
    let after = wire_after::Place {
        system: 142,
        moon: 4,
    };
    for codec in [Bincode, Postcard] {
        let wrong: wire_after::Place = misread(codec, &before).expect("decodes without an error");
        assert_eq!((wrong.system, wrong.moon), (4, 142), "{codec:?}");
    }
    never_meet(&[before], &[after], EVERY);
}

mod direct {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
    #[cacheable(domain = "place")]
    pub(crate) struct Place {
        pub(crate) system: u32,
        pub(crate) moon: u32,
    }
}

#[test]
fn writing_another_type_instead_never_meets() {
    let before = direct::Place {
        system: 142,
        moon: 4,
    };
    let after = wire_before::Place {
        system: 142,
        moon: 4,
    };
    never_meet(&[before], &[after], EVERY);
}
