//! Between which values a median lies: by drawing again from what was measured.

use crate::random::Random;
use crate::statistics::median;

/// How often the measured values are drawn anew.
const RESAMPLES: usize = 2_000;

/// Returns the percentile interval of the median with a certainty of 95 %: of so many lists as long as the first, each drawn
/// from it with replacement, the medians without the lowest and the highest fortieth.
pub(super) fn interval(values: &[f64], random: &mut Random) -> [f64; 2] {
    if values.is_empty() {
        return [0.0; 2];
    }
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| median(&resample(values, random)))
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |index: usize| medians.get(index).copied().unwrap_or_default();
    [at(RESAMPLES / 40), at(RESAMPLES - 1 - RESAMPLES / 40)]
}

fn resample(values: &[f64], random: &mut Random) -> Vec<f64> {
    (0..values.len())
        .filter_map(|_| values.get(random.below(values.len())).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of many experiments with a known median, the interval must hold it in about 95 of 100.
    #[test]
    fn the_interval_holds_the_median_as_often_as_it_says() {
        let mut random = Random::new(7);
        let held = (0..200)
            .filter(|_| {
                let values: Vec<f64> = (0..41).map(|_| random.unit()).collect();
                let [low, high] = interval(&values, &mut random);
                (low..=high).contains(&0.5)
            })
            .count();
        assert!((180..=199).contains(&held), "{held} of 200");
    }

    #[test]
    fn what_is_always_the_same_has_no_width() {
        assert_eq!(interval(&[0.97; 31], &mut Random::new(1)), [0.97; 2]);
        assert_eq!(interval(&[], &mut Random::new(1)), [0.0; 2]);
    }
}
