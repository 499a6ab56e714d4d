//! A fingerprint is part of every address on every shared store. How a type composes to it must not change from one
//! release of the derives to the next: that would empty every store, and no test of a single release would notice.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Cacheable)]
#[cacheable(domain = "pilot", ttl = "1h")]
#[serde(rename_all = "camelCase")]
struct Pilot {
    name: String,
    #[serde(default, rename = "hull")]
    ship: Option<Ship<u32, 4>>,
    #[serde(skip)]
    _seen: std::sync::atomic::AtomicU8,
    #[cacheable(opaque = "v1")]
    _place: std::ops::Range<u8>,
}

#[derive(Serialize, Deserialize, Schema)]
struct Ship<T, const N: usize> {
    kind: T,
    slots: Vec<Slot>,
    #[cacheable(recursive)]
    bay: Vec<Self>,
}

#[derive(Serialize, Deserialize, Schema)]
enum Slot {
    Empty,
    Module(u32),
    #[serde(rename = "charge")]
    Charge {
        kind: u32,
        count: u8,
    },
}

#[test]
fn a_struct_an_enum_and_a_generic_type_keep_their_fingerprints() {
    assert_eq!(
        [
            Slot::FINGERPRINT,
            Ship::<u32, 4>::FINGERPRINT,
            Pilot::FINGERPRINT
        ],
        [
            9_682_844_943_196_100_032,
            3_351_016_852_245_185_986,
            14_677_429_231_089_832_075,
        ]
    );
}
