//! The constants of a domain.

use std::time::Duration;

use cache_derive::Cacheable;

use crate::facade::{Cacheable, Ttl};

#[derive(Cacheable)]
#[cacheable(
    crate = "crate::facade",
    domain = "corporation",
    ttl = "1h30m",
    negative_ttl = "1m",
    unversioned
)]
struct Corporation {
    name: String,
}

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade")]
#[cacheable(domain = "plain")]
struct Plain;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "dedup", ttl = "never")]
struct Mark;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "usual", ttl = "default")]
struct Usual;

#[test]
fn what_is_said_becomes_the_constants() {
    assert_eq!(Corporation::DOMAIN, "corporation");
    assert_eq!(Corporation::TTL, Ttl::After(Duration::from_secs(5_400)));
    assert_eq!(Corporation::NEGATIVE_TTL, Some(Duration::from_secs(60)));
    const { assert!(Corporation::UNVERSIONED) }
}

#[test]
fn what_is_not_said_is_left_to_the_trait() {
    assert_eq!(Plain::DOMAIN, "plain");
    assert_eq!((Plain::TTL, Plain::NEGATIVE_TTL), (Ttl::Default, None));
    const { assert!(!Plain::UNVERSIONED) }
}

#[test]
fn a_ttl_may_be_a_word() {
    assert_eq!((Mark::TTL, Usual::TTL), (Ttl::Never, Ttl::Default));
}
