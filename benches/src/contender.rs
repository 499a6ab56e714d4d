//! What a contender is: a cache that was filled, and one loop over draws.

use std::hint::black_box;

use tokio::runtime::Runtime;

use crate::Result;
use crate::workload::Draw;

/// A cache that holds every key of the workload.
///
/// The loop is inside the contender, so that its look-up is compiled as in an application: nothing stands between the two.
pub(crate) trait Contender: Send + Sync {
    fn name(&self) -> &str;

    /// By how much fewer look-ups it makes in a round, where one takes very long.
    fn handicap(&self) -> usize {
        1
    }

    /// Looks up each draw and returns how many of the values found were the right ones.
    ///
    /// # Errors
    /// Whatever the cache answers.
    fn look_up(&self, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize>;
}

/// The loop of a cache that answers without a future: `find` returns the number that the value found holds.
#[inline]
pub(crate) fn count_right<'d>(
    draws: &'d [Draw<'d>],
    find: impl Fn(Draw<'d>) -> Option<u64>,
) -> usize {
    let mut right = 0;
    for draw in draws {
        let draw = black_box(*draw);
        right += usize::from(find(draw) == Some(draw.number));
    }
    right
}
