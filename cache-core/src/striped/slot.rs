//! A small number for every thread, its own while it lives: a counter that one thread alone writes needs no atomic addition.
//!
//! On x86-64 an atomic addition also waits for the stores before it; on a hit that was 8 of 250 ns.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The numbers below this one are handed to one living thread each: four for each processor, between 16 and 512.
static OWNED: LazyLock<usize> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    processors.saturating_mul(4).clamp(16, 512)
});

static FREE: LazyLock<Mutex<Vec<usize>>> =
    LazyLock::new(|| Mutex::new((0..owned()).rev().collect()));

/// Counts on where the numbers are used up: such a thread may share its number with others.
static NEXT_SHARED: AtomicUsize = AtomicUsize::new(0);

const UNASSIGNED: usize = usize::MAX;

thread_local! {
    static SLOT: Cell<usize> = const { Cell::new(UNASSIGNED) };
    static LEASE: Lease = Lease::take();
}

/// Returns the first number that several threads may have; below it, each belongs to one thread.
pub(super) fn owned() -> usize {
    *OWNED
}

/// Returns the calling thread's number: a small one that no other living thread has, or one from 16 on that some may share.
#[inline(always)]
pub fn current() -> usize {
    let slot = SLOT.get();
    if slot == UNASSIGNED { assign() } else { slot }
}

#[cold]
fn assign() -> usize {
    // The lease is gone where a thread counts while its storage is taken down.
    let slot = LEASE.try_with(|lease| lease.0).unwrap_or_else(|_| shared());
    SLOT.set(slot);
    slot
}

fn shared() -> usize {
    owned() + NEXT_SHARED.fetch_add(1, Ordering::Relaxed) % 1_024
}

/// A number, given back when the thread ends. The lock that hands it on orders the next owner's reads after our last write.
struct Lease(usize);

impl Lease {
    fn take() -> Self {
        Self(free().pop().unwrap_or_else(shared))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        SLOT.set(shared());
        if self.0 < owned() {
            free().push(self.0);
        }
    }
}

fn free() -> MutexGuard<'static, Vec<usize>> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Arc, Barrier};

    use super::*;

    #[test]
    fn threads_that_live_at_the_same_time_never_share_an_owned_number() {
        let number = owned() + 8;
        let all_have_one = Arc::new(Barrier::new(number));
        let threads: Vec<_> = (0..number)
            .map(|_| {
                let all_have_one = Arc::clone(&all_have_one);
                thread::spawn(move || {
                    let mine = current();
                    all_have_one.wait();
                    assert_eq!(mine, current());
                    mine
                })
            })
            .collect();
        let numbers: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        let own: Vec<_> = numbers.iter().filter(|slot| **slot < owned()).collect();
        assert!(numbers.len() - own.len() >= 8);
        assert_eq!(own.iter().collect::<HashSet<_>>().len(), own.len());
    }

    #[test]
    fn a_number_is_handed_on_when_its_thread_has_ended() {
        let mut seen = HashSet::new();
        for _ in 0..2 * owned() {
            seen.insert(thread::spawn(current).join().unwrap());
        }
        // Without handing on, every thread would get another.
        assert!(seen.len() < 2 * owned(), "{}", seen.len());
        assert!(free().len() <= owned());
    }
}
