//! From two profiles to what one look-up executes.

use serde::Serialize;

use super::callgrind;
use super::locked::Locked;
use super::profile::Profile;
use crate::Result;
use crate::report::thousandth;

/// The look-ups of the shorter run; the longer one makes twice as many.
const LOOK_UPS: usize = 100_000;

/// What one look-up executes, on average.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct PerHit {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    /// Atomic read-modify-writes: instructions that lock a cache line.
    pub(crate) rmw: f64,
}

/// The C library's functions that memory comes from; Rust's allocator calls these and no others.
const ALLOCATORS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
];

/// Counts a probe.
///
/// # Errors
/// If callgrind or objdump cannot be run.
pub(crate) fn of_a_hit(name: &str, locked: &mut Locked) -> Result<PerHit> {
    let mut runs = Vec::new();
    for look_ups in [LOOK_UPS, 2 * LOOK_UPS] {
        let profile = Profile::read(&callgrind::run(name, look_ups)?);
        runs.push([
            profile.instructions(),
            profile.calls_of(&ALLOCATORS),
            locked.count(&profile)?,
        ]);
    }
    let [shorter, longer] = runs.as_slice() else {
        return Err("two runs were made".into());
    };
    let per_hit = |figure: usize| match (shorter.get(figure), longer.get(figure)) {
        (Some(less), Some(more)) => thousandth(per_look_up(more.saturating_sub(*less))),
        _ => 0.0,
    };
    Ok(PerHit {
        instructions: per_hit(0),
        allocations: per_hit(1),
        rmw: per_hit(2),
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn per_look_up(count: u64) -> f64 {
    count as f64 / LOOK_UPS as f64
}
