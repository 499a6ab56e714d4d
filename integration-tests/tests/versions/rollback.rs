//! One release after the other on one store, and back.

use std::sync::Arc;

use cache_facade::config::CacheConfig;
use integration_tests::{RedisServer, namespace_of_its_own};
use tempfile::TempDir;

use crate::releases::{First, Source, Swapped, on, start};

fn sled(directory: &TempDir) -> CacheConfig {
    let url = format!("sled://{}/cache", directory.path().display());
    let mut config = CacheConfig::from_url(&url).unwrap();
    config.namespace = namespace_of_its_own("rollback");
    config
}

/// 1.4.0 fills the cache, 2.0.0 runs and changes the lower half of the ids in every way, and 1.4.0 is back.
async fn a_rollback_finds_what_was_there_but_for_what_changed(config: &CacheConfig) {
    let source = Arc::new(Source::default());
    let first = start::<First>(config, "1.4.0");
    for id in 0..Source::IDS {
        assert_eq!(first.load(id, &source).await, 0);
    }
    first.close().await;

    let second = start::<Swapped>(config, "2.0.0");
    for id in 0..Source::IDS {
        assert_eq!(second.get(id).await, None, "of another major release");
    }
    second.put(0, source.grow(0)).await;
    source.grow(1);
    second.invalidate(1).await;
    second.update(2, source.grow(2)).await;
    source.grow(3);
    second.expire(3).await;
    second.close().await;

    let back = start::<First>(config, "1.4.0");
    for id in 0..Source::IDS {
        let expected = (id >= 4).then_some(0);
        assert_eq!(
            back.get(id).await,
            expected,
            "{id} at once after the rollback"
        );
        assert_eq!(back.load(id, &source).await, source.now(id));
    }
    assert_eq!(back.loads(), 4);
    back.close().await;

    let again = start::<Swapped>(config, "2.0.0");
    for id in 0..Source::IDS {
        // Its own put and update are still there, and what 1.4.0 loaded meanwhile has removed nothing.
        let expected = [0, 2].contains(&id).then(|| source.now(id));
        assert_eq!(again.get(id).await, expected, "{id}");
    }
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    let server = RedisServer::start().unwrap();
    a_rollback_finds_what_was_there_but_for_what_changed(&on(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled() {
    let directory = tempfile::tempdir().unwrap();
    a_rollback_finds_what_was_there_but_for_what_changed(&sled(&directory)).await;
}

/// A patch release with the same type goes on with the values of the one before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_finds_the_cache_warm() {
    let server = RedisServer::start().unwrap();
    let (config, source) = (on(&server), Arc::new(Source::default()));
    let old = start::<First>(&config, "1.4.0");
    for id in 0..Source::IDS {
        old.load(id, &source).await;
    }
    let patch = start::<First>(&config, "1.4.1");
    for id in 0..Source::IDS {
        assert_eq!(patch.get(id).await, Some(0));
    }
    // With another type it has addresses of its own: it neither reads nor removes the other's.
    let other_type = start::<Swapped>(&config, "1.4.2");
    for id in 0..Source::IDS {
        assert_eq!(other_type.get(id).await, None);
        assert_eq!(other_type.load(id, &source).await, 0);
    }
    assert_eq!(old.get_all().await, vec![Some(0); Source::IDS]);
    assert_eq!(patch.get_all().await, vec![Some(0); Source::IDS]);
    assert_eq!(other_type.get_all().await, vec![Some(0); Source::IDS]);
}

/// A process that has read nothing knows of nobody, and its first change reaches the others all the same.
async fn the_first_thing_a_process_does_may_be_a_change(config: &CacheConfig) {
    let source = Arc::new(Source::default());
    let first = start::<First>(config, "1.4.0");
    for id in 0..Source::IDS {
        first.load(id, &source).await;
    }
    first.close().await;
    let changing = start::<Swapped>(config, "2.0.0");
    changing.invalidate(1).await;
    changing.close().await;
    let changing = start::<Swapped>(config, "2.0.0");
    changing.put(2, source.grow(2)).await;
    changing.close().await;
    let back = start::<First>(config, "1.4.0");
    for id in 0..Source::IDS {
        let expected = (![1, 2].contains(&id)).then_some(0);
        assert_eq!(back.get(id).await, expected, "{id}");
    }
    back.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_first_on_redis() {
    let server = RedisServer::start().unwrap();
    the_first_thing_a_process_does_may_be_a_change(&on(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_first_on_sled() {
    let directory = tempfile::tempdir().unwrap();
    the_first_thing_a_process_does_may_be_a_change(&sled(&directory)).await;
}
