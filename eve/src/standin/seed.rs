//! Numbers that look random and follow from an id.

use crate::Kind;

/// A sequence of numbers that is the same on every machine and in every build (SplitMix64; Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Clone, Debug)]
pub(super) struct Seed(u64);

impl Seed {
    /// The sequence of one entity.
    pub(super) fn of(kind: Kind, id: i32) -> Self {
        let kind = (kind as u64 + 1) << 32;
        Self(mix(kind | u64::from(id.unsigned_abs())))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 to `end`, which is left out.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(high.abs_diff(low)) + 1;
        let above = u32::try_from(self.below(span)).unwrap_or(0);
        low.saturating_add_unsigned(above)
    }

    /// The same, in hundredths: 250 becomes 2.5.
    pub(super) fn hundredths(&mut self, low: i32, high: i32) -> f64 {
        f64::from(self.between(low, high)) / 100.0
    }

    /// A length from `low` to `high` bytes; the lower of two draws, as short texts are more frequent than long ones.
    pub(super) fn length(&mut self, low: i32, high: i32) -> usize {
        let drawn = self.between(low, high).min(self.between(low, high));
        usize::try_from(drawn).unwrap_or(0)
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `choices`; the type's default if there is none.
    pub(super) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let number = u64::try_from(choices.len()).unwrap_or(u64::MAX);
        let at = usize::try_from(self.below(number)).unwrap_or(0);
        choices.get(at).copied().unwrap_or_default()
    }
}

/// Spreads a number over all 64 bits.
pub(super) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::Seed;
    use crate::Kind;

    #[test]
    fn a_sequence_follows_from_kind_and_id() {
        let first = |kind, id| Seed::of(kind, id).next();
        assert_eq!(first(Kind::Type, 587), first(Kind::Type, 587));
        assert_ne!(first(Kind::Type, 587), first(Kind::Type, 588));
        assert_ne!(first(Kind::Type, 587), first(Kind::System, 587));
    }

    #[test]
    fn draws_reach_both_ends_and_stay_within() {
        let mut seed = Seed::of(Kind::Type, 1);
        let drawn: Vec<i32> = (0..1_000).map(|_| seed.between(-2, 3)).collect();
        assert_eq!(drawn.iter().min(), Some(&-2));
        assert_eq!(drawn.iter().max(), Some(&3));
    }
}
