//! Clearing a namespace harms none whose name is like it, on each kind of Redis.

use std::time::Duration;

use backend_redis::{RedisBackend, RedisBuilder};
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Judge, Key, Lifetime, Meta, OwnedKey, Scope,
    Space, Ttl,
};
use integration_tests::{RedisServer, SharedCluster, SharedSentinel};

use crate::setup::Place;

fn builder() -> RedisBuilder {
    RedisBackend::builder().deadline(Duration::from_secs(10))
}

async fn put(backend: &RedisBackend, namespace: &str, id: u8) -> OwnedKey {
    let judge = Judge::default();
    let space = Space::new(namespace, "system", 1).unwrap();
    let id = [id];
    let key = Key::new(&space, Epoch::UNVERSIONED, &id).unwrap();
    let now = judge.clock().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO);
    let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, "1".into());
    backend.put(key, entry, Condition::Always).await.unwrap();
    key.to_owned()
}

async fn only_the_cleared_one_goes<P: Place>() {
    let place = match P::start() {
        Ok(place) => place,
        Err(why) => panic!("{why}"),
    };
    let backend = place.reached(builder()).build().unwrap();
    // Others may use the same servers.
    let app = format!("siblings{}", std::process::id());
    let siblings = [
        format!("{app}2"),
        format!("{app}*"),
        format!("{}?", app.trim_end_matches(|c: char| c.is_ascii_digit())),
        format!("[{app}]"),
        format!("{app}:x"),
        format!("{app}%2A"),
        format!("{app}\\"),
    ];
    for id in 0..50 {
        put(&backend, &app, id).await;
        for sibling in &siblings {
            put(&backend, sibling, id).await;
        }
    }
    backend.clear(Scope::namespace(&app)).await.unwrap();
    assert_eq!(backend.count(Scope::namespace(&app)).await.unwrap(), 0);
    for sibling in &siblings {
        let scope = Scope::namespace(sibling);
        assert_eq!(backend.count(scope).await.unwrap(), 50, "{sibling}");
        backend.clear(scope).await.unwrap();
    }
}

#[tokio::test]
async fn on_one_server() {
    only_the_cleared_one_goes::<RedisServer>().await;
}

#[tokio::test]
async fn in_a_cluster() {
    only_the_cleared_one_goes::<SharedCluster>().await;
}

#[tokio::test]
async fn behind_sentinels() {
    only_the_cleared_one_goes::<SharedSentinel>().await;
}
