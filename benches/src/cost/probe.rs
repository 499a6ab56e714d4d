//! What runs under callgrind: one contender, and a loop of look-ups that is the only thing counted.

use std::hint::black_box;

use tokio::runtime::Runtime;

use crate::contender::Contender;
use crate::workload::{Draw, TEXT_BYTES, Workload};
use crate::{Result, contenders, layers, shift};

/// How many keys the probed cache holds.
pub(crate) const KEYS: usize = 1_000;

/// The function that callgrind collects in.
pub(super) const COUNTED: &str = "*cost::probe::counted*";

/// A probe whose look-ups are known to allocate: they decode a text.
pub(super) const ALLOCATES: &str = "multi_tier_cache_get";

/// The probes, in the order of the table: ours, then some to compare with.
pub(super) const NAMES: [&str; 8] = [
    "full_stack_u64",
    "full_stack",
    LONG_TEXT,
    "full_stack_get_now",
    "full_stack_get_or_load",
    "moka_sync_expiry",
    "moka_future_expiry",
    ALLOCATES,
];

/// `full_stack` by ids of 64 bytes, the longest that a hit must not allocate for.
const LONG_TEXT: &str = "full_stack_text_64";

/// Looks keys up, so often. This is the command that callgrind runs.
///
/// # Errors
/// If the contender cannot be built, or a look-up does not find the right value.
pub(crate) fn run(name: &str, look_ups: usize) -> Result {
    let (name, text_bytes) = match name {
        LONG_TEXT => ("full_stack", 64),
        other => (other, TEXT_BYTES),
    };
    let runtime = shift::runtime()?;
    let workload = Workload::new(KEYS, text_bytes);
    let contender = match layers::make(name, &workload, &runtime) {
        Some(stack) => stack?,
        None => contenders::make(name, &workload, &runtime)?,
    };
    let draws = workload.draws();
    let (first, rest) = draws.split_at(draws.len() / 4);
    let draws = rest
        .get(..look_ups)
        .ok_or_else(|| format!("at most {} look-ups", rest.len()))?;
    contender.look_up(first.get(..KEYS).unwrap_or(first), &runtime)?;
    match counted(contender.as_ref(), draws, &runtime)? {
        right if right == look_ups => Ok(()),
        right => Err(format!("{name}: {right} of {look_ups} look-ups were right").into()),
    }
}

#[inline(never)]
fn counted(contender: &dyn Contender, draws: &[Draw<'_>], runtime: &Runtime) -> Result<usize> {
    black_box(contender.look_up(draws, runtime))
}
