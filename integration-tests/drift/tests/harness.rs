//! That the harness can fail: two versions that lie about their schema.

use cache_core::CodecKind;
use cache_facade::Schema;
use drift_tests::never_meet;
use serde::{Deserialize, Serialize};

mod before {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize, Schema)]
    #[cacheable(opaque = "never changed")]
    pub(super) struct Pilot {
        pub(super) corporation_id: u32,
        pub(super) alliance_id: u32,
    }
}

mod after {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize, Schema)]
    #[cacheable(opaque = "never changed")]
    pub(super) struct Pilot {
        pub(super) alliance_id: u32,
        pub(super) corporation_id: u32,
    }
}

fn before() -> before::Pilot {
    before::Pilot {
        corporation_id: 1,
        alliance_id: 2,
    }
}

#[test]
#[should_panic(expected = "the fingerprint did not move")]
fn a_fingerprint_that_did_not_move_is_seen() {
    let after = after::Pilot {
        alliance_id: 2,
        corporation_id: 1,
    };
    never_meet(&[before()], &[after], &CodecKind::ALL);
}

/// A shape that no codec but JSON reads back is not said to be read by all.
#[test]
#[should_panic(expected = "Bincode")]
fn a_value_that_is_not_read_back_is_seen() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, Schema)]
    #[serde(untagged)]
    enum Either {
        Left(u8),
    }
    never_meet(&[before()], &[Either::Left(1)], &CodecKind::ALL);
}
