//! A process stays listed, and learns what is still read, whatever it does with the store.

use std::time::Duration;

use cache_core::{Backend, Epoch, Key, RESERVED_DOMAIN, Space};
use cache_facade::{Domain, domain};

use crate::fleet::Fleet;
use crate::releases::{First, Keeps};

const SECONDS: Duration = Duration::from_secs(1);

/// When the one row of the record was last renewed, in milliseconds.
async fn seen(fleet: &Fleet) -> u64 {
    let space = Space::new(&fleet.config.namespace, RESERVED_DOMAIN, 0).unwrap();
    let key = Key::new(&space, Epoch::UNVERSIONED, b"live:character").unwrap();
    let found = fleet.store().get(key).await.unwrap().unshared();
    let cache_core::Found::Entry(entry) = found else {
        panic!("no record");
    };
    let cache_core::Payload::Encoded(bytes) = entry.payload else {
        panic!("no bytes");
    };
    let record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    record["rows"][0]["seen"].as_u64().unwrap()
}

fn now(fleet: &Fleet) -> u64 {
    cache_core::Clock::now(&fleet.clock).as_millis()
}

async fn put(to: &Domain<First>, id: u64) {
    to.put(id, First::of(id)).await.unwrap();
}

/// Each put learns who else is listed. That is no look at the own row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_all_the_time_is_renewed_and_learns_what_is_still_read() {
    let fleet = Fleet::on_redis();
    let (_here, characters) = fleet.start("1.4.0", domain::<First>());
    let (there, _) = fleet.start("1.4.0", domain::<First>());
    put(&characters, 0).await;
    for id in 1..200 {
        fleet.clock.advance(3 * SECONDS);
        put(&characters, id).await;
    }
    assert!(
        now(&fleet) - seen(&fleet).await < 310_000,
        "ten minutes later"
    );
    let versions = there.versions().unwrap();
    let late = fleet.late(0).await;
    let moment = cache_core::Timestamp::from_millis(now(&fleet));
    versions.invalidate_older_than(moment, None).await.unwrap();
    fleet.put_late(late).await;
    for id in 200..203 {
        fleet.clock.advance(3 * SECONDS);
        put(&characters, id).await;
    }
    assert!(characters.get(0_u64).await.unwrap().is_none());
    assert_eq!(characters.stats().misses.watermark, 1);
}

/// Reads go on for a quarter of an hour without a renewal, and then end: by the time that the row counts as abandoned, nobody
/// reads under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full_takes_no_reads_away() {
    let fleet = Fleet::on_full_redis();
    let (_cache, characters) = fleet.start("1.4.0", domain::<First>());
    put(&characters, 0).await;
    fleet.fill_the_server(true);
    for _ in 0..80 {
        fleet.clock.advance(10 * SECONDS);
        assert!(characters.get(0_u64).await.unwrap().is_some());
    }
    fleet.clock.advance(120 * SECONDS);
    // The first read after that looks at the record, and those that follow do not read without it.
    let _ = characters.get(0_u64).await;
    assert!(characters.get(0_u64).await.is_err());
    fleet.fill_the_server(false);
    assert!(characters.get(0_u64).await.unwrap().is_some());
}
