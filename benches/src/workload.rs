//! The keys, and the order in which they are looked up: drawn beforehand, the same for every contender.

use crate::random::Random;

/// The skew of the draws: the n-th most wanted key is asked for in proportion to 1 / n^0.99.
const SKEW: f64 = 0.99;

/// How many draws are prepared; each shift goes through a part of them.
const DRAWS: usize = 1 << 19;

/// The length of a text id in bytes, where nothing else is said.
pub(crate) const TEXT_BYTES: usize = 24;

const SEED: u64 = 0x5EED;

/// Keys and draws.
#[derive(Debug)]
pub(crate) struct Workload {
    keys: Vec<Id>,
    /// Indexes of `keys`.
    drawn: Vec<usize>,
}

/// One key, as a text and as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) text: String,
    pub(crate) number: u64,
}

/// One look-up to be made: the key as its caller holds it. The number is also what the value found must hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw<'w> {
    pub(crate) text: &'w str,
    pub(crate) number: u64,
}

impl Workload {
    /// Prepares this many keys, with texts of this length. Their numbers are spread as those of characters in a game are,
    /// in eight to ten digits.
    pub(crate) fn new(keys: usize, text_bytes: usize) -> Self {
        let mut random = Random::new(SEED);
        let mut number = 90_000_000;
        let keys: Vec<Id> = (0..keys)
            .map(|_| {
                number += 1 + random.bits() % 20_000;
                Id::new(number, text_bytes)
            })
            .collect();
        let drawn = draw(&mut random, keys.len());
        Self { keys, drawn }
    }

    pub(crate) fn keys(&self) -> &[Id] {
        &self.keys
    }

    /// Returns the draws, in order.
    pub(crate) fn draws(&self) -> Vec<Draw<'_>> {
        self.drawn
            .iter()
            .filter_map(|index| self.keys.get(*index))
            .map(|id| Draw {
                text: &id.text,
                number: id.number,
            })
            .collect()
    }
}

impl Id {
    fn new(number: u64, text_bytes: usize) -> Self {
        let digits = text_bytes.saturating_sub("pilot:".len());
        Self {
            text: format!("pilot:{number:0digits$}"),
            number,
        }
    }
}

/// Draws by the inverse of the cumulated weights. Which key is wanted most is drawn too, so that neighbours in rank are no
/// neighbours in memory.
fn draw(random: &mut Random, keys: usize) -> Vec<usize> {
    let mut by_rank: Vec<usize> = (0..keys).collect();
    random.shuffle(&mut by_rank);
    let mut total = 0.0;
    let cumulated: Vec<f64> = (1..=keys)
        .map(|rank| {
            total += weight(rank);
            total
        })
        .collect();
    (0..DRAWS)
        .filter_map(|_| {
            let aim = random.unit() * total;
            let rank = cumulated.partition_point(|sum| *sum <= aim);
            by_rank.get(rank.min(keys - 1)).copied()
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn weight(rank: usize) -> f64 {
    (rank as f64).powf(-SKEW)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn texts_have_their_length_and_differ() {
        let longer = Workload::new(10, 64);
        assert!(longer.keys().iter().all(|id| id.text.len() == 64));
        let workload = Workload::new(1_000, TEXT_BYTES);
        assert!(workload.keys().iter().all(|id| id.text.len() == 24));
        let mut texts: Vec<_> = workload.keys().iter().map(|id| &id.text).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 1_000);
    }

    /// Of 1,000 keys at a skew of 0.99, the first is wanted in 12.9 % of the look-ups, the first ten in 38.2 %.
    #[test]
    fn the_draws_are_skewed() {
        let workload = Workload::new(1_000, TEXT_BYTES);
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for draw in workload.draws() {
            *counts.entry(draw.number).or_default() += 1;
        }
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let percent = |keys: usize| 100 * counts.iter().take(keys).sum::<usize>() / DRAWS;
        assert!((12..=13).contains(&percent(1)), "{}", percent(1));
        assert!((37..=39).contains(&percent(10)), "{}", percent(10));
    }
}
