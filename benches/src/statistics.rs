//! Medians, and how sure they are.

/// Returns the median, or zero of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => 0.0,
    }
}

/// Returns the mean, or zero of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / ratio(values.len(), 1)
}

/// Returns the smallest value, or zero of nothing.
pub(crate) fn least(values: &[f64]) -> f64 {
    sorted(values).first().copied().unwrap_or(0.0)
}

/// Returns between which values the true median lies, with a certainty of at least 95 %: the order statistics between
/// which that many outcomes of fair coin tosses fall. Nothing is assumed of the distribution. Of fewer than 6 values, the
/// extremes.
pub(crate) fn interval(values: &[f64]) -> [f64; 2] {
    let sorted = sorted(values);
    let cut = cut(sorted.len());
    let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
    [at(cut), at(sorted.len().saturating_sub(cut + 1))]
}

/// How many values may be left out at each end.
fn cut(values: usize) -> usize {
    let mut probability = 0.5_f64.powi(i32::try_from(values).unwrap_or(i32::MAX));
    let mut tail = 0.0;
    for tosses in 0..values / 2 {
        tail += probability;
        if tail > 0.025 {
            return tosses.saturating_sub(1);
        }
        probability *= ratio(values - tosses, tosses + 1);
    }
    (values / 2).saturating_sub(1)
}

#[expect(clippy::cast_precision_loss, reason = "at most a thousand rounds")]
fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b as f64
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_least_and_mean() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
        assert_eq!(least(&[3.0, 1.0]), 1.0);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        assert_eq!(mean(&[]), 0.0);
    }

    /// The tables of the sign test: of 15 values the 4th to the 12th, of 25 the 8th to the 18th.
    #[test]
    fn the_interval_is_that_of_the_sign_test() {
        let values = |count: u32| (1..=count).map(f64::from).collect::<Vec<f64>>();
        assert_eq!(interval(&values(15)), [4.0, 12.0]);
        assert_eq!(interval(&values(25)), [8.0, 18.0]);
        assert_eq!(interval(&values(3)), [1.0, 3.0]);
    }
}
