//! The record of the releases that are at work: who is listed, and what happens when it is lost, damaged or out of reach.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    AnyBackend, Backend, CodecKind, Condition, Entry, Epoch, ErrorKind, Found, Judge, Key,
    Lifetime, Meta, OwnedKey, Payload, RESERVED_DOMAIN, Space, Timestamp, Ttl,
};
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, MissReason, domain};
use integration_tests::RedisServer;

use crate::releases::{First, Keeps, Source, Swapped, on, start};

struct Place {
    server: RedisServer,
    config: CacheConfig,
    store: AnyBackend,
    record: OwnedKey,
}

impl Place {
    fn new() -> Self {
        let server = RedisServer::start().unwrap();
        let config = on(&server);
        let space = Space::new(&config.namespace, RESERVED_DOMAIN, 0).unwrap();
        let key = Key::new(&space, Epoch::UNVERSIONED, b"live:character").unwrap();
        Self {
            record: key.to_owned(),
            store: config.open_backend(&Judge::default()).unwrap(),
            config,
            server,
        }
    }

    async fn text(&self) -> Option<String> {
        match self.store.get(self.record.as_key()).await.unwrap() {
            Found::Entry(Entry {
                payload: Payload::Encoded(bytes),
                ..
            }) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            _ => None,
        }
    }

    async fn lists(&self, release: &str) -> bool {
        let text = self.text().await.unwrap_or_default();
        text.contains(&format!(r#""release":"{release}""#))
    }

    /// Writes something else in place of the record.
    async fn write(&self, bytes: &'static [u8]) {
        let now = Timestamp::from_millis(1);
        let meta = Meta::new(now, Lifetime::starting(now, Ttl::Never, Duration::ZERO));
        let entry = Entry::encoded(meta, CodecKind::Json, bytes.into());
        let put = self
            .store
            .put(self.record.as_key(), entry, Condition::Always);
        put.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_is_listed_and_a_clear_leaves_the_record() {
    let place = Place::new();
    let process = start::<First>(&place.config, "1.4.0");
    assert_eq!(place.text().await, None, "building a cache needs no store");
    assert_eq!(process.get(1).await, None);
    assert!(place.lists("1.4.0").await);
    process.clear().await;
    assert!(place.lists("1.4.0").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_enter_at_the_same_time_are_all_listed() {
    let place = Place::new();
    let names: Vec<String> = (0..20).map(|patch| format!("1.4.{patch}")).collect();
    let entering: Vec<_> = names
        .iter()
        .map(|name| {
            let process = start::<First>(&place.config, name);
            tokio::spawn(async move { process.get(1).await })
        })
        .collect();
    for one in entering {
        assert_eq!(one.await.unwrap(), None);
    }
    for name in names {
        assert!(place.lists(&name).await, "{name}");
    }
}

/// A lost record: who changes something finds that it is gone, and is listed again before it reads; everybody acts meanwhile
/// on the addresses that it knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_record_is_written_again_and_nobody_is_forgotten() {
    let place = Place::new();
    let source = Arc::new(Source::default());
    let old = start::<First>(&place.config, "1.4.0");
    let new = start::<Swapped>(&place.config, "2.0.0");
    old.load(1, &source).await;
    new.load(1, &source).await;
    old.invalidate(2).await;
    place
        .store
        .remove(place.record.as_key(), None)
        .await
        .unwrap();
    source.grow(1);
    old.invalidate(1).await;
    assert_eq!(new.load(1, &source).await, 1, "reached without the record");
    assert_eq!(old.load(1, &source).await, 1);
    assert!(place.lists("1.4.0").await);
}

/// Who enters again after a loss, alone or after somebody who knew nobody, still reaches whom it knew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_enters_again_brings_back_whom_it_knew() {
    for begun_anew_by in [None, Some("2.0.1"), Some("2.0.0")] {
        let place = Place::new();
        let source = Arc::new(Source::default());
        let old = start::<First>(&place.config, "1.4.0");
        let new = start::<Swapped>(&place.config, "2.0.0");
        old.load(1, &source).await;
        new.load(1, &source).await;
        new.invalidate(2).await;
        let lost = place.store.remove(place.record.as_key(), None).await;
        lost.unwrap();
        if let Some(release) = begun_anew_by {
            let third = start::<Swapped>(&place.config, release);
            third.get(3).await;
            assert!(!place.lists("1.4.0").await);
        }
        // The first one learns of it.
        new.invalidate(2).await;
        new.invalidate(2).await;
        source.grow(1);
        new.invalidate(1).await;
        assert_eq!(old.load(1, &source).await, 1, "{begun_anew_by:?}");
        new.get(3).await;
        assert!(place.lists("1.4.0").await && place.lists("2.0.0").await);
        // So do others from now on.
        let fourth = start::<Swapped>(&place.config, "2.0.2");
        fourth.get(3).await;
        source.grow(1);
        fourth.invalidate(1).await;
        assert_eq!(old.load(1, &source).await, 2, "{begun_anew_by:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_is_told_and_never_a_wrong_answer() {
    let place = Place::new();
    let builder = Cache::builder()
        .config(place.config.clone())
        .release("1.4.0");
    let cache = builder.domain(domain::<First>()).build().unwrap();
    let characters = cache.domain::<First>().unwrap();
    for bytes in [&b""[..], b"{", b"{\"rows\":7}", b"\xff\xfe"] {
        place.write(bytes).await;
        for error in [
            characters.get(1).await.unwrap_err(),
            characters.put(1, First::of(1)).await.unwrap_err(),
            characters.invalidate(1).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Codec, "{error}");
            assert!(error.to_string().contains("record of releases"), "{error}");
        }
        // Whoever has a loader is served.
        let loaded =
            characters.get_or_load_with(1, |_| async { Ok::<_, std::io::Error>(First::of(5)) });
        assert_eq!(loaded.await.unwrap().unwrap().number(), 5);
    }
    place
        .store
        .remove(place.record.as_key(), None)
        .await
        .unwrap();
    characters.put(1, First::of(6)).await.unwrap();
    assert_eq!(characters.get(1).await.unwrap().unwrap().number(), 6);
}

/// A store that is away when a process starts: it serves by its loaders, and takes part once the store is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_could_not_be_listed_stores_nothing() {
    let place = Place::new();
    place.server.pause().unwrap();
    let mut config = place.config.clone();
    config.deadline = Duration::from_millis(100);
    let builder = Cache::builder().config(config).release("1.4.0");
    let cache = builder.domain(domain::<First>()).build().unwrap();
    let characters = cache.domain::<First>().unwrap();
    let loaded =
        characters.get_or_load_with(1, |_| async { Ok::<_, std::io::Error>(First::of(5)) });
    assert_eq!(loaded.await.unwrap().unwrap().number(), 5);
    place.server.resume().unwrap();
    let found = loop {
        // The line to a server that was paused is made anew.
        if let Ok(found) = characters.lookup(1).await {
            break found;
        }
    };
    let is_absent = matches!(found, cache_facade::Lookup::Miss(MissReason::Absent));
    assert!(is_absent, "stored though it was not listed");
    let loaded =
        characters.get_or_load_with(1, |_| async { Ok::<_, std::io::Error>(First::of(6)) });
    assert_eq!(loaded.await.unwrap().unwrap().number(), 6);
    assert!(place.lists("1.4.0").await);
    assert_eq!(characters.get(1).await.unwrap().unwrap().number(), 6);
}
