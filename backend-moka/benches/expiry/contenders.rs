//! Plain moka as an application would use it, and the backend's table built with and without what is asked about.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backend_moka::MokaBackend;
use cache_core::{Entry, Epoch, Judge, Key, Lifetime, Meta, OwnedKey, Result, Space, Ttl};
use moka::sync::Cache;
use moka::{Equivalent, Expiry};

const HOUR: Duration = Duration::from_secs(3_600);

/// A small struct, as in a typical domain.
pub(crate) struct Ship {
    _class: u32,
    _mass: f64,
}

pub(crate) fn ship() -> Arc<Ship> {
    Arc::new(Ship {
        _class: 1,
        _mass: 2.0,
    })
}

pub(crate) fn entry(judge: &Judge) -> Entry {
    let now = judge.clock().now();
    let life = Lifetime::starting(now, Ttl::After(HOUR), Duration::ZERO);
    Entry::object(Meta::new(now, life), ship())
}

pub(crate) fn space() -> Result<Space> {
    Space::new("bench", "ships", 1)
}

#[expect(clippy::expect_used, reason = "the ids of the load are short")]
pub(crate) fn key<'a>(space: &'a Space, id: &'a str) -> Key<'a> {
    Key::new(space, Epoch(1), id.as_bytes()).expect("a short id")
}

fn room(keys: usize) -> u64 {
    u64::try_from(keys * 2).unwrap_or(u64::MAX)
}

pub(crate) fn backend(keys: usize) -> Result<MokaBackend> {
    MokaBackend::builder().max_capacity(room(keys)).build()
}

type Plain = Cache<String, Arc<Ship>>;

/// Plain moka with and without an expiry per entry.
pub(crate) fn plain(keys: usize) -> (Plain, Plain) {
    let builder = || Cache::builder().max_capacity(room(keys));
    let hasher = RandomState::new;
    let expiring = builder().expire_after(Hour).build_with_hasher(hasher());
    (expiring, builder().build_with_hasher(hasher()))
}

struct Hour;

impl Expiry<String, Arc<Ship>> for Hour {
    fn expire_after_create(&self, _: &String, _: &Arc<Ship>, _: Instant) -> Option<Duration> {
        Some(HOUR)
    }

    fn expire_after_update(
        &self,
        _: &String,
        _: &Arc<Ship>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(HOUR)
    }
}

/// What the backend's table is built with.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) name: &'static str,
    listener: bool,
    expiry: bool,
}

pub(crate) const FORMS: [Form; 3] = [
    Form {
        name: "its table, no listener",
        listener: false,
        expiry: false,
    },
    Form {
        name: "its table, listener",
        listener: true,
        expiry: false,
    },
    Form {
        name: "its table, listener, moka's Expiry",
        listener: true,
        expiry: true,
    },
];

/// The backend's key, hash and, but for two numbers, value.
type Table = Cache<OwnedKey, (Entry, u64), Carried>;

pub(crate) fn table(keys: usize, form: Form) -> Table {
    let mut builder = Cache::builder().max_capacity(room(keys));
    if form.expiry {
        builder = builder.expire_after(Native(Judge::default()));
    }
    if form.listener {
        builder = builder.eviction_listener(|_, held, _| {
            black_box(&held);
        });
    }
    builder.build_with_hasher(Carried(0))
}

/// moka's expiry as the backend would use it: by what remains and some slack, on an overwrite too.
struct Native(Judge);

impl Native {
    fn remaining(&self, entry: &Entry) -> Option<Duration> {
        let remaining = entry.meta.dead_at.since(self.0.clock().now());
        Some(remaining + Duration::from_secs(2))
    }
}

impl Expiry<OwnedKey, (Entry, u64)> for Native {
    fn expire_after_create(
        &self,
        _: &OwnedKey,
        held: &(Entry, u64),
        _: Instant,
    ) -> Option<Duration> {
        self.remaining(&held.0)
    }

    fn expire_after_update(
        &self,
        _: &OwnedKey,
        held: &(Entry, u64),
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.remaining(&held.0)
    }
}

/// Passes the carried hash through.
#[derive(Clone, Copy)]
pub(crate) struct Carried(u64);

impl BuildHasher for Carried {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Carried {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) struct Lookup<'a>(pub(crate) Key<'a>);

impl Hash for Lookup<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash());
    }
}

impl Equivalent<OwnedKey> for Lookup<'_> {
    fn equivalent(&self, key: &OwnedKey) -> bool {
        self.0 == key.as_key()
    }
}
