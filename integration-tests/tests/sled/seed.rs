//! The seed of a test: printed, and repeated by `CACHE_SEED`.

use std::hash::{BuildHasher, RandomState};

/// A seed that no other run has.
pub(crate) fn seed() -> u64 {
    let told = std::env::var("CACHE_SEED").ok();
    let seed = told
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("CACHE_SEED={seed}");
    seed
}
