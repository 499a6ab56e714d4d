//! The suite on the example's backend: what a stranger wrote from the trait's documentation alone is a backend.
#![allow(dead_code, reason = "the example's `main` is not called")]

#[path = "../custom_backend.rs"]
mod custom_backend;

use cache_core::Result;
use cache_testkit::{Env, Setup};
use custom_backend::MapBackend;

struct Map;

impl Setup for Map {
    type Backend = MapBackend;

    async fn open(&self, env: &Env) -> Result<MapBackend> {
        Ok(MapBackend::new(
            env.judge.clone(),
            u32::try_from(env.max_payload).unwrap_or(u32::MAX),
        ))
    }
}

cache_testkit::conformance!(Map);

#[test]
fn the_example_is_shorter_than_a_hundred_lines() {
    assert!(include_str!("../custom_backend.rs").lines().count() < 100);
}
