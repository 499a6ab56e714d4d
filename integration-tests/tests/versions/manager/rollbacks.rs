//! The way back, and the history that it follows.

use cache_core::{Backend, Epoch, Key, RESERVED_DOMAIN, Removed, Space};
use cache_facade::{Action, ErrorKind, Status, Strategy, VersionManager, domain};

use crate::fleet::Fleet;
use crate::releases::{First, Swapped};

async fn current(versions: &VersionManager) -> String {
    versions.current().await.unwrap().unwrap().release
}

async fn deploy(versions: &VersionManager, release: &str) {
    let report = versions.deploy(release, Strategy::safe()).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
}

/// Rolling back twice leads back twice, and never forward again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rollback_leads_one_deployment_back() {
    let fleet = Fleet::on_redis();
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    for release in ["1.4.0", "1.4.1", "2.0.0"] {
        deploy(&versions, release).await;
    }
    let dry = versions.rollback(true).await.unwrap();
    assert_eq!((dry.to.as_str(), dry.is_done), ("1.4.1", false));
    assert_eq!(current(&versions).await, "2.0.0");
    for release in ["1.4.1", "1.4.0"] {
        assert_eq!(versions.rollback(false).await.unwrap().to, release);
        assert_eq!(current(&versions).await, release);
    }
    let error = versions.rollback(false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // From where it led, a deployment leads on, and back again.
    deploy(&versions, "2.0.1").await;
    assert_eq!(versions.rollback(false).await.unwrap().to, "1.4.0");
    let history = versions.history().await.unwrap();
    let rollbacks = history.iter().filter(|row| row.action == Action::Rollback);
    assert_eq!(rollbacks.count(), 3);
    let active: Vec<_> = history
        .iter()
        .filter(|row| row.status == Status::Active)
        .map(|row| row.release.as_str())
        .collect();
    assert_eq!(active, ["1.4.0"]);
}

/// A pipeline that does not know whether it was done does it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_from_a_release_is_done_once() {
    let fleet = Fleet::on_redis();
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    for release in ["1.4.0", "1.4.1", "2.0.0"] {
        deploy(&versions, release).await;
    }
    let dry = versions.rollback_from("2.0.0", true).await.unwrap();
    assert_eq!((dry.to.as_str(), dry.is_done), ("1.4.1", false));
    let report = versions.rollback_from("2.0.0", false).await.unwrap();
    assert_eq!((report.to.as_str(), report.is_done), ("1.4.1", true));
    let error = versions.rollback_from("2.0.0", false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("1.4.1"), "{error}");
    assert_eq!(current(&versions).await, "1.4.1");
}

/// What was recorded survives the process, and a clear of everything.
async fn the_history_survives(fleet: Fleet) {
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    deploy(&versions, "1.4.0").await;
    let at = versions.history().await.unwrap()[0].at;
    assert!(at.as_millis() > 0);
    cache.clear().await.unwrap();
    cache.flush().await.unwrap();
    cache.close().await.unwrap();
    let (cache, _) = fleet.start("1.4.1", domain::<First>());
    let versions = cache.versions().unwrap();
    assert_eq!(current(&versions).await, "1.4.0");
    let history = versions.history().await.unwrap();
    assert_eq!((history.len(), history[0].at), (1, at));
    let told = serde_json::to_value(&history[0]).unwrap();
    let text = told["at"].as_str().unwrap();
    assert!(text.ends_with('Z') && text.contains('T'), "UTC: {text}");
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_survives_on_redis() {
    the_history_survives(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_survives_on_sled() {
    the_history_survives(Fleet::on_sled()).await;
}

/// Of two deployments at the same time, one is given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_deployments_at_once_one_takes_place() {
    let fleet = Fleet::on_redis();
    let (one, _) = fleet.start("2.0.0", domain::<Swapped>());
    let (other, _) = fleet.start("2.0.1", domain::<Swapped>());
    let managers = [one.versions().unwrap(), other.versions().unwrap()];
    deploy(&managers[0], "1.4.0").await;
    let gate = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let at_once = managers.map(|versions| {
        let gate = std::sync::Arc::clone(&gate);
        versions.before("wait", cache_facade::OnFailure::Abort, move |_| {
            let gate = std::sync::Arc::clone(&gate);
            async move {
                gate.wait().await;
                Ok::<_, std::io::Error>(())
            }
        })
    });
    let (first, second) = tokio::join!(
        at_once[0].deploy("2.0.0", Strategy::safe()),
        at_once[1].deploy("2.0.1", Strategy::safe())
    );
    let reports = [first.unwrap(), second.unwrap()];
    let deployed: Vec<_> = reports.iter().filter(|one| one.is_deployed).collect();
    let [deployed] = deployed.as_slice() else {
        panic!("{reports:?}");
    };
    assert_eq!(current(&at_once[0]).await, deployed.to);
    let given_up = reports.iter().find(|one| !one.is_deployed).unwrap();
    assert!(given_up.aborted.as_deref().unwrap().contains("meanwhile"));
    let history = at_once[0].history().await.unwrap();
    let row = history.iter().find(|row| Some(row.id) == given_up.id);
    assert_eq!(row.unwrap().status, Status::Aborted);
}

/// Whoever empties the history takes the way back along, and not the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_after_the_history_was_lost_can_be_rolled_back() {
    let fleet = Fleet::on_redis();
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    for release in ["1.4.0", "2.0.0"] {
        deploy(&versions, release).await;
    }
    let space = Space::new(&fleet.config.namespace, RESERVED_DOMAIN, 0).unwrap();
    let key = Key::new(&space, Epoch::UNVERSIONED, b"history").unwrap();
    let removed = fleet.store().remove(key, None).await.unwrap();
    assert_eq!(removed, Removed::Existed);
    deploy(&versions, "3.0.0").await;
    assert_eq!(versions.rollback(false).await.unwrap().to, "2.0.0");
    assert_eq!(current(&versions).await, "2.0.0");
}
