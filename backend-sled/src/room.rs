//! Room on the disk: asked of the system now and then, and spent from what it said in between.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What is left of the disk for what sled has not written yet, and for removals: eight of its buffers.
pub(crate) const RESERVE: u64 = 4 << 20;

/// How long an answer of the system counts: others write to the disk too.
const COUNTS: Duration = Duration::from_millis(100);

/// Which part of what is free may be spent before the system is asked again: sled writes more than it is given.
const PART: u64 = 64;

/// What may be written before the system is asked again.
#[derive(Debug, Default)]
pub(crate) struct Room {
    granted: Mutex<Option<Granted>>,
    /// There was no room at some time since the last flush that came to an end.
    short: AtomicBool,
    /// What a test says is free, instead of the system.
    #[cfg(test)]
    pretended: Mutex<Option<u64>>,
}

#[derive(Clone, Copy, Debug)]
struct Granted {
    bytes: u64,
    asked: Instant,
}

impl Room {
    /// Takes so many bytes, and says whether they are there; `free` asks the system.
    pub(crate) fn take(&self, bytes: u64, free: impl FnOnce() -> u64) -> bool {
        let mut granted = lock(&self.granted);
        let now = Instant::now();
        if let Some(granted) = granted.as_mut()
            && now.duration_since(granted.asked) < COUNTS
            && let Some(left) = granted.bytes.checked_sub(bytes)
        {
            granted.bytes = left;
            return true;
        }
        #[cfg(test)]
        let free = || (*lock(&self.pretended)).unwrap_or_else(free);
        let left = free().checked_sub(RESERVE.saturating_add(bytes));
        *granted = left.map(|left| Granted {
            bytes: left / PART,
            asked: now,
        });
        if left.is_none() {
            self.short.store(true, Relaxed);
        }
        left.is_some()
    }

    /// Whether there was no room, at some time since this was forgotten.
    pub(crate) fn was_short(&self) -> bool {
        self.short.load(Relaxed)
    }

    pub(crate) fn forget_shortage(&self) {
        self.short.store(false, Relaxed);
    }

    /// Says what is free from now on.
    #[cfg(test)]
    pub(crate) fn pretend(&self, free: u64) {
        *lock(&self.pretended) = Some(free);
        *lock(&self.granted) = None;
    }
}

/// What these locks guard is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_not_given_away() {
        let room = Room::default();
        assert!(!room.take(1, || RESERVE));
        assert!(room.was_short());
        room.forget_shortage();
        assert!(room.take(1, || RESERVE + 1));
        assert!(!room.was_short());
        assert!(!room.take(u64::MAX, || u64::MAX - 1));
    }

    #[test]
    fn the_system_is_asked_again_when_a_part_is_spent() {
        let (room, mut asked) = (Room::default(), 0);
        for _ in 0..1 + 64 + 1 {
            let free = || {
                asked += 1;
                RESERVE + 10 + 64 * 640
            };
            assert!(room.take(10, free));
        }
        assert_eq!(asked, 2);
    }

    #[test]
    fn an_answer_counts_for_a_while() {
        let room = Room::default();
        assert!(room.take(1, || u64::MAX));
        let began = Instant::now();
        crate::patience::until(COUNTS * 50, || (!room.take(1, || 0)).then_some(()));
        assert!(began.elapsed() >= COUNTS / 2);
        assert!(!room.take(1, || 0));
    }
}
