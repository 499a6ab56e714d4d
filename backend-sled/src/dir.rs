//! The directory: who holds it, where the live files are, and what was moved aside.
//!
//! ```text
//! <path>/lock                       held as long as the backend is open
//! <path>/live-<format>-<number>/    sled's files; a store that starts cold has the next number
//! <path>/damaged-<millis>/          what could not be read, the newest few
//! ```
//! The format is that of the trees and what stands in them. Files of another one are removed, and the cache starts cold. What
//! is not named exactly so (`names.rs`) is somebody else's, and stays.
//!
//! The lock is our own, since sled reads and writes some files before it takes its lock: a second process must not take
//! files for damaged that the first is about to write. The number is there because an engine that was given up may live on,
//! and write files by their paths.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache_core::{Operation, Result, Timestamp};
use fs2::FileExt;

use crate::error;
use crate::names::{self, FORMAT, LOCK};
use crate::patience;

/// How many damaged directories are kept.
const KEPT: usize = 2;

/// How long a lock is waited for that a backend, just dropped, is about to let go.
const PATIENCE: Duration = Duration::from_secs(1);

/// sled lets go of its file a little after its database was dropped, from threads of its own.
const ENGINE_PATIENCE: Duration = Duration::from_secs(5);

/// A directory that is held.
#[derive(Debug)]
pub(crate) struct Dir {
    root: PathBuf,
    number: AtomicU64,
    lock: Mutex<Option<File>>,
    moved: Mutex<Option<PathBuf>>,
}

impl Dir {
    /// Makes the directory if there is none, and takes it.
    pub(crate) fn take(root: &Path) -> Result<Self> {
        let lock = Self::lock(root).map_err(|error| told(&error))?;
        let Some(lock) = lock else {
            return Err(error::held_by_another());
        };
        let dir = Self {
            root: root.to_owned(),
            number: AtomicU64::new(0),
            lock: Mutex::new(Some(lock)),
            moved: Mutex::new(None),
        };
        dir.find_live().map_err(|error| told(&error))?;
        Ok(dir)
    }

    /// Finds the newest live files, and removes those of another format, and what a process left that was killed while it
    /// started cold.
    fn find_live(&self) -> io::Result<()> {
        let all = names::live(&self.root)?;
        let (mut live, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(live, _)| live.format == FORMAT);
        if !others.is_empty() {
            tracing::warn!("the cache on disk has another format, and starts cold");
        }
        let newest = live.pop();
        if let Some((newest, _)) = newest {
            self.number.store(newest.number, SeqCst);
        }
        let mut gone = others.iter().chain(&live);
        gone.try_for_each(|(_, path)| fs::remove_dir_all(path))
    }

    fn lock(root: &Path) -> io::Result<Option<File>> {
        fs::create_dir_all(root)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(LOCK))?;
        try_lock_within(PATIENCE, file)
    }

    pub(crate) fn live(&self) -> PathBuf {
        let number = self.number.load(SeqCst);
        self.root.join(names::of_live(number))
    }

    /// Waits until sled has let go of the live files.
    pub(crate) fn await_engine(&self) -> Result<()> {
        let file = match OpenOptions::new().write(true).open(self.live().join("db")) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(told(&error)),
        };
        match try_lock_within(ENGINE_PATIENCE, file).map_err(|error| told(&error))? {
            Some(_let_go) => Ok(()),
            None => Err(error::held_by_another()),
        }
    }

    /// Moves the live files aside, and removes the oldest of what was moved before.
    pub(crate) fn set_aside(&self, now: Timestamp) -> Result<PathBuf> {
        self.try_set_aside(now).map_err(|error| told(&error))
    }

    fn try_set_aside(&self, now: Timestamp) -> io::Result<PathBuf> {
        // Room first: the disk may be full of them.
        let mut kept = names::damaged(&self.root)?;
        while kept.len() >= KEPT {
            fs::remove_dir_all(kept.remove(0))?;
        }
        let mut millis = now.as_millis();
        let aside = loop {
            let aside = self.root.join(names::of_damaged(millis));
            if !aside.try_exists()? {
                break aside;
            }
            millis = millis.saturating_add(1);
        };
        fs::rename(self.live(), &aside)?;
        self.number.fetch_add(1, SeqCst);
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(aside.clone());
        Ok(aside)
    }

    /// Removes the live files. Their room is free at once, even if an engine that was given up still holds them.
    pub(crate) fn wipe(&self) -> Result<()> {
        if let Ok(data) = OpenOptions::new().write(true).open(self.live().join("db")) {
            data.set_len(0).map_err(|error| told(&error))?;
        }
        match fs::remove_dir_all(self.live()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(told(&error)),
            _ => {
                self.number.fetch_add(1, SeqCst);
                Ok(())
            }
        }
    }

    /// How many bytes of the disk are free; one that does not tell has room.
    pub(crate) fn free(&self) -> u64 {
        fs2::available_space(&self.root).unwrap_or(u64::MAX)
    }

    /// What this backend moved aside last.
    pub(crate) fn moved(&self) -> Option<PathBuf> {
        self.moved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets others take the directory.
    pub(crate) fn let_go(&self) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Takes the lock of a file, waiting for whoever is about to let it go; `None` if it stays taken.
fn try_lock_within(limit: Duration, file: File) -> io::Result<Option<File>> {
    let taken = fs2::lock_contended_error();
    let locked = patience::until(limit, || match file.try_lock_exclusive() {
        Ok(()) => Some(Ok(())),
        Err(error) if error.raw_os_error() == taken.raw_os_error() => None,
        Err(error) => Some(Err(error)),
    });
    match locked {
        Some(Ok(())) => Ok(Some(file)),
        Some(Err(error)) => Err(error),
        None => Ok(None),
    }
}

fn told(error: &io::Error) -> cache_core::Error {
    error::of_disk(error).operation(Operation::Build)
}

#[cfg(test)]
mod tests {
    use cache_core::ErrorKind;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// The live files of any format.
    fn live(root: &Path) -> Vec<PathBuf> {
        let live = names::live(root).unwrap();
        live.into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn a_directory_has_one_user_and_is_free_afterwards() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let held = Dir::take(&path).unwrap();
        let error = Dir::take(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("another process"), "{error}");
        held.let_go();
        Dir::take(&path).unwrap();
    }

    #[test]
    fn the_newest_of_what_was_moved_aside_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let dir = Dir::take(root.path()).unwrap();
        // The clock stands still for two of them, and one has fewer digits.
        let moments = [999, 1_000, 1_000, 1_001, 10_000];
        let moved: Vec<_> = moments
            .iter()
            .map(|millis| {
                fs::create_dir_all(dir.live().join("blobs")).unwrap();
                dir.set_aside(at(*millis)).unwrap()
            })
            .collect();
        assert_eq!(names::damaged(root.path()).unwrap(), moved[3..]);
        assert_eq!(dir.moved(), moved.last().cloned());
        assert!(!dir.live().exists());
    }

    #[test]
    fn a_path_that_is_no_directory_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = Dir::take(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
            assert!(error.to_string().contains("`path`"), "{error}");
        }
    }

    #[test]
    fn wiping_nothing_is_fine() {
        let root = tempfile::tempdir().unwrap();
        let dir = Dir::take(root.path()).unwrap();
        dir.wipe().unwrap();
        fs::create_dir_all(dir.live()).unwrap();
        let before = dir.live();
        dir.wipe().unwrap();
        assert!(!before.exists() && before < dir.live());
        dir.await_engine().unwrap();
    }

    #[test]
    fn the_newest_live_files_are_found_and_older_ones_go() {
        let root = tempfile::tempdir().unwrap();
        let dir = Dir::take(root.path()).unwrap();
        let mut last = dir.live();
        for _ in 0..12 {
            fs::create_dir_all(dir.live()).unwrap();
            last = dir.live();
            dir.number.fetch_add(1, SeqCst);
        }
        dir.let_go();
        let dir = Dir::take(root.path()).unwrap();
        assert_eq!(dir.live(), last);
        assert_eq!(live(root.path()), [last]);
    }

    #[test]
    fn live_files_of_another_format_go() {
        let root = tempfile::tempdir().unwrap();
        for other in ["live-00000000000000000003", "live-2-00000000000000000003"] {
            fs::create_dir_all(root.path().join(other).join("blobs")).unwrap();
        }
        let dir = Dir::take(root.path()).unwrap();
        assert!(!dir.live().exists());
        assert_eq!(live(root.path()), [] as [PathBuf; 0]);
        assert_eq!(dir.moved(), None);
    }

    #[test]
    fn what_is_not_named_exactly_like_our_own_stays() {
        let root = tempfile::tempdir().unwrap();
        let foreign = [
            "live-2024",
            "live-1-2024",
            "live-",
            "live-1-",
            "live-x-00000000000000000003",
            "live--00000000000000000003",
            "live-+1-00000000000000000003",
            "live-1-+0000000000000000003",
            "live-1-00000000000000000003-old",
            "live-1-99999999999999999999",
            "lively",
            "damaged-goods",
            "damaged-1",
        ];
        for name in foreign {
            fs::create_dir_all(root.path().join(name).join("below")).unwrap();
        }
        let file = root.path().join("live-00000000000000000003");
        fs::write(&file, "x").unwrap();
        let dir = Dir::take(root.path()).unwrap();
        for millis in 0..4 {
            fs::create_dir_all(dir.live()).unwrap();
            dir.set_aside(at(millis)).unwrap();
        }
        for name in foreign {
            assert!(root.path().join(name).join("below").exists(), "{name}");
        }
        assert!(file.exists());
    }
}
