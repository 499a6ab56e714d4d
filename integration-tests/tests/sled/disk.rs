//! A disk that is full, or read-only, or no disk at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use backend_sled::SledBackend;
use cache_core::{Backend, Condition, Error, ErrorKind, Found, Result};
use integration_tests::sled_script::{entry, key};

use crate::mount::Mount;

/// No call on a disk that fails takes longer.
const BOUND: Duration = Duration::from_secs(15);

fn open(path: &Path) -> Result<SledBackend> {
    SledBackend::builder()
        .path(path)
        .flush_interval(Duration::from_millis(20))
        .build()
}

/// A call that has to end in time, whatever it answers.
async fn bounded<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(BOUND, call)
        .await
        .unwrap_or_else(|_| panic!("a call did not end within {BOUND:?}"))
}

async fn put_and_flush(backend: &SledBackend, id: u64, version: u64) -> Result<()> {
    let key = key(id)?;
    bounded(backend.put(key.as_key(), entry(id, version), Condition::Always)).await?;
    bounded(backend.flush()).await
}

/// Puts until the disk is full, 5,000 ids from this one on again and again.
async fn fill(backend: &SledBackend, first: u64) -> Error {
    for version in 0..200_000 {
        if let Err(error) = put_and_flush(backend, first + version % 5_000, version).await {
            return error;
        }
    }
    panic!("the disk was never full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_puts_and_the_rest_goes_on() {
    let Some(mount) = Mount::of("32m") else {
        return;
    };
    let (path, other) = (mount.path().join("cache"), mount.path().join("other"));
    let backend = open(&path).unwrap();
    // A small cache, and somebody else who takes the rest but 6 MiB.
    for id in 0..200 {
        put_and_flush(&backend, id, 1).await.unwrap();
    }
    let room = 32_u64 << 20;
    let taken = room - (6 << 20) - used(&path);
    fs::write(&other, vec![1; usize::try_from(taken).unwrap()]).unwrap();
    let error = fill(&backend, 0).await;
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{error}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    // What is there is read, and what is removed stays so.
    let held = backend.stats().await.unwrap().entries;
    assert!(held >= Some(200), "{held:?}");
    for id in 0..100 {
        let key = key(id).unwrap();
        let found = bounded(backend.get(key.as_key())).await.unwrap();
        assert!(matches!(found, Found::Entry(_)), "{found:?}");
        bounded(backend.remove(key.as_key(), None)).await.unwrap();
    }
    bounded(backend.flush()).await.unwrap();
    // What was removed may have left room, which lasts for as long as it does.
    let refused = fill(&backend, 10_000).await;
    assert_eq!(refused.kind(), ErrorKind::Overloaded, "{refused}");
    fs::remove_file(&other).unwrap();
    put_and_flush(&backend, 1, 7).await.unwrap();
    bounded(backend.close()).await.unwrap();
    let backend = open(&path).unwrap();
    assert_eq!(backend.quarantined(), None);
    for id in 0..200 {
        let found = bounded(backend.get(key(id).unwrap().as_key()))
            .await
            .unwrap();
        let is_there = id == 1 || id >= 100;
        assert_eq!(
            matches!(found, Found::Entry(_)),
            is_there,
            "{id}: {found:?}"
        );
    }
    bounded(backend.close()).await.unwrap();
}

/// Bytes of the files below a directory.
fn used(path: &Path) -> u64 {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                used(&entry.path())
            } else {
                metadata.len()
            }
        })
        .sum()
}

/// Somebody takes every byte, the reserve too: sled itself meets the full disk, and does not go on after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods, reason = "how long it takes to recover")]
async fn a_disk_without_any_room_is_told_and_the_cache_serves_again_once_there_is_some() {
    let Some(mount) = Mount::of("32m") else {
        return;
    };
    let backend = open(&mount.path().join("cache")).unwrap();
    for id in 0..2_000 {
        put_and_flush_some(&backend, id).await.unwrap();
    }
    let greed = Greed::at(mount.path().join("rest"));
    let (mut refused, mut removed) = (0, Vec::new());
    for id in 0..2_000 {
        let key = key(id).unwrap();
        let (read, gone) = (
            bounded(backend.get(key.as_key())).await.map(|_| ()),
            bounded(backend.remove(key.as_key(), None))
                .await
                .map(|_| ()),
        );
        if gone.is_ok() {
            removed.push(id);
        }
        let put = put_and_flush(&backend, id + 5_000, 1).await;
        for error in [read.err(), gone.err(), put.err()].into_iter().flatten() {
            assert!(is_for_lack_of_room(&error), "{error}");
            refused += 1;
        }
    }
    println!("{refused} of 6,000 calls were refused while the disk was full");
    assert!(refused > 0);
    drop(greed);
    let began = Instant::now();
    while let Err(error) = put_and_flush(&backend, 9_999, 7).await {
        assert!(is_for_lack_of_room(&error), "{error}");
        assert!(
            began.elapsed() < BOUND,
            "no service within {BOUND:?}: {error}"
        );
        tokio::task::yield_now().await;
    }
    println!("serves again {:?} after there was room", began.elapsed());
    for id in removed {
        let found = bounded(backend.get(key(id).unwrap().as_key()))
            .await
            .unwrap();
        assert!(matches!(found, Found::Absent), "{id} is back: {found:?}");
    }
    bounded(backend.close()).await.unwrap();
}

/// A sled without room fails, or does not come to an end with a flush and is given up for that.
fn is_for_lack_of_room(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Overloaded => true,
        ErrorKind::Timeout => error.to_string().contains("and is given up"),
        _ => false,
    }
}

async fn put_and_flush_some(backend: &SledBackend, id: u64) -> Result<()> {
    let key = key(id)?;
    bounded(backend.put(key.as_key(), entry(id, 1), Condition::Always)).await?;
    if id.is_multiple_of(100) {
        bounded(backend.flush()).await?;
    }
    Ok(())
}

/// Takes all room there is as soon as there is any, until it is dropped.
struct Greed {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Greed {
    fn at(path: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut file, seen) = (File::create(&path).unwrap(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !seen.load(SeqCst) {
                let _ = file.write(&[1; 4_096]);
            }
        });
        Self {
            path,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Greed {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.path);
    }
}

#[test]
fn a_disk_that_is_full_from_the_start_is_told() {
    let Some(mount) = Mount::of("1m") else {
        return;
    };
    let _ = fs::write(mount.path().join("other"), vec![1; 2 << 20]);
    let error = open(&mount.path().join("cache")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{error}");
    fs::remove_file(mount.path().join("other")).unwrap();
    open(&mount.path().join("cache")).unwrap();
}

#[tokio::test]
async fn a_read_only_path_is_told_and_nothing_is_moved_aside() {
    let Some(mount) = Mount::of("32m") else {
        return;
    };
    let (there, fresh) = (mount.path().join("cache"), mount.path().join("fresh"));
    let backend = open(&there).unwrap();
    put_and_flush(&backend, 1, 1).await.unwrap();
    bounded(backend.close()).await.unwrap();
    mount.remount("ro");
    for path in [&there, &fresh] {
        let error = open(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
    mount.remount("rw");
    let backend = open(&there).unwrap();
    assert_eq!(backend.quarantined(), None);
    let found = bounded(backend.get(key(1).unwrap().as_key()))
        .await
        .unwrap();
    assert!(matches!(found, Found::Entry(_)));
    bounded(backend.close()).await.unwrap();
}

/// Needs no rights: a place where nobody makes directories, and a file where a directory should be.
#[test]
fn a_path_that_is_no_directory_is_told() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("cache")] {
        let error = open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.to_string().contains("`path`"), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"x");
}
