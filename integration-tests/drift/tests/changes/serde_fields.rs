//! Attributes of serde that change whether and how a field is written.

use std::collections::BTreeMap;

use crate::prelude::*;

/// A version of the same struct, with these attributes on its second field.
macro_rules! version {
    ($name:ident $(, $on_field:meta)*) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "pilot")]
            pub(crate) struct Pilot {
                pub(crate) name: String,
                $(#[$on_field])*
                pub(crate) bounty: u64,
                pub(crate) medals: Vec<u8>,
            }

            pub(crate) fn pilot(bounty: u64) -> Pilot {
                Pilot {
                    name: "CCP Alpha".to_owned(),
                    bounty,
                    medals: vec![0],
                }
            }
        }
    };
}

version!(before);
version!(skipped, serde(skip));
version!(not_written, serde(skip_serializing, default));
version!(not_read, serde(skip_deserializing));
version!(
    not_always_written,
    serde(
        skip_serializing_if = "crate::serde_fields::is_zero",
        default
    )
);
version!(filled_in, serde(default));
version!(
    filled_in_by,
    serde(default = "crate::serde_fields::million")
);
version!(as_text, serde(with = "crate::serde_fields::text"));
version!(
    written_as_text,
    serde(serialize_with = "crate::serde_fields::text::serialize")
);
version!(
    read_as_text,
    serde(deserialize_with = "crate::serde_fields::text::deserialize")
);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn million() -> u64 {
    1_000_000
}

/// Writes numbers as texts.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&number.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[test]
fn a_skipped_field_never_meets() {
    never_meet(&[before::pilot(7)], &[skipped::pilot(0)], EVERY);
}

#[test]
fn a_field_skipped_one_way_never_meets() {
    never_meet(
        &[before::pilot(7)],
        &[not_written::pilot(0)],
        SELF_DESCRIBING,
    );
    never_meet(&[before::pilot(7)], &[not_read::pilot(0)], SELF_DESCRIBING);
}

#[test]
fn a_field_that_may_be_left_out_never_meets() {
    never_meet(
        &[before::pilot(7), before::pilot(0)],
        &[not_always_written::pilot(0), not_always_written::pilot(7)],
        SELF_DESCRIBING,
    );
}

/// The limit of every schema: what a codec cannot read back, it misreads at the very same shape. `skip_serializing_if`
/// and its like need a codec that names fields (traps 42 and 43).
#[test]
fn a_binary_codec_misreads_what_was_left_out_whatever_the_schema() {
    let written = not_always_written::pilot(0);
    for codec in [Bincode, Postcard] {
        let wrong: not_always_written::Pilot =
            misread(codec, &written).expect("decodes without an error");
        assert_eq!((wrong.bounty, wrong.medals), (1, vec![]), "{codec:?}");
    }
    assert_eq!(misread(Json, &written), Some(written));
}

#[test]
fn a_default_never_meets() {
    never_meet(&[before::pilot(7)], &[filled_in::pilot(7)], EVERY);
    never_meet(&[filled_in::pilot(7)], &[filled_in_by::pilot(7)], EVERY);
}

#[test]
fn another_way_of_writing_never_meets() {
    never_meet(&[before::pilot(7)], &[as_text::pilot(7)], EVERY);
    never_meet(&[before::pilot(7)], &[written_as_text::pilot(7)], &[]);
    never_meet(&[before::pilot(7)], &[read_as_text::pilot(7)], &[]);
}

mod flat {
    use super::BTreeMap;
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Type {
        pub(crate) name: String,
        #[serde(flatten)]
        pub(crate) more: BTreeMap<String, u32>,
    }
}

mod nested {
    use super::BTreeMap;
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Type {
        pub(crate) name: String,
        pub(crate) more: BTreeMap<String, u32>,
    }
}

#[test]
fn a_flattened_field_never_meets() {
    let more: BTreeMap<String, u32> = [("mass".to_owned(), 7)].into();
    let before = nested::Type {
        name: "Rifter".to_owned(),
        more: more.clone(),
    };
    let after = flat::Type {
        name: "Rifter".to_owned(),
        more,
    };
    never_meet(&[before], &[after], SELF_DESCRIBING);
}
