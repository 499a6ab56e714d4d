//! A table that grows and never moves: one slot per index of a space, read without a lock.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

/// What is kept per space.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Which writes are to be seen: those of this generation. A clear takes the next one. It outlives the space: whoever
    /// gets the index next goes on from here, and nobody is left who could hold an older one.
    pub(crate) generation: AtomicU32,
    /// How many entries of the space are held, counted before they are stored.
    pub(crate) entries: AtomicU64,
    /// Whether the space is in the list of spaces that a clear goes through.
    pub(crate) known: AtomicBool,
}

/// The first chunk; each further one is twice as long as the one before.
const FIRST: usize = 64;

/// Enough for every `u32`.
const CHUNKS: usize = 27;

/// The table: chunks are made when an index of theirs is first used.
pub(crate) struct Slots([OnceLock<Box<[Slot]>>; CHUNKS]);

impl Slots {
    pub(crate) const fn new() -> Self {
        Self([const { OnceLock::new() }; CHUNKS])
    }

    /// Returns the slot of an index, if its chunk was made.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Slot> {
        let (chunk, offset) = place(index);
        self.0.get(chunk)?.get()?.get(offset)
    }

    /// Returns the slot of an index.
    #[expect(
        clippy::indexing_slicing,
        reason = "`place` stays below the lengths, which a test shows for its extremes"
    )]
    pub(crate) fn get_or_make(&self, index: u32) -> &Slot {
        let (chunk, offset) = place(index);
        let slots = self.0[chunk].get_or_init(|| {
            std::iter::repeat_with(Slot::default)
                .take(FIRST << chunk)
                .collect()
        });
        &slots[offset]
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.0.iter().filter(|chunk| chunk.get().is_some()).count();
        write!(f, "Slots({made} chunks)")
    }
}

/// Returns the chunk of an index and the place in it.
#[inline]
fn place(index: u32) -> (usize, usize) {
    let shifted = (index as usize).saturating_add(FIRST);
    let chunk = (shifted.ilog2() - FIRST.ilog2()) as usize;
    (chunk, shifted - (FIRST << chunk))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn every_index_has_a_place_of_its_own_within_its_chunk() {
        let mut expected = (0, 0);
        for index in 0..100_000 {
            assert_eq!(place(index), expected);
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        let (chunk, offset) = place(u32::MAX);
        assert!(chunk < CHUNKS && offset < FIRST << chunk);
    }

    #[test]
    fn slots_are_made_on_use_and_stay() {
        let slots = Slots::new();
        assert!(slots.get(5_000).is_none());
        slots
            .get_or_make(5_000)
            .generation
            .store(7, Ordering::Relaxed);
        let read = |index| {
            slots
                .get(index)
                .map(|slot| slot.generation.load(Ordering::Relaxed))
        };
        assert_eq!(
            (read(5_000), read(5_001), read(1)),
            (Some(7), Some(0), None)
        );
    }
}
