//! Ids of 24 bytes, and the order in which they are asked for: Zipf 0.99, the same in every run.

pub(crate) struct Load {
    ids: Vec<String>,
    order: Vec<usize>,
}

impl Load {
    pub(crate) fn new(keys: usize) -> Self {
        let mut sum = 0.0;
        let steps: Vec<f64> = (1..=keys)
            .map(|rank| {
                sum += weight(rank);
                sum
            })
            .collect();
        let mut seed = 42;
        let draw = |_| {
            let point = sum * random_unit(&mut seed);
            let rank = steps.partition_point(|step| *step < point);
            // Ranks are spread over the ids, so that neighbours in memory are not equally wanted.
            rank.wrapping_mul(0x9E37_79B1) % keys
        };
        Self {
            ids: (0..keys)
                .map(|key| format!("character:{key:014}"))
                .collect(),
            order: (0..1 << 16).map(draw).collect(),
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// Returns the id that is asked for by the operation of this number.
    pub(crate) fn id(&self, number: usize) -> &str {
        let index = self.order.get(number % self.order.len());
        let id = index.and_then(|index| self.ids.get(*index));
        id.map_or("", String::as_str)
    }
}

#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn weight(rank: usize) -> f64 {
    1.0 / (rank as f64).powf(0.99)
}

/// Draws from 0 to below 1 (SplitMix64).
#[expect(clippy::cast_precision_loss, reason = "53 bits are enough")]
fn random_unit(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
