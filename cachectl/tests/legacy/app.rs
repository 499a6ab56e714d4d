//! The application's next release, on the cache: what it is listed with, what it reads, and what it changes.

use std::collections::HashMap;
use std::time::Duration;

use cache_core::{AnyBackend, Backend, Judge, Meta, Scope};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Cached, Domain};
use eve::Kind;
use eve::cache::EveCache;
use eve::esi::{EsiClient, EsiConfig};
use eve::model::{Alliance, Character, Corporation, Killmail, SolarSystem, UniverseType};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::place::{NAMESPACE, Place};
use crate::planted::Planted;

/// A process of a release.
pub(crate) struct App {
    runtime: Runtime,
    pub(crate) eve: EveCache,
    pub(crate) store: AnyBackend,
    cache: Cache,
}

impl App {
    /// Starts a process, and lets it read once from every domain: so it is listed.
    pub(crate) fn start(place: &Place, release: &str) -> Self {
        let all: Vec<_> = (0..6).map(Planted::of).collect();
        Self::start_reading(place, release, &all)
    }

    /// Starts a process, and lets it read what is not there.
    pub(crate) fn start_reading(place: &Place, release: &str, absent: &[Planted]) -> Self {
        let mut config = CacheConfig::from_url(&place.url()).unwrap();
        config.namespace = NAMESPACE.to_owned();
        config.deadline = Duration::from_secs(10);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // Nobody listens there: what is read here is in the cache or nowhere.
        let esi = EsiConfig {
            base_url: "http://127.0.0.1:9".to_owned(),
            ..EsiConfig::default()
        };
        let esi = EsiClient::new(esi).unwrap();
        let builder = Cache::builder().config(config.clone()).release(release);
        let cache = EveCache::register(builder, &esi).build().unwrap();
        let app = Self {
            eve: EveCache::open(&cache).unwrap(),
            store: config.open_backend(&Judge::default()).unwrap(),
            cache,
            runtime,
        };
        for one in absent {
            assert_eq!(app.get(*one), None, "there before it was moved");
        }
        app
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Waits until what was loaded is stored.
    pub(crate) fn settle(&self) {
        self.run(self.cache.settle());
    }

    /// Reads one value as JSON.
    pub(crate) fn get(&self, one: Planted) -> Option<Value> {
        self.get_all(&[one]).pop().unwrap()
    }

    /// Reads values as JSON.
    pub(crate) fn get_all(&self, all: &[Planted]) -> Vec<Option<Value>> {
        let mut found: Vec<Option<Value>> = vec![None; all.len()];
        for kind in Kind::ALL {
            let of_kind = all.iter().enumerate().filter(|(_, one)| one.kind == kind);
            let (places, ids): (Vec<usize>, Vec<String>) =
                of_kind.map(|(place, one)| (place, one.new_id())).unzip();
            let values = self.run(async {
                match kind {
                    Kind::Character => read(self.eve.characters(), ids).await,
                    Kind::Corporation => read(self.eve.corporations(), ids).await,
                    Kind::Alliance => read(self.eve.alliances(), ids).await,
                    Kind::System => read(self.eve.systems(), ids).await,
                    Kind::Type => read(self.eve.types(), ids).await,
                    Kind::Killmail => read(self.eve.killmails(), ids).await,
                }
            });
            for (place, value) in places.into_iter().zip(values) {
                found[place] = value;
            }
        }
        found
    }

    /// Lists the live entries of a domain, by id.
    pub(crate) fn entries(&self, domain: &str) -> HashMap<String, Meta> {
        let pages = self.store.scan(Scope::domain(NAMESPACE, domain));
        let pages: Vec<_> = self.run(pages.try_collect()).unwrap();
        let entries = pages.into_iter().flatten();
        entries
            .map(|(key, meta)| (String::from_utf8(key.as_key().id().to_vec()).unwrap(), meta))
            .collect()
    }
}

async fn read<T: Cacheable + Serialize>(
    domain: &Domain<T>,
    ids: Vec<String>,
) -> Vec<Option<Value>> {
    let mut values = Vec::new();
    for some in ids.chunks(1_000) {
        let found = domain.get_many(some).await.into_iter();
        let shown = |value: Cached<T>| serde_json::to_value(&*value).unwrap();
        values.extend(found.map(|value| value.unwrap().map(shown)));
    }
    values
}

/// What the application makes of an old value, by the type alone.
pub(crate) fn decoded(one: Planted) -> Value {
    fn by<T: Serialize + DeserializeOwned>(body: &str) -> Value {
        serde_json::to_value(serde_json::from_str::<T>(body).unwrap()).unwrap()
    }
    let body = one.body();
    match one.kind {
        Kind::Character => by::<Character>(&body),
        Kind::Corporation => by::<Corporation>(&body),
        Kind::Alliance => by::<Alliance>(&body),
        Kind::System => by::<SolarSystem>(&body),
        Kind::Type => by::<UniverseType>(&body),
        Kind::Killmail => by::<Killmail>(&body),
    }
}
