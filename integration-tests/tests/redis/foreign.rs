//! Keys that no cache wrote: listed, read and removed as they are, on one server and in a cluster.

use std::collections::BTreeSet;
use std::time::Duration;

use backend_redis::{ForeignKeys, ForeignRemoved, ForeignValue, RedisConfig, Server, Topology};
use cache_core::ErrorKind;
use futures_util::TryStreamExt;
use integration_tests::{RedisServer, SharedCluster, namespace_of_its_own};
use redis::{Cmd, cmd};

use crate::setup::Place;

/// A place that foreign keys can be looked at.
trait Doors: Place {
    fn topology(&self) -> Topology;
}

impl Doors for RedisServer {
    fn topology(&self) -> Topology {
        Topology::Alone(Server::new(self.host(), self.port()))
    }
}

impl Doors for SharedCluster {
    fn topology(&self) -> Topology {
        let seed = self.addresses().first().unwrap();
        Topology::Cluster(vec![Server::new(seed.ip().to_string(), seed.port())])
    }
}

struct Ground<P> {
    place: P,
    keys: ForeignKeys,
    /// What the keys of this test begin with.
    own: String,
}

impl<P: Doors> Ground<P> {
    fn new(max_payload: u32) -> Self {
        let place = P::start().unwrap_or_else(|why| panic!("{why}"));
        let mut config = RedisConfig::default();
        config.topology = place.topology();
        config.deadline = Duration::from_secs(10);
        config.max_payload = max_payload;
        Self {
            keys: ForeignKeys::new(&config).unwrap(),
            place,
            own: namespace_of_its_own("foreign"),
        }
    }

    /// Runs a command on whichever server takes it.
    fn run(&self, command: &Cmd) {
        let is_done = self
            .place
            .connections()
            .into_iter()
            .any(|connection| command.exec(&mut connection.unwrap()).is_ok());
        assert!(is_done, "no server took the command");
    }

    fn set(&self, key: &str, value: &str, life: Option<u64>) {
        let mut set = cmd("SET");
        set.arg(key).arg(value);
        if let Some(life) = life {
            set.arg("PX").arg(life);
        }
        self.run(&set);
    }

    async fn listed(&self, prefix: &str) -> BTreeSet<String> {
        let pages: Vec<_> = self
            .keys
            .keys(prefix.as_bytes())
            .try_collect()
            .await
            .unwrap();
        let keys = pages.into_iter().flatten();
        keys.map(|key| String::from_utf8(key).unwrap()).collect()
    }

    async fn read(&self, keys: &[&str], limit: usize) -> Vec<ForeignValue> {
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_bytes()).collect();
        let read = self.keys.read(&keys, limit).await;
        read.into_iter().map(Result::unwrap).collect()
    }

    async fn remove(&self, seen: &[(&str, &str)]) -> Vec<ForeignRemoved> {
        let seen: Vec<(&[u8], &[u8])> = seen
            .iter()
            .map(|(key, value)| (key.as_bytes(), value.as_bytes()))
            .collect();
        let removed = self.keys.remove(&seen).await;
        removed.into_iter().map(Result::unwrap).collect()
    }
}

async fn a_prefix_lists_its_keys_and_no_others<P: Doors>() {
    let ground = Ground::<P>::new(1_024);
    let own = &ground.own;
    let prefix = format!("{own}a*?[b]\\:");
    let mut expected = BTreeSet::new();
    for number in 0..700 {
        let key = format!("{prefix}{number}");
        ground.set(&key, "1", Some(60_000));
        expected.insert(key);
    }
    for other in ["axxb\\:1", "a*?[b]\\", "a*?b\\:1", "", "a*?[b]:1"] {
        ground.set(&format!("{own}{other}"), "1", Some(60_000));
    }
    assert_eq!(ground.listed(&prefix).await, expected);
    assert_eq!(ground.listed(own).await.len(), 705);
    assert!(ground.listed(&format!("{own}nothing")).await.is_empty());
}

async fn what_is_read_is_of_one_moment<P: Doors>() {
    let ground = Ground::<P>::new(1_024);
    let own = &ground.own;
    // Of one slot in a cluster, and of several.
    let names = [
        "{tag}1", "{tag}2", "endless", "list", "long", "longest", "nothing", "empty",
    ];
    let keys = names.map(|name| format!("{own}{name}"));
    let keys = keys.each_ref().map(String::as_str);
    ground.set(keys[0], "one", Some(60_000));
    ground.set(keys[1], "two", Some(120_000));
    ground.set(keys[2], "three", None);
    ground.run(cmd("RPUSH").arg(keys[3]).arg("x"));
    ground.set(keys[4], &"x".repeat(6), Some(60_000));
    ground.set(keys[5], &"x".repeat(1_025), Some(60_000));
    ground.set(keys[7], "", Some(60_000));
    let read = ground.read(&keys, 5).await;
    let read = <[ForeignValue; 8]>::try_from(read).unwrap();
    let [one, two, endless, list, long, _, nothing, empty] = read;
    let string = |value| match value {
        ForeignValue::String { bytes, left } => (bytes.to_vec(), left.map(|left| left.as_secs())),
        other => panic!("{other:?}"),
    };
    let (one, left) = string(one);
    assert!(
        one == b"one" && (50..=60).contains(&left.unwrap()),
        "{left:?}"
    );
    let (two, left) = string(two);
    assert!(
        two == b"two" && (110..=120).contains(&left.unwrap()),
        "{left:?}"
    );
    assert_eq!(string(endless), (b"three".to_vec(), None));
    assert_eq!(string(empty).0, b"");
    assert_eq!(list, ForeignValue::OtherKind);
    assert_eq!(long, ForeignValue::Longer { length: 6 });
    assert_eq!(nothing, ForeignValue::Absent);
    // The backend's own limit holds whatever is asked for.
    let read = ground.read(&keys[5..6], usize::MAX).await;
    assert_eq!(read, [ForeignValue::Longer { length: 1_025 }]);
    assert!(ground.read(&[], 5).await.is_empty());
    for key in &keys[2..4] {
        ground.run(cmd("UNLINK").arg(key));
    }
}

async fn only_what_was_seen_is_removed<P: Doors>() {
    let ground = Ground::<P>::new(1_024);
    let keys = ["same", "changed", "list", "nothing"].map(|name| format!("{}{name}", ground.own));
    let keys = keys.each_ref().map(String::as_str);
    ground.set(keys[0], "seen", Some(60_000));
    ground.set(keys[1], "seen later", Some(60_000));
    ground.run(cmd("RPUSH").arg(keys[2]).arg("seen"));
    let removed = ground.remove(&keys.map(|key| (key, "seen"))).await;
    assert_eq!(
        removed,
        [
            ForeignRemoved::Removed,
            ForeignRemoved::Changed,
            ForeignRemoved::Changed,
            ForeignRemoved::Missing
        ]
    );
    let listed = ground.listed(&ground.own).await;
    assert_eq!(
        listed,
        keys[1..3].iter().map(|key| (*key).to_owned()).collect()
    );
    ground.run(cmd("UNLINK").arg(keys[2]));
}

#[tokio::test]
async fn a_prefix_lists_its_keys_on_one_server() {
    a_prefix_lists_its_keys_and_no_others::<RedisServer>().await;
}

#[tokio::test]
async fn a_prefix_lists_its_keys_in_a_cluster() {
    a_prefix_lists_its_keys_and_no_others::<SharedCluster>().await;
}

#[tokio::test]
async fn values_are_read_on_one_server() {
    what_is_read_is_of_one_moment::<RedisServer>().await;
}

#[tokio::test]
async fn values_are_read_in_a_cluster() {
    what_is_read_is_of_one_moment::<SharedCluster>().await;
}

#[tokio::test]
async fn removals_compare_on_one_server() {
    only_what_was_seen_is_removed::<RedisServer>().await;
}

#[tokio::test]
async fn removals_compare_in_a_cluster() {
    only_what_was_seen_is_removed::<SharedCluster>().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_for_each_key() {
    let server = RedisServer::local().unwrap_or_else(|why| panic!("{why}"));
    let mut config = RedisConfig::default();
    config.topology = server.topology();
    let keys = ForeignKeys::new(&config).unwrap();
    server.kill().unwrap();
    let read = keys.read(&[b"hunter2", b"hunter3"], 5).await;
    assert_eq!(read.len(), 2);
    let listed: Result<Vec<_>, _> = keys.keys(b"hunter").try_collect().await;
    for error in read
        .into_iter()
        .map(Result::unwrap_err)
        .chain([listed.unwrap_err()])
    {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(
            !format!("{error} {error:?}").contains("hunter"),
            "{error:?}"
        );
    }
}
