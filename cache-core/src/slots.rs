//! Something for each of a number of small indexes, made when it is first asked for, and never moved: whoever asks again takes
//! no lock and writes nothing.

use std::sync::OnceLock;

/// Buckets of 1, 2, 4, .. slots reach every index.
const BUCKETS: usize = u32::BITS as usize;

type Bucket<T> = Box<[OnceLock<T>]>;

/// Takes room for at most twice the highest index that was asked for.
///
/// # Example
/// ```
/// # use cache_core::slots::Slots;
/// let slots = Slots::default();
/// assert_eq!(slots.get_or_init(7, || "made"), Some(&"made"));
/// assert_eq!(slots.get_or_init(7, || "made again"), Some(&"made"));
/// ```
pub struct Slots<T>([OnceLock<Bucket<T>>; BUCKETS]);

impl<T> Slots<T> {
    /// Returns what belongs to an index, and makes it first if there is nothing. `None` for the highest possible index alone.
    pub fn get_or_init(&self, index: u32, make: impl FnOnce() -> T) -> Option<&T> {
        let (bucket, slot) = place(index)?;
        let bucket_slots = self.0.get(bucket)?.get_or_init(|| {
            let slots = 1_usize << bucket;
            std::iter::repeat_with(OnceLock::new).take(slots).collect()
        });
        Some(bucket_slots.get(slot)?.get_or_init(make))
    }

    /// Goes through all that were made.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let buckets = self.0.iter().filter_map(OnceLock::get);
        buckets.flat_map(|bucket| bucket.iter().filter_map(OnceLock::get))
    }
}

/// Returns the bucket of an index, and its slot there.
fn place(index: u32) -> Option<(usize, usize)> {
    let number = index.checked_add(1)?;
    let bucket = number.ilog2();
    let slot = number - (1 << bucket);
    Some((usize::try_from(bucket).ok()?, usize::try_from(slot).ok()?))
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self([const { OnceLock::new() }; BUCKETS])
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Slots<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_index_has_a_slot_of_its_own_inside_its_bucket() {
        let places: HashSet<_> = (0..5_000).filter_map(place).collect();
        assert_eq!(places.len(), 5_000);
        assert!(places.iter().all(|(bucket, slot)| *slot < 1 << bucket));
        assert_eq!(place(u32::MAX - 1).map(|(bucket, _)| bucket), Some(31));
        assert_eq!(place(u32::MAX), None);
    }

    #[test]
    fn what_was_made_stays_and_is_told() {
        let slots = Slots::default();
        for index in [3, 0, 700] {
            assert_eq!(slots.get_or_init(index, || index), Some(&index));
        }
        assert_eq!(slots.get_or_init(3, || 9), Some(&3));
        assert_eq!(slots.iter().copied().collect::<Vec<_>>(), [0, 3, 700]);
    }
}
