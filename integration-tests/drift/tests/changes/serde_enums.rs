//! Attributes of serde that change how variants are told apart.

use crate::prelude::*;

/// A version of the same enum, with these attributes on it and on its last variant.
macro_rules! version {
    ($name:ident, [$($on_type:meta),*], [$($on_last:meta),*]) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "sink")]
            $(#[$on_type])*
            pub(crate) enum Sink {
                Ship { id: u32 },
                Structure { owner: u32 },
                $(#[$on_last])*
                Unknown,
            }

            pub(crate) fn sinks() -> [Sink; 3] {
                [Sink::Ship { id: 1 }, Sink::Structure { owner: 2 }, Sink::Unknown]
            }
        }
    };
}

version!(external, [], []);
version!(internal, [serde(tag = "type")], []);
version!(internal_elsewhere, [serde(tag = "kind")], []);
version!(adjacent, [serde(tag = "type", content = "of")], []);
version!(
    adjacent_elsewhere,
    [serde(tag = "type", content = "value")],
    []
);
version!(untagged, [serde(untagged)], []);
version!(one_untagged, [], [serde(untagged)]);
version!(with_other, [serde(tag = "type")], [serde(other)]);

#[test]
fn an_internal_tag_never_meets() {
    never_meet(&external::sinks(), &internal::sinks(), SELF_DESCRIBING);
    never_meet(
        &internal::sinks(),
        &internal_elsewhere::sinks(),
        SELF_DESCRIBING,
    );
}

#[test]
fn an_adjacent_tag_never_meets() {
    never_meet(&external::sinks(), &adjacent::sinks(), SELF_DESCRIBING);
    never_meet(&internal::sinks(), &adjacent::sinks(), SELF_DESCRIBING);
    never_meet(
        &adjacent::sinks(),
        &adjacent_elsewhere::sinks(),
        SELF_DESCRIBING,
    );
}

#[test]
fn no_tag_never_meets() {
    never_meet(&external::sinks(), &untagged::sinks(), SELF_DESCRIBING);
    never_meet(&internal::sinks(), &untagged::sinks(), SELF_DESCRIBING);
    never_meet(&external::sinks(), &one_untagged::sinks(), SELF_DESCRIBING);
}

#[test]
fn a_variant_for_everything_else_never_meets() {
    never_meet(&internal::sinks(), &with_other::sinks(), SELF_DESCRIBING);
}

/// Which is why the fingerprint must see it: without a tag, the first variant that fits is taken.
#[test]
fn without_the_envelope_json_takes_one_variant_for_another() {
    mod renamed {
        use crate::prelude::*;

        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        #[serde(untagged)]
        pub(super) enum Sink {
            Structure {
                #[serde(rename = "id")]
                owner: u32,
            },
            Ship {
                id: u32,
            },
        }
    }
    let written = untagged::Sink::Ship { id: 1 };
    let wrong: renamed::Sink = misread(Json, &written).expect("decodes without an error");
    assert_eq!(wrong, renamed::Sink::Structure { owner: 1 });
    never_meet(
        &[written],
        &[renamed::Sink::Structure { owner: 1 }],
        SELF_DESCRIBING,
    );
    never_meet(&untagged::sinks(), &[renamed::Sink::Ship { id: 1 }], &[]);
}
