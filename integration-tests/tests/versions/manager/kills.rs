//! A conversion, a purge and a deployment whose process is killed in the middle, and that are run again.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use cache_core::{AnyBackend, Backend, Clock, Epoch, Judge, Scope, SystemClock, Timestamp};
use cache_facade::{Cache, Domain, Schema, Strategy, domain};
use cache_testkit::ManualClock;
use integration_tests::version_script::{self, After, Before};
use integration_tests::{RedisServer, namespace_of_its_own};

/// Entries, and how often the process is killed before it may end.
const ENTRIES: u64 = 3_000;
const KILLS: u64 = 5;

struct Place {
    server: RedisServer,
    namespace: String,
    store: AnyBackend,
}

impl Place {
    fn new() -> Self {
        let server = RedisServer::start().unwrap();
        let namespace = namespace_of_its_own("kills");
        let config = version_script::config(&url(&server), &namespace).unwrap();
        let store = config.open_backend(&Judge::default()).unwrap();
        Self {
            server,
            namespace,
            store,
        }
    }

    fn url(&self) -> String {
        url(&self.server)
    }

    fn cache<T: cache_facade::Cacheable>(
        &self,
        release: &str,
        spec: cache_facade::DomainSpec<T>,
    ) -> (Cache, Domain<T>) {
        self.cache_at(Arc::new(SystemClock::new()), release, spec)
    }

    fn cache_at<T: cache_facade::Cacheable>(
        &self,
        clock: Arc<dyn Clock>,
        release: &str,
        spec: cache_facade::DomainSpec<T>,
    ) -> (Cache, Domain<T>) {
        let config = version_script::config(&self.url(), &self.namespace).unwrap();
        let cache = Cache::builder().config(config).release(release);
        let cache = cache.clock(clock).domain(spec).build().unwrap();
        let domain = cache.domain().unwrap();
        (cache, domain)
    }

    async fn fill(&self) -> Cache {
        self.fill_at(Arc::new(SystemClock::new())).await
    }

    /// Fills it by a process whose clock this is.
    async fn fill_at(&self, clock: Arc<dyn Clock>) -> Cache {
        let (cache, values) = self.cache_at(clock, "1.4.0", domain::<Before>());
        let items = (0..ENTRIES).map(|id| (id, Before::of(id)));
        for put in values.put_many(items).await {
            put.unwrap();
        }
        let versions = cache.versions().unwrap();
        versions.deploy("1.4.0", Strategy::safe()).await.unwrap();
        cache
    }

    fn run(&self, what: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_cache-test-version"))
            .args([what, &self.url(), &self.namespace])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    async fn count(&self, epoch: u64, schema: u64) -> u64 {
        let scope = Scope {
            epoch: Some(Epoch(epoch << 32)),
            schema: Some(schema),
            ..Scope::domain(&self.namespace, version_script::DOMAIN)
        };
        self.store.count(scope).await.unwrap()
    }
}

fn url(server: &RedisServer) -> String {
    format!("redis://{}:{}", server.host(), server.port())
}

/// Kills the process whenever it has come further by a part, then lets it end. Returns what it said then.
async fn killed_again_and_again(
    what: &str,
    place: &Place,
    progress: impl AsyncFn() -> u64,
) -> String {
    for kill in 1..=KILLS {
        let target = ENTRIES * kill / (KILLS + 1);
        let mut child = place.run(what);
        while progress().await < target {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "{what} ended before it was killed");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let reached = progress().await;
        assert!(reached < ENTRIES, "{what} was killed at its end");
        println!("{what}: killed at {reached} of {ENTRIES}");
    }
    let mut child = place.run(what);
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(child.wait().unwrap().success());
    said
}

/// Every entry is where it was, and has a twin that says the same.
async fn nothing_is_lost(place: &Place, release: &str, twins: u64) {
    let (_cache, values) = place.cache(release, version_script::after());
    let found = values.get_many(0..ENTRIES).await;
    for (id, found) in (0..ENTRIES).zip(found) {
        assert_eq!(found.unwrap().unwrap().number(), id);
    }
    assert_eq!(values.stats().migrated, 0, "each has a twin");
    let twins = place.count(twins, After::FINGERPRINT).await;
    assert_eq!(twins, ENTRIES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_loses_nothing() {
    let place = Place::new();
    place.fill().await;
    let twins = async || place.count(1, After::FINGERPRINT).await;
    let said = killed_again_and_again("migrate", &place, twins).await;
    assert!(said.contains("complete"), "{said}");
    nothing_is_lost(&place, "1.5.0", 1).await;
    assert_eq!(place.count(1, Before::FINGERPRINT).await, ENTRIES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gradual_deployment_loses_nothing() {
    let place = Place::new();
    let cache = place.fill().await;
    let twins = async || place.count(2, After::FINGERPRINT).await;
    let said = killed_again_and_again("gradual", &place, twins).await;
    assert!(said.contains("complete"), "{said}");
    nothing_is_lost(&place, "2.0.0", 2).await;
    assert_eq!(place.count(1, Before::FINGERPRINT).await, ENTRIES);
    let current = cache.versions().unwrap().current().await.unwrap();
    assert_eq!(current.unwrap().release, "2.0.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aggressive_deployment_removes_the_rest() {
    let place = Place::new();
    let cache = place.fill().await;
    let removed = async || ENTRIES - place.count(1, Before::FINGERPRINT).await;
    let said = killed_again_and_again("aggressive", &place, removed).await;
    assert!(said.contains("complete"), "{said}");
    assert_eq!(place.count(1, Before::FINGERPRINT).await, 0);
    let current = cache.versions().unwrap().current().await.unwrap();
    assert_eq!(current.unwrap().release, "2.0.0");
}

/// The release before was last seen 40 minutes ago.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_leaves_what_is_kept_and_nothing_else() {
    const KEPT: u64 = 100;
    let place = Place::new();
    let then = Timestamp::from_millis(SystemClock::new().now().as_millis() - 40 * 60_000);
    place.fill_at(Arc::new(ManualClock::new(then))).await;
    let (cache, values) = place.cache("2.0.0", version_script::after());
    let ids = ENTRIES..ENTRIES + KEPT;
    for put in values
        .put_many(ids.clone().map(|id| (id, After::of(id))))
        .await
    {
        put.unwrap();
    }
    let versions = cache.versions().unwrap();
    versions.deploy("2.0.0", Strategy::safe()).await.unwrap();
    let removed = async || ENTRIES - place.count(1, Before::FINGERPRINT).await;
    let said = killed_again_and_again("purge", &place, removed).await;
    assert!(said.contains("complete"), "{said}");
    assert_eq!(place.count(1, Before::FINGERPRINT).await, 0);
    assert_eq!(place.count(2, After::FINGERPRINT).await, KEPT);
    for (id, found) in ids.clone().zip(values.get_many(ids).await) {
        assert_eq!(found.unwrap().unwrap().number(), id);
    }
    let listed = versions.status().await.unwrap().addresses;
    assert!(listed.iter().all(|one| one.epoch == 2 << 32), "{listed:?}");
}
