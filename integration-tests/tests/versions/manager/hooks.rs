//! Hooks run in their order, may call the manager, and stop a deployment that must not go on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::{Backend, Key};
use cache_facade::{Cache, OnFailure, Status, Strategy, Timestamp, VersionManager, domain};

use crate::fleet::Fleet;
use crate::releases::{First, Keeps};

type Log = Arc<Mutex<Vec<String>>>;

/// A manager whose release 1.4.0 is deployed.
async fn deployed(fleet: &Fleet) -> (Cache, VersionManager) {
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    let report = versions.deploy("1.4.0", Strategy::safe()).await.unwrap();
    assert!(report.is_deployed);
    (cache, versions)
}

async fn current(versions: &VersionManager) -> String {
    versions.current().await.unwrap().unwrap().release
}

/// Adds a hook that writes down what was current when it ran.
fn logging(
    versions: VersionManager,
    log: &Log,
    name: &'static str,
    before: bool,
) -> VersionManager {
    let log = Arc::clone(log);
    let hook = move |context: cache_facade::HookContext| {
        let log = Arc::clone(&log);
        async move {
            let current = context.versions.current().await?;
            let current = current.map_or("none".to_owned(), |current| current.release);
            log.lock().unwrap().push(format!("{name}: {current}"));
            Ok::<_, cache_facade::Error>(())
        }
    };
    if before {
        versions.before(name, OnFailure::Abort, hook)
    } else {
        versions.after(name, OnFailure::Abort, hook)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_run_in_their_order_around_the_switch_and_may_call_the_manager() {
    let fleet = Fleet::on_redis();
    let (_cache, versions) = deployed(&fleet).await;
    let log = Log::default();
    let versions = logging(versions, &log, "announced", false);
    let versions = logging(versions, &log, "warmed", true);
    let versions = logging(versions, &log, "checked", true);
    let versions = logging(versions, &log, "measured", false);
    let versions = versions.after("invalidates", OnFailure::Abort, |context| async move {
        let epoch = Timestamp::from_millis(1);
        context.versions.invalidate_older_than(epoch, None).await?;
        context.versions.history().await.map(drop)
    });
    let report = versions.deploy("1.4.1", Strategy::safe()).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    let ran = log.lock().unwrap().clone();
    let expected = [
        "warmed: 1.4.0",
        "checked: 1.4.0",
        "announced: 1.4.1",
        "measured: 1.4.1",
    ];
    assert_eq!(ran, expected);
    let names: Vec<_> = report.hooks.iter().map(|hook| hook.name.as_str()).collect();
    assert_eq!(
        names,
        ["warmed", "checked", "announced", "measured", "invalidates"]
    );
    assert!(report.hooks.iter().all(|hook| hook.failure.is_none()));
}

/// Deploys with one failing hook, and says what the report says of it.
async fn failing(is_before: bool, on_failure: OnFailure) -> (VersionManager, String, bool) {
    let fleet = Fleet::on_redis();
    let (_cache, versions) = deployed(&fleet).await;
    let fails = |_| async { Err::<(), _>("the upstream is down") };
    let versions = if is_before {
        versions.before("warm", on_failure, fails)
    } else {
        versions.after("warm", on_failure, fails)
    };
    let report = versions.deploy("1.4.1", Strategy::safe()).await.unwrap();
    let failure = report.hooks[0].failure.clone().unwrap();
    assert_eq!(report.is_deployed, report.aborted.is_none());
    let newest = &versions.history().await.unwrap()[0];
    let status = if report.is_deployed {
        Status::Active
    } else {
        Status::Aborted
    };
    assert_eq!((newest.release.as_str(), newest.status), ("1.4.1", status));
    let release = current(&versions).await;
    assert_eq!(release == "1.4.1", report.is_deployed, "{release}");
    (versions, failure, report.is_deployed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_hook_is_reported_and_by_policy_ends_the_deployment() {
    for is_before in [true, false] {
        for (on_failure, is_deployed) in [(OnFailure::Abort, false), (OnFailure::Report, true)] {
            let (_, failure, was_deployed) = failing(is_before, on_failure).await;
            assert_eq!(failure, "the upstream is down");
            assert_eq!(was_deployed, is_deployed, "{is_before} {on_failure:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_panics_or_does_not_end_has_failed() {
    let fleet = Fleet::on_redis();
    let (_cache, versions) = deployed(&fleet).await;
    let panics = versions
        .clone()
        .before("panics", OnFailure::Abort, |context| async move {
            assert_eq!(context.to, "never", "hooks panic");
            Ok::<_, std::io::Error>(())
        });
    let report = panics.deploy("1.4.1", Strategy::safe()).await.unwrap();
    let failure = report.hooks[0].failure.as_deref().unwrap();
    assert!(
        !report.is_deployed && failure.contains("panicked"),
        "{failure}"
    );
    let hangs = versions.clone().before("hangs", OnFailure::Abort, |_| {
        std::future::pending::<Result<(), std::io::Error>>()
    });
    let strategy = Strategy::safe().hook_timeout(Duration::from_millis(20));
    let report = hangs.deploy("1.4.1", strategy).await.unwrap();
    let failure = report.hooks[0].failure.as_deref().unwrap();
    assert!(
        !report.is_deployed && failure.contains("20 ms"),
        "{failure}"
    );
    assert_eq!(current(&versions).await, "1.4.0");
}

/// What was damaged between the look before and the one after is found, and the switch undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_do_not_read_back_end_the_deployment() {
    let fleet = Fleet::on_redis();
    let (cache, versions) = deployed(&fleet).await;
    let characters = cache.domain::<First>().unwrap();
    for id in 0..4_u64 {
        characters.put(id, First::of(id)).await.unwrap();
    }
    let server = fleet.server.as_ref().unwrap();
    let address = (server.host().to_owned(), server.port());
    let space = cache_core::Space::new(
        &fleet.config.namespace,
        "character",
        <First as cache_facade::Schema>::FINGERPRINT,
    );
    let key = Key::new(space.as_ref().unwrap(), cache_core::Epoch(1 << 32), b"2").unwrap();
    assert!(fleet.store().head(key).await.unwrap().is_some());
    let key = cache_core::address::entry(&key);
    let damaging = versions
        .clone()
        .before("damages", OnFailure::Abort, move |_| {
            let client = redis::Client::open(address.clone()).unwrap();
            let mut connection = client.get_connection().unwrap();
            let mut append = redis::cmd("APPEND");
            let appended = append.arg(&key).arg("x").query::<u64>(&mut connection);
            async { appended.map(drop) }
        });
    let report = damaging.deploy("1.4.1", Strategy::safe()).await.unwrap();
    assert!(!report.is_deployed, "{report:?}");
    let verified = report.verified.unwrap();
    assert_eq!((verified.same, verified.unreadable), (3, 1));
    assert!(verified.is_current, "it was, until this was found");
    assert_eq!(current(&versions).await, "1.4.0");
}
