//! Reads that many callers want at the same time go out together, and each has its own answer.

use std::time::Duration;

use backend_redis::{RedisBackend, RedisBuilder};
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Found, Judge, Key, Lifetime, Meta, OwnedKey,
    Payload, Reason, Scope, Space, Ttl, address,
};
use integration_tests::{RedisServer, SharedCluster, SharedSentinel};
use redis::cmd;
use tokio::task::JoinSet;

use crate::setup::Place;

const KEYS: u64 = 300;

fn builder() -> RedisBuilder {
    RedisBackend::builder().deadline(Duration::from_secs(10))
}

fn key(run: &str, number: u64) -> OwnedKey {
    let space = Space::new(run, "system", 1).unwrap();
    OwnedKey::new(space, Epoch::UNVERSIONED, number.to_string().as_bytes()).unwrap()
}

async fn put(backend: &RedisBackend, key: Key<'_>, number: u64) {
    let now = Judge::default().clock().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO);
    let value = number.to_string().into();
    let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, value);
    backend.put(key, entry, Condition::Always).await.unwrap();
}

/// Plants a list where an entry of this key would stand, on whichever server takes it.
fn plant_list<P: Place>(place: &P, key: &OwnedKey) {
    let address = address::entry(&key.as_key());
    let is_planted = place.connections().into_iter().any(|connection| {
        let mut connection = connection.unwrap_or_else(|why| panic!("{why}"));
        let mut push = cmd("RPUSH");
        push.arg(&address).arg("x").exec(&mut connection).is_ok()
    });
    assert!(is_planted, "no server took a list");
}

/// Of each three keys one is stored, one is a list, and one is not there.
fn check(number: u64, found: &Found) {
    match (number % 3, found) {
        (0, Found::Entry(entry)) => match &entry.payload {
            Payload::Encoded(value) => assert_eq!(value, number.to_string().as_bytes()),
            other => panic!("{number}: {other:?}"),
        },
        (1, Found::Unreadable(Reason::WrongType)) | (2, Found::Absent) => {}
        (_, other) => panic!("{number}: {other:?}"),
    }
}

async fn each_has_its_own_answer<P: Place>() {
    let place = P::start().unwrap_or_else(|why| panic!("{why}"));
    let backend = place.reached(builder()).build().unwrap();
    // Others may use the same servers.
    let run = format!("gathered{}", std::process::id());
    for number in 0..KEYS {
        match number % 3 {
            0 => put(&backend, key(&run, number).as_key(), number).await,
            1 => plant_list(&place, &key(&run, number)),
            _ => {}
        }
    }
    for _ in 0..20 {
        let (mut staying, mut leaving) = (JoinSet::new(), JoinSet::new());
        for number in 0..KEYS {
            staying.spawn(read(backend.clone(), key(&run, number), number));
            leaving.spawn(read(backend.clone(), key(&run, number), number));
        }
        // These go away while they wait, which the others do not notice.
        tokio::task::yield_now().await;
        drop(leaving);
        while let Some(ended) = staying.join_next().await {
            ended.unwrap();
        }
    }
    backend.clear(Scope::namespace(&run)).await.unwrap();
}

async fn read(backend: RedisBackend, key: OwnedKey, number: u64) {
    let found = backend.get(key.as_key()).await.unwrap();
    check(number, &found);
    let head = backend.head(key.as_key()).await.unwrap();
    assert_eq!(head.is_some(), number.is_multiple_of(3), "{number}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_one_server() {
    each_has_its_own_answer::<RedisServer>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_cluster() {
    each_has_its_own_answer::<SharedCluster>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_sentinels() {
    each_has_its_own_answer::<SharedSentinel>().await;
}
