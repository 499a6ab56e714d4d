//! The suite of the testkit, on the backend and on its erased twin.

use backend_moka::{MokaBackend, MokaBuilder, Policy};
use cache_core::{AnyBackend, Result};
use cache_testkit::{Env, Setup};

/// What an environment asks for. With a limit, the policy is LRU: what is put is then never refused.
fn builder(env: &Env) -> MokaBuilder {
    let max_payload = u32::try_from(env.max_payload).unwrap_or(u32::MAX);
    let builder = MokaBackend::builder()
        .judge(env.judge.clone())
        .max_payload(max_payload);
    match env.capacity {
        Some(entries) => builder.max_capacity(entries).policy(Policy::Lru),
        None => builder,
    }
}

struct Moka;

impl Setup for Moka {
    type Backend = MokaBackend;

    async fn open(&self, env: &Env) -> Result<MokaBackend> {
        builder(env).build()
    }
}

struct Erased;

impl Setup for Erased {
    type Backend = AnyBackend;

    async fn open(&self, env: &Env) -> Result<AnyBackend> {
        builder(env).build().map(AnyBackend::new)
    }
}

mod moka {
    cache_testkit::conformance!(super::Moka);
}

mod erased {
    cache_testkit::conformance!(super::Erased);
}
