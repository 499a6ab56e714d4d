//! The suite of the testkit, on the backend limited by entries and by bytes, and on its erased twin.

use backend_moka::{MokaBackend, MokaBuilder, MokaConfig, Policy};
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

/// Limited by bytes: room for the entries of the environment, at the weight 1 and with short ids.
struct ByBytes;

impl Setup for ByBytes {
    type Backend = MokaBackend;

    async fn open(&self, env: &Env) -> Result<MokaBackend> {
        let entries = env.capacity.unwrap_or(100_000);
        let mut config = MokaConfig::default();
        config.max_bytes = Some(entries * u64::from(MokaBackend::ENTRY_OVERHEAD + 16));
        config.max_payload = u32::try_from(env.max_payload).unwrap_or(u32::MAX);
        MokaBackend::new(&config, env.judge.clone())
    }
}

mod moka {
    cache_testkit::conformance!(super::Moka);
}

mod by_bytes {
    cache_testkit::conformance!(super::ByBytes);
}

mod erased {
    cache_testkit::conformance!(super::Erased);
}
