//! How long to wait before the next try.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// Returns the wait after `failures` failed tries: `first`, doubled from failure to failure, of which between half and
/// all is taken at random, so that callers who failed together do not come back together.
pub(super) fn pause(first: Duration, failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let whole = first.saturating_mul(doubled).min(LONGEST);
    whole / 2 + (whole / 2).mul_f64(random_fraction())
}

/// Returns a number from 0 to 1. The standard library's hash keys are the random source at hand; this needs no better
/// one, and no dependency.
fn random_fraction() -> f64 {
    let random = RandomState::new().hash_one(());
    f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::pause;

    #[test]
    fn waits_double_and_stay_within_their_half() {
        let first = Duration::from_millis(100);
        for (failures, whole) in [(1, 100), (2, 200), (3, 400), (20, 60_000), (40, 60_000)] {
            let whole = Duration::from_millis(whole);
            let wait = pause(first, failures);
            assert!(wait >= whole / 2 && wait <= whole, "{failures}: {wait:?}");
        }
        assert_eq!(pause(Duration::ZERO, 3), Duration::ZERO);
    }

    #[test]
    fn waits_differ_from_caller_to_caller() {
        let waits: BTreeSet<_> = (0..20).map(|_| pause(Duration::from_secs(1), 1)).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }
}
