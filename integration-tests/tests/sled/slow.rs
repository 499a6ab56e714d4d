//! A disk that answers late: what waits for it goes on waiting, and nothing is given up.

use std::path::Path;
use std::time::{Duration, Instant};

use backend_sled::SledBackend;
use cache_core::{Backend, Condition, Found, Result};
use integration_tests::sled_script::{entry, key};

use crate::mount::Mount;

/// Longer than a flush is waited for after something failed, and shorter than where nothing did.
const STALL: Duration = Duration::from_secs(15);

async fn put(backend: &SledBackend, id: u64) -> Result<()> {
    let key = key(id)?;
    let put = backend.put(key.as_key(), entry(id, 1), Condition::Always);
    put.await.map(|_| ())
}

/// What came of it, and how long after `began`.
async fn timed<T>(began: Instant, work: impl Future<Output = T>) -> (T, Duration) {
    let done = work.await;
    (done, began.elapsed())
}

async fn assert_there(backend: &SledBackend, ids: std::ops::Range<u64>) {
    for id in ids {
        let found = backend.get(key(id).unwrap().as_key()).await.unwrap();
        assert!(matches!(found, Found::Entry(_)), "{id}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods, reason = "how long the disk took")]
async fn a_disk_that_stalls_is_waited_for_and_nothing_is_lost() {
    let Some(mount) = Mount::on_a_disk(64 << 20) else {
        return;
    };
    let [flushed, closed] = ["flushed", "closed"].map(|name| mount.path().join(name));
    let open = |path: &Path| SledBackend::builder().path(path).build().unwrap();
    let (one, other) = (open(&flushed), open(&closed));
    for id in 0..100 {
        put(&one, id).await.unwrap();
        put(&other, id).await.unwrap();
    }
    let began = Instant::now();
    let stall = mount.stall(STALL);
    for id in 100..200 {
        put(&one, id).await.unwrap();
        put(&other, id).await.unwrap();
    }
    let (flush, close) = tokio::join!(timed(began, one.flush()), timed(began, other.close()));
    assert!(stall.end(), "the stall did not end as it should");
    for (what, (done, after)) in [("flush", flush), ("close", close)] {
        done.unwrap();
        assert!(
            after >= STALL,
            "{what} did not wait for the disk: {after:?}"
        );
    }
    assert_there(&one, 0..200).await;
    one.close().await.unwrap();
    for path in [&flushed, &closed] {
        let again = open(path);
        assert_eq!(again.quarantined(), None);
        assert_there(&again, 0..200).await;
        again.close().await.unwrap();
    }
}
