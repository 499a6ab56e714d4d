//! What releases left is removed exactly, and nothing else.

use cache_core::{Backend, Scope};
use cache_facade::{ErrorKind, Purge, Strategy, VersionManager, domain};

use crate::fleet::{Fleet, HOUR};
use crate::releases::{First, Keeps, Swapped};

async fn fill(fleet: &Fleet, release: &str, number: u64) {
    let (cache, characters) = fleet.start(release, domain::<First>());
    let items = (0..number).map(|id| (id, First::of(id)));
    for put in characters.put_many(items).await {
        put.unwrap();
    }
    cache.close().await.unwrap();
}

async fn deploy(versions: &VersionManager, releases: &[&str]) {
    for release in releases {
        let report = versions.deploy(release, Strategy::safe()).await.unwrap();
        assert!(report.is_deployed, "{report:?}");
    }
}

/// Three majors left entries; the last two are kept, and what the first has goes once nobody was seen there for long enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_neither_kept_nor_in_use_goes_exactly() {
    let fleet = Fleet::on_redis();
    // Each put removes the ids of the releases before: so the later ones have fewer, and all have some.
    for (release, number) in [("1.4.0", 300), ("2.0.0", 20), ("3.0.0", 5)] {
        fill(&fleet, release, number).await;
    }
    let (cache, characters) = fleet.start("3.0.0", domain::<First>());
    let versions = cache.versions().unwrap();
    let error = versions.purge(Purge::keep(2)).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Conflict,
        "nothing was deployed yet"
    );
    deploy(&versions, &["1.4.0", "2.0.0", "3.0.0"]).await;
    let seen_lately = versions.purge(Purge::keep(2)).await.unwrap();
    assert_eq!((seen_lately.removed(), seen_lately.in_use), (0, 1));
    fleet.clock.advance(HOUR * 2 / 3);
    let dry = versions.purge(Purge::keep(2).dry_run()).await.unwrap();
    assert_eq!(dry.removed(), 280);
    assert_eq!(cache.count().await.unwrap(), 300);
    let purged = versions.purge(Purge::keep(2).rate(10_000)).await.unwrap();
    let [address] = purged.addresses.as_slice() else {
        panic!("{purged:?}");
    };
    assert_eq!((address.removed, address.left), (280, 0));
    assert_eq!((address.epoch, address.is_forgotten), (1 << 32, true));
    assert_eq!(address.releases, ["1.4.0"]);
    let counts: Vec<_> = versions.status().await.unwrap().addresses;
    let counts: Vec<_> = counts
        .iter()
        .map(|one| (one.epoch >> 32, one.entries))
        .collect();
    assert_eq!(counts, [(2, 15), (3, 5)]);
    assert_eq!(characters.get(4_u64).await.unwrap().unwrap().number(), 4);
    let again = versions.purge(Purge::keep(2)).await.unwrap();
    assert_eq!((again.removed(), again.addresses.len()), (0, 0));
    // A rollback still finds its entries.
    assert_eq!(versions.rollback(false).await.unwrap().entries, 15);
}

/// What no record lists may be anybody's: it stays, and is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_listed_stays() {
    let fleet = Fleet::on_redis();
    fill(&fleet, "2.0.0", 3).await;
    let unreleased = cache_facade::Cache::builder().config(fleet.config.clone());
    let unreleased = unreleased.clock(std::sync::Arc::new(fleet.clock.clone()));
    let unreleased = unreleased.domain(domain::<Swapped>()).build().unwrap();
    let characters = unreleased.domain::<Swapped>().unwrap();
    characters.put(100_u64, Swapped::of(1)).await.unwrap();
    let (cache, _) = fleet.start("2.0.0", domain::<First>());
    let versions = cache.versions().unwrap();
    deploy(&versions, &["2.0.0"]).await;
    fleet.clock.advance(HOUR * 2 / 3);
    let purged = versions.purge(Purge::keep(1)).await.unwrap();
    assert_eq!((purged.removed(), purged.unlisted), (0, 1));
    let everything = Scope::namespace(&fleet.config.namespace);
    assert_eq!(fleet.store().count(everything).await.unwrap(), 4);
}

/// A process that had nothing to do for so long that its row is gone is listed again before it reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_after_a_purge_is_listed_again_first() {
    let fleet = Fleet::on_redis();
    let (_old_cache, old) = fleet.start("1.4.0", domain::<First>());
    for id in 0..4_u64 {
        old.put(id, First::of(id)).await.unwrap();
    }
    let (cache, new) = fleet.start("2.0.0", domain::<Swapped>());
    assert!(new.get(0_u64).await.unwrap().is_none());
    let versions = cache.versions().unwrap();
    deploy(&versions, &["2.0.0"]).await;
    fleet.clock.advance(HOUR * 2 / 3);
    // 1.4.0 was found at work by the first deployment: only one release is kept here.
    let purged = versions.purge(Purge::keep(1)).await.unwrap();
    assert_eq!(purged.removed(), 4);
    assert!(purged.addresses[0].is_forgotten);
    let (first, second) = tokio::join!(old.get(0_u64), old.get(1_u64));
    assert!(first.unwrap().is_none() && second.unwrap().is_none());
    old.get_or_load_with(0_u64, |_| async { Ok::<_, std::io::Error>(First::of(1)) })
        .await
        .unwrap();
    new.put(0_u64, Swapped::of(2)).await.unwrap();
    assert!(
        old.get(0_u64).await.unwrap().is_none(),
        "changes reach it again"
    );
}

/// A domain that nobody came to since a patch or two is shared by them, as is one without an epoch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_kept_release_may_share_stays() {
    let fleet = Fleet::on_redis();
    fill(&fleet, "1.3.0", 10).await;
    let builder = cache_facade::Cache::builder().config(fleet.config.clone());
    let builder = builder.clock(std::sync::Arc::new(fleet.clock.clone()));
    let cache = builder.release("1.5.0").build().unwrap();
    let versions = cache.versions().unwrap();
    deploy(&versions, &["1.3.0", "1.4.0", "1.5.0"]).await;
    fleet.clock.advance(HOUR * 2 / 3);
    let purged = versions.purge(Purge::keep(1)).await.unwrap();
    assert_eq!((purged.removed(), purged.in_use), (0, 0));
    assert_eq!(cache.count().await.unwrap(), 10);
    // Where the kept release has come with another type, the earlier one is out of use.
    let (_later, characters) = fleet.start("1.5.0", domain::<Swapped>());
    assert!(characters.get(0_u64).await.unwrap().is_none());
    let purged = versions.purge(Purge::keep(1)).await.unwrap();
    assert_eq!(purged.removed(), 10);
}

/// Each kept release by itself: that one of them is listed with an earlier type says nothing of the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_newest_of_those_that_are_kept_may_share_stays() {
    let fleet = Fleet::on_redis();
    fill(&fleet, "1.4.0", 2).await;
    let (candidate, characters) = fleet.start("1.4.5", domain::<Swapped>());
    characters.put(7_u64, Swapped::of(7)).await.unwrap();
    candidate.close().await.unwrap();
    let builder = cache_facade::Cache::builder().config(fleet.config.clone());
    let builder = builder.clock(std::sync::Arc::new(fleet.clock.clone()));
    let cache = builder.release("1.5.0").build().unwrap();
    let versions = cache.versions().unwrap();
    deploy(&versions, &["1.4.0", "1.5.0"]).await;
    fleet.clock.advance(HOUR * 2 / 3);
    let purged = versions.purge(Purge::keep(2)).await.unwrap();
    assert_eq!((purged.removed(), cache.count().await.unwrap()), (0, 3));
}
