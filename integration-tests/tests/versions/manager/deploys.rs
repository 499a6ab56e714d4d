//! Each strategy reaches the state that it promises.

use std::time::Duration;

use cache_core::{Layer, Operation};
use cache_facade::{
    AddressStatus, Cache, Domain, ErrorKind, Lookup, Purge, Schema, Status, Strategy,
    VersionManager, domain,
};
use cache_testkit::{Fault, FaultLayer, Faults, Gate};
use tokio::time::timeout;

use crate::fleet::{Fleet, HOUR};
use crate::releases::{First, Keeps, Swapped, migrated};

const FIRST_EPOCH: u64 = 1 << 32;
const SECOND_EPOCH: u64 = 2 << 32;

fn entries(addresses: &[AddressStatus], epoch: u64) -> u64 {
    let of_epoch = addresses.iter().filter(|one| one.epoch == epoch);
    of_epoch.map(|one| one.entries).sum()
}

/// 1.4.0 has ten values and is deployed, and 2.0.0 is about to be.
async fn about_to_deploy(fleet: &Fleet) -> (Cache, VersionManager, Domain<Swapped>) {
    fleet.filled_by_the_first().await;
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let versions = cache.versions().unwrap();
    let report = versions.deploy("1.4.0", Strategy::safe()).await.unwrap();
    assert!(report.is_deployed && report.from.is_none(), "{report:?}");
    cache.close().await.unwrap();
    let (cache, characters) = fleet.start("2.0.0", migrated());
    (cache.clone(), cache.versions().unwrap(), characters)
}

async fn number(of: &Domain<Swapped>, id: u64) -> Option<u64> {
    of.get(id).await.unwrap().map(|value| value.number())
}

async fn a_safe_one_switches_and_destroys_nothing(fleet: Fleet) {
    let (cache, versions, characters) = about_to_deploy(&fleet).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("before.json");
    let strategy = Strategy::safe().state_file(&file);
    let report = versions.deploy("2.0.0", strategy).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    assert_eq!(report.from.as_deref(), Some("1.4.0"));
    let counts = [&report.before, &report.after].map(|of| entries(of, FIRST_EPOCH));
    assert_eq!(counts, [10, 10]);
    let verified = report.verified.unwrap();
    assert_eq!((verified.sampled, verified.same), (10, 10));
    assert!(report.purged.is_none() && report.converted.is_empty());
    let before: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(before["current"], "1.4.0");
    assert_eq!(before["addresses"][0]["entries"], 10);
    let current = versions.current().await.unwrap().unwrap();
    assert_eq!(current.release, "2.0.0");
    assert_eq!(
        number(&characters, 1).await,
        None,
        "of another major release"
    );
    let history = versions.history().await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|row| (row.release.as_str(), row.status))
        .collect();
    assert_eq!(told, [("2.0.0", Status::Active), ("1.4.0", Status::Done)]);
    assert_eq!(history[0].before, Some(history[1].id));
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn safe_on_redis() {
    a_safe_one_switches_and_destroys_nothing(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn safe_on_sled() {
    a_safe_one_switches_and_destroys_nothing(Fleet::on_sled()).await;
}

async fn an_aggressive_one_leaves_nothing_of_other_epochs(fleet: Fleet) {
    let (cache, versions, characters) = about_to_deploy(&fleet).await;
    characters.put(7_u64, Swapped::of(700)).await.unwrap();
    let report = versions
        .deploy("2.0.0", Strategy::aggressive())
        .await
        .unwrap();
    assert!(report.is_deployed, "{report:?}");
    // The put removed the old release's value of its id.
    assert_eq!(report.purged.unwrap().removed(), 9);
    assert_eq!(entries(&report.after, FIRST_EPOCH), 0);
    assert_eq!(entries(&report.after, SECOND_EPOCH), 1);
    assert_eq!(number(&characters, 7).await, Some(700));
    // Again, as after a kill: nothing is left to do.
    let again = versions
        .deploy("2.0.0", Strategy::aggressive())
        .await
        .unwrap();
    assert!(again.is_deployed && again.was_current);
    assert_eq!(again.purged.unwrap().removed(), 0);
    assert_eq!(versions.history().await.unwrap().len(), 2, "one deployment");
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aggressive_on_redis() {
    an_aggressive_one_leaves_nothing_of_other_epochs(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aggressive_on_sled() {
    an_aggressive_one_leaves_nothing_of_other_epochs(Fleet::on_sled()).await;
}

async fn a_gradual_one_gives_each_entry_a_twin(fleet: Fleet) {
    let (cache, versions, characters) = about_to_deploy(&fleet).await;
    fleet.clock.advance(HOUR / 4);
    characters.put(3_u64, Swapped::of(300)).await.unwrap();
    let strategy = Strategy::gradual().rate(1_000);
    let report = versions.deploy("2.0.0", strategy).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    let [converted] = report.converted.as_slice() else {
        panic!("one address: {report:?}");
    };
    assert!(converted.is_complete, "{converted:?}");
    assert_eq!((converted.converted, converted.found), (9, 9));
    assert_eq!((converted.present, converted.unreadable), (9, 0));
    assert_eq!(entries(&report.after, SECOND_EPOCH), 10);
    for id in 0..10 {
        let expected = if id == 3 { 300 } else { id };
        assert_eq!(number(&characters, id).await, Some(expected), "{id}");
    }
    assert_eq!(
        characters.get(1_u64).await.unwrap().unwrap().age(),
        HOUR / 4
    );
    assert_eq!(characters.stats().loads, 0);
    // The old release was seen a quarter of an hour ago: what it has stays.
    let purged = report.purged.unwrap();
    assert_eq!((purged.removed(), purged.in_use), (0, 1));
    assert_eq!(entries(&report.after, FIRST_EPOCH), 9);
    // Half an hour after it was last seen, it goes, and the twins stay for the rest of their time.
    fleet.clock.advance(HOUR / 3);
    let purged = versions.purge(Purge::keep(1)).await.unwrap();
    assert_eq!(purged.removed(), 9);
    assert!(purged.addresses.iter().all(|one| one.is_forgotten));
    assert_eq!(number(&characters, 1).await, Some(1));
    let status = versions.status().await.unwrap();
    assert!(status.addresses.iter().all(|one| one.epoch == SECOND_EPOCH));
    fleet.clock.advance(HOUR / 2);
    assert_eq!(number(&characters, 1).await, None, "its hour is over");
    cache.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gradual_on_redis() {
    a_gradual_one_gives_each_entry_a_twin(Fleet::on_redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gradual_on_sled() {
    a_gradual_one_gives_each_entry_a_twin(Fleet::on_sled()).await;
}

/// What could not go while the old release was at work goes by the same deployment again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gradual_one_that_is_done_again_ends_what_was_left() {
    let fleet = Fleet::on_redis();
    let (cache, versions, characters) = about_to_deploy(&fleet).await;
    let report = versions.deploy("2.0.0", Strategy::gradual()).await.unwrap();
    assert_eq!(report.purged.unwrap().in_use, 1);
    // A process of the old release has stored one more, and was then ended.
    let (old_cache, old) = fleet.start("1.4.0", domain::<First>());
    old.put(11_u64, First::of(11)).await.unwrap();
    old_cache.close().await.unwrap();
    fleet.clock.advance(HOUR * 2 / 3);
    let again = versions.deploy("2.0.0", Strategy::gradual()).await.unwrap();
    assert!(again.was_current && again.is_deployed, "{again:?}");
    assert_eq!(again.converted[0].converted, 1);
    assert_eq!(again.purged.unwrap().removed(), 11);
    assert_eq!(entries(&again.after, FIRST_EPOCH), 0);
    assert_eq!(number(&characters, 11).await, Some(11));
    cache.close().await.unwrap();
}

/// At the new place of an entry stands one that is no longer read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_read_is_not_in_the_way() {
    let fleet = Fleet::on_redis();
    let (cache, versions, characters) = about_to_deploy(&fleet).await;
    fleet.clock.advance(HOUR / 60);
    let (key, entry) = fleet.late(3).await;
    let space = cache_core::Space::new(&fleet.config.namespace, "character", Swapped::FINGERPRINT);
    let twin = cache_core::OwnedKey::new(
        space.unwrap(),
        cache_core::Epoch(SECOND_EPOCH),
        key.as_key().id(),
    );
    let moment = cache_core::Clock::now(&fleet.clock);
    versions.invalidate_older_than(moment, None).await.unwrap();
    fleet.put_late((twin.unwrap(), entry)).await;
    let (old_cache, old) = fleet.start("1.4.0", domain::<First>());
    let store = old.get_or_load_with(3_u64, |_| async { Ok::<_, std::io::Error>(First::of(30)) });
    store.await.unwrap();
    let report = versions.deploy("2.0.0", Strategy::gradual()).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    assert_eq!(number(&characters, 3).await, Some(30));
    old_cache.close().await.unwrap();
    cache.close().await.unwrap();
}

/// Known absence has a twin too; a value that cannot be converted has none, and is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_to_be_absent_is_taken_along_and_what_is_unreadable_counted() {
    let fleet = Fleet::on_redis();
    let (old_cache, old) = fleet.start("1.4.0", domain::<First>());
    for id in 0..4_u64 {
        old.put(id, First::of(id)).await.unwrap();
    }
    let absent = old.get_or_load_with(4_u64, |_| async { Ok::<_, std::io::Error>(None::<First>) });
    assert!(absent.await.unwrap().is_none());
    let spec = domain::<Swapped>().migrate_from(|before: First| {
        assert_ne!(before.number(), 2, "cannot be converted");
        Swapped::of(before.number())
    });
    let (cache, characters) = fleet.start("2.0.0", spec);
    let versions = cache.versions().unwrap();
    let report = versions.deploy("2.0.0", Strategy::gradual()).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    let converted = &report.converted[0];
    assert_eq!((converted.converted, converted.unreadable), (4, 1));
    let absent = characters.lookup(4_u64).await.unwrap();
    assert!(matches!(absent, Lookup::Negative));
    assert_eq!(number(&characters, 2).await, None);
    assert_eq!(number(&characters, 1).await, Some(1));
    old_cache.close().await.unwrap();
}

/// The ids that are asked for most are converted before all others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hottest_are_converted_first() {
    let fleet = Fleet::on_redis();
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    for put in old
        .put_many((0..200_u64).map(|id| (id, First::of(id))))
        .await
    {
        put.unwrap();
    }
    let (cache, characters) = fleet.start("2.0.0", migrated());
    let versions = cache.versions().unwrap();
    let hottest = [150_u64, 17, 99];
    let strategy = Strategy::gradual()
        .rate(50)
        .hottest_first("character", hottest);
    let (report, first) = tokio::join!(
        versions.deploy("2.0.0", strategy),
        first_twins(&characters, 200)
    );
    assert!(report.unwrap().is_deployed);
    let mut hottest = hottest.to_vec();
    hottest.sort_unstable();
    assert_eq!(first, hottest);
}

/// Waits for the first twins, and returns the ids of those that are there by then.
async fn first_twins(characters: &Domain<Swapped>, ids: u64) -> Vec<u64> {
    loop {
        let found = characters.get_many(0..ids).await;
        let found = (0..ids)
            .zip(found)
            .filter(|(_, found)| matches!(found, Ok(Some(_))));
        let there: Vec<u64> = found.map(|(id, _)| id).collect();
        if there.len() >= 3 {
            return there;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_counts_and_changes_nothing() {
    let fleet = Fleet::on_redis();
    let (_cache, versions, _) = about_to_deploy(&fleet).await;
    let before = versions.status().await.unwrap().addresses;
    for (strategy, converted, removed) in [
        (Strategy::safe(), 0, 0),
        (Strategy::aggressive(), 0, 10),
        (Strategy::gradual(), 10, 0),
    ] {
        let report = versions.deploy("2.0.0", strategy.dry_run()).await.unwrap();
        assert!(!report.is_deployed && report.id.is_none());
        let found: u64 = report.converted.iter().map(|one| one.found).sum();
        assert_eq!(found, converted, "{report:?}");
        let purged = report.purged.map_or(0, |purged| purged.removed());
        assert_eq!(purged, removed, "{}", report.strategy);
    }
    assert_eq!(versions.status().await.unwrap().addresses, before);
    assert_eq!(versions.history().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_deployed_is_refused_and_changes_nothing() {
    let fleet = Fleet::on_redis();
    let (_cache, versions, _) = about_to_deploy(&fleet).await;
    for (release, said) in [
        ("1.3.9", "not newer than 1.4.0"),
        ("1.4.0-rc.1", "not newer"),
        ("2.0", "semantic version"),
        ("", "semantic version"),
    ] {
        let error = versions
            .deploy(release, Strategy::safe())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{release}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let unwritable = Strategy::safe().state_file("/nowhere/at/all/before.json");
    let error = versions.deploy("2.0.0", unwritable).await.unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(versions.history().await.unwrap().len(), 1);
    let current = versions.current().await.unwrap().unwrap();
    assert_eq!(current.release, "1.4.0");
}

/// Where nothing was recorded yet, the release that is at work is the one that a rollback leads to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_deployment_finds_who_was_at_work() {
    let fleet = Fleet::on_redis();
    fleet.filled_by_the_first().await;
    let (cache, _) = fleet.start("2.0.0", domain::<Swapped>());
    let versions = cache.versions().unwrap();
    let report = versions.deploy("2.0.0", Strategy::safe()).await.unwrap();
    assert_eq!(report.from.as_deref(), Some("1.4.0"));
    let back = versions.rollback(false).await.unwrap();
    assert_eq!((back.to.as_str(), back.entries), ("1.4.0", 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_without_release_or_in_memory_has_no_manager() {
    let fleet = Fleet::on_redis();
    let without = Cache::builder().config(fleet.config.clone()).build();
    let in_memory = Cache::builder().release("1.0.0").build();
    for cache in [without.unwrap(), in_memory.unwrap()] {
        let error = cache.versions().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.to_string().contains("CacheBuilder::release"),
            "{error}"
        );
    }
}

/// On a store of its own a process reads no record with each change. What its manager lists, it knows all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled_a_change_reaches_the_twins_that_its_own_manager_made() {
    let fleet = Fleet::on_sled();
    let (cache, _) = fleet.start("1.4.0", domain::<First>());
    let keys = cache.raw::<First>().unwrap();
    for key in ["kept", "gone"] {
        keys.put(key, First::of(1)).await.unwrap();
    }
    let versions = cache.versions().unwrap();
    let report = versions.deploy("2.0.0", Strategy::gradual()).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    keys.invalidate("gone").await.unwrap();
    cache.close().await.unwrap();
    let (cache, _) = fleet.start("2.0.0", domain::<First>());
    let keys = cache.raw::<First>().unwrap();
    assert_eq!(keys.get("kept").await.unwrap().unwrap().number(), 1);
    assert!(keys.get("gone").await.unwrap().is_none());
    cache.close().await.unwrap();
}

/// A process that deploys what follows it is still there, for however long its row was not renewed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled_who_deploys_stays_listed() {
    let fleet = Fleet::on_sled();
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    characters.put(0_u64, First::of(0)).await.unwrap();
    fleet.clock.advance(HOUR);
    let versions = cache.versions().unwrap();
    let strategy = Strategy::aggressive();
    let report = versions.deploy("2.0.0", strategy).await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    characters.put(5_u64, First::of(5)).await.unwrap();
    cache.close().await.unwrap();
    let (cache, later) = fleet.start("2.0.0", domain::<First>());
    later.invalidate(5_u64).await.unwrap();
    cache.close().await.unwrap();
    let (cache, characters) = fleet.start("1.4.0", domain::<First>());
    assert!(characters.get(5_u64).await.unwrap().is_none());
    cache.close().await.unwrap();
}

/// A change that began before its own manager listed an address does not know of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sled_no_twin_is_made_of_what_a_change_under_way_removes() {
    let mut fleet = Fleet::on_sled();
    fleet.config.deadline = Duration::from_secs(1);
    let faults = Faults::default();
    let cache = Cache::builder()
        .config(fleet.config.clone())
        .backend(FaultLayer::new(&faults).layer(fleet.store()))
        .clock(std::sync::Arc::new(fleet.clock.clone()))
        .release("1.4.0");
    let cache = cache.build().unwrap();
    let keys = cache.raw::<First>().unwrap();
    for key in ["kept", "gone"] {
        keys.put(key, First::of(1)).await.unwrap();
    }
    let gate = Gate::new();
    faults.next(Operation::RemoveMany, Fault::Hang(gate.clone()));
    let removed = tokio::spawn(async move { keys.invalidate("gone").await });
    while gate.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let versions = cache.versions().unwrap();
    let mut deployed = Box::pin(versions.deploy("2.0.0", Strategy::gradual()));
    // It waits for such changes, and takes far less where there are none.
    let soon = timeout(Duration::from_millis(200), &mut deployed).await;
    assert!(soon.is_err(), "{soon:?}");
    gate.release();
    removed.await.unwrap().unwrap();
    let report = deployed.await.unwrap();
    assert!(report.is_deployed, "{report:?}");
    cache.close().await.unwrap();
    let (cache, _) = fleet.start("2.0.0", domain::<First>());
    let keys = cache.raw::<First>().unwrap();
    assert!(keys.get("kept").await.unwrap().is_some());
    assert!(keys.get("gone").await.unwrap().is_none());
    cache.close().await.unwrap();
}
