//! Rounds: in each, every contender works one shift, in an order drawn anew, on the same draws.

use crate::Result;
use crate::contenders::Field;
use crate::random::Random;
use crate::shift::{self, Cost};
use crate::workload::Draw;

/// How many look-ups a contender without a handicap makes in a round, on each thread.
const LOOK_UPS: usize = 200_000;

/// Lets every contender work on this many threads; returns what each look-up cost, by contender and round.
///
/// # Errors
/// If a look-up fails, or does not find the right value.
pub(crate) fn run(
    field: &Field,
    draws: &[Draw<'_>],
    threads: usize,
    rounds: usize,
) -> Result<Vec<Vec<Cost>>> {
    let mut random = Random::new(threads as u64);
    let mut costs = vec![Vec::with_capacity(rounds); field.len()];
    let mut order: Vec<_> = field.iter().zip(&mut costs).collect();
    for _ in 0..rounds {
        random.shuffle(&mut order);
        let starts: Vec<usize> = (0..threads)
            .map(|_| random.below(draws.len().saturating_sub(LOOK_UPS).max(1)))
            .collect();
        for (contender, costs) in &mut order {
            let most = LOOK_UPS / contender.handicap();
            let lists: Vec<_> = starts
                .iter()
                .map(|start| part(draws, *start, most))
                .collect();
            costs.push(shift::run(contender.as_ref(), &lists)?);
        }
    }
    Ok(costs)
}

/// Returns up to `most` draws from `start` on.
fn part<'d, 'w>(draws: &'d [Draw<'w>], start: usize, most: usize) -> &'d [Draw<'w>] {
    let rest = draws.get(start..).unwrap_or_default();
    rest.get(..most).unwrap_or(rest)
}
