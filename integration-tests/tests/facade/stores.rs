//! The stores that every row runs on.

use std::sync::atomic::{AtomicUsize, Ordering};

use integration_tests::{RedisServer, RedisTls, SharedCluster, SharedSentinel, Unavailable};
use tempfile::TempDir;

use crate::census::Need;

/// Makes of each row a test on each store.
macro_rules! on_each_store {
    ($($rows:tt)*) => {
        /// The rows of this group, for the census.
        pub(crate) const ROWS: &[$crate::census::Row] = $crate::stores::rows!($($rows)*);

        $crate::stores::on_store!(moka: Moka { $($rows)* });
        $crate::stores::on_store!(sled: Sled { $($rows)* });
        $crate::stores::on_store!(redis_alone: RedisAlone { $($rows)* });
        $crate::stores::on_store!(redis_cluster: RedisCluster { $($rows)* });
        $crate::stores::on_store!(redis_sentinel: RedisSentinel { $($rows)* });
        $crate::stores::on_store!(redis_tls: RedisOverTls { $($rows)* });
    };
}

/// The tests of one group on one store.
macro_rules! on_store {
    ($store:ident: $place:ident { $($row:ident $(needs $need:ident)?),* $(,)? }) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $row() {
                    let needs = &[$($crate::census::Need::$need)?];
                    if let Some(store) = $crate::stores::Store::of::<$crate::stores::$place>(needs) {
                        super::$row(&store).await;
                    }
                }
            )*
        }
    };
}

macro_rules! rows {
    ($($row:ident $(needs $need:ident)?),* $(,)?) => {
        &[$($crate::census::Row {
            name: concat!(module_path!(), "::", stringify!($row)),
            needs: &[$($crate::census::Need::$need)?],
        }),*]
    };
}

pub(crate) use {on_each_store, on_store, rows};

/// A kind of store.
pub(crate) trait Place: Sized + Send + Sync + 'static {
    /// What rows need and it does not have; the census compares this with what it declares.
    const LACKS: &'static [Need];

    /// Starts it, or joins what others started.
    fn start() -> Result<Self, Unavailable>;

    /// The URL that an application would write into its configuration. Of a store that one cache alone can open, each call
    /// names another.
    fn url(&self) -> String;
}

/// A store that runs as long as this lives.
pub(crate) struct Store {
    pub(crate) lacks: &'static [Need],
    url: Box<dyn Fn() -> String + Send + Sync>,
}

impl Store {
    /// The URL for a cache of its own.
    pub(crate) fn url(&self) -> String {
        (self.url)()
    }

    /// Whether other caches write to it too.
    pub(crate) fn is_shared(&self) -> bool {
        !self.lacks.contains(&Need::Shared)
    }

    /// Starts a store for a row; `None` where it cannot run, which is said loudly.
    pub(crate) fn of<P: Place>(needs: &[Need]) -> Option<Self> {
        if let Some(lack) = P::LACKS.iter().find(|lack| needs.contains(lack)) {
            eprintln!("SKIPPED: the store does not have what the row needs: {lack:?}");
            return None;
        }
        match P::start() {
            Ok(place) => Some(Self {
                lacks: P::LACKS,
                url: Box::new(move || place.url()),
            }),
            // A store that was asked for by name has to be there, and all of them in CI.
            Err(why) if why.is_demanded() || std::env::var_os("CI").is_some() => panic!("{why}"),
            Err(why) => {
                eprintln!("SKIPPED: {why}");
                None
            }
        }
    }
}

/// The clock of a row is moved by hand, and the server's is not: its own TTL must not come first.
const SLACK: &str = "expiry_slack=1h";

pub(crate) struct Moka;

impl Place for Moka {
    const LACKS: &'static [Need] = &[Need::Shared, Need::Kept];

    fn start() -> Result<Self, Unavailable> {
        Ok(Self)
    }

    fn url(&self) -> String {
        "moka://?max_capacity=100000".to_owned()
    }
}

/// A directory, in which each store has one of its own.
pub(crate) struct Sled(TempDir, AtomicUsize);

impl Place for Sled {
    const LACKS: &'static [Need] = &[Need::Shared];

    fn start() -> Result<Self, Unavailable> {
        Ok(Self(tempfile::tempdir()?, AtomicUsize::new(0)))
    }

    fn url(&self) -> String {
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        format!("sled://{}/{number}", self.0.path().display())
    }
}

pub(crate) struct RedisAlone(RedisServer);

impl Place for RedisAlone {
    const LACKS: &'static [Need] = &[];

    fn start() -> Result<Self, Unavailable> {
        RedisServer::start().map(Self)
    }

    fn url(&self) -> String {
        format!("redis://{}:{}?{SLACK}", self.0.host(), self.0.port())
    }
}

pub(crate) struct RedisCluster(SharedCluster);

impl Place for RedisCluster {
    const LACKS: &'static [Need] = &[];

    fn start() -> Result<Self, Unavailable> {
        SharedCluster::join().map(Self)
    }

    fn url(&self) -> String {
        format!("redis+cluster://{}?{SLACK}", joined(self.0.addresses()))
    }
}

pub(crate) struct RedisSentinel(SharedSentinel);

impl Place for RedisSentinel {
    const LACKS: &'static [Need] = &[];

    fn start() -> Result<Self, Unavailable> {
        SharedSentinel::join().map(Self)
    }

    fn url(&self) -> String {
        let sentinels = joined(self.0.sentinels());
        let master = self.0.master_name();
        format!("redis+sentinel://{sentinels}/{master}?{SLACK}")
    }
}

/// A server that speaks TLS alone, asks for a certificate, and lets its user reach the keys of the rows and no others.
pub(crate) struct RedisOverTls(RedisTls);

impl Place for RedisOverTls {
    const LACKS: &'static [Need] = &[];

    fn start() -> Result<Self, Unavailable> {
        RedisTls::start("t*").map(Self)
    }

    fn url(&self) -> String {
        let tls = &self.0;
        let [ca, certificate, key] = [tls.ca(), tls.client_certificate(), tls.client_key()];
        format!(
            "rediss://{}:{}@{}:{}?{SLACK}&tls_ca={}&tls_certificate={}&tls_key={}",
            RedisTls::USER,
            tls.password(),
            tls.host(),
            tls.port(),
            ca.display(),
            certificate.display(),
            key.display(),
        )
    }
}

fn joined(addresses: &[std::net::SocketAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(",")
}
