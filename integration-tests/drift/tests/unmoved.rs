//! What changes no byte and no meaning leaves the fingerprint where it is: a release without a drift starts warm.

use cache_facade::{Cacheable, Schema};
use serde::{Deserialize, Serialize};

mod plain {
    use super::*;

    #[derive(Serialize, Deserialize, Cacheable)]
    #[cacheable(domain = "pilot")]
    #[serde(rename_all = "camelCase", tag = "type")]
    struct Pilot {
        #[serde(default, alias = "handle")]
        name: String,
        ship: Option<Box<Ship<u32>>>,
    }

    #[derive(Serialize, Deserialize, Schema)]
    struct Ship<T> {
        kind: T,
    }

    pub(super) const FINGERPRINT: u64 = Pilot::FINGERPRINT;
}

/// Everything that may change without a drift, changed.
mod changed {
    use super::*;

    /// A pilot, described.
    #[derive(Cacheable, Deserialize, Debug, Clone, Serialize)]
    #[serde(tag = "type")]
    #[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a pilot")]
    #[serde(bound = "", crate = "serde")]
    #[cacheable(domain = "capsuleer", ttl = "24h", negative_ttl = "1m", unversioned)]
    #[cacheable(crate = "cache_facade", weight = "Pilot::weigh")]
    #[allow(dead_code, reason = "another attribute")]
    pub(crate) struct Pilot {
        /// The name, described.
        #[serde(alias = "handle")]
        #[serde(default)]
        pub(crate) name: String,
        pub(super) r#ship: Option<Ship<u32>>,
    }

    impl Pilot {
        fn weigh(&self) -> usize {
            self.name.len()
        }
    }

    #[derive(Schema, Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Ship<Kind>
    where
        Kind: Clone,
    {
        kind: Kind,
    }

    pub(super) const FINGERPRINT: u64 = Pilot::FINGERPRINT;
}

#[test]
fn what_changes_no_byte_moves_no_fingerprint() {
    assert_eq!(plain::FINGERPRINT, changed::FINGERPRINT);
}

#[derive(Schema)]
struct Borrowed<'a> {
    name: &'a str,
}

mod owned {
    use super::*;

    #[derive(Schema)]
    pub(super) struct Borrowed {
        pub(super) name: Box<str>,
    }
}

#[test]
fn lifetimes_and_pointers_are_not_seen() {
    assert_eq!(Borrowed::FINGERPRINT, owned::Borrowed::FINGERPRINT);
    let (borrowed, owned) = (Borrowed { name: "a" }, owned::Borrowed { name: "a".into() });
    assert_eq!(borrowed.name, &*owned.name);
}

mod collections {
    use std::collections::{BTreeMap, HashMap, VecDeque};

    use super::*;

    pub(super) mod before {
        use super::*;

        #[derive(Schema)]
        #[allow(dead_code, reason = "only its schema is asked for")]
        pub(crate) struct Book {
            orders: Vec<u32>,
            prices: HashMap<String, u64>,
        }
    }

    pub(super) mod after {
        use super::*;

        #[derive(Schema)]
        #[allow(dead_code, reason = "only its schema is asked for")]
        pub(crate) struct Book {
            orders: VecDeque<u32>,
            prices: BTreeMap<String, u64>,
        }
    }
}

#[test]
fn collections_that_write_the_same_bytes_are_the_same() {
    assert_eq!(
        collections::before::Book::FINGERPRINT,
        collections::after::Book::FINGERPRINT
    );
}
