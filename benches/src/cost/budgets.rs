//! The budgets: what a hit may execute, from `budgets.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::PerHit;
use super::probe;
use crate::Result;

const FILE: &str = include_str!("../../budgets.toml");

/// The most that a hit may execute.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    pub(super) instructions: f64,
    pub(super) allocations: f64,
    pub(super) rmw: f64,
}

/// moka works off its logs now and then: what that locks and allocates, spread over many look-ups, is no part of a budget.
pub(crate) const NOW_AND_THEN: f64 = 0.01;

impl Budget {
    /// Says whether a hit keeps to it.
    pub(super) fn holds(&self, hit: &PerHit) -> bool {
        hit.instructions <= self.instructions
            && hit.allocations <= self.allocations + NOW_AND_THEN
            && hit.rmw <= self.rmw + NOW_AND_THEN
    }
}

/// Reads the budgets, by probe.
///
/// # Errors
/// If the file is not well formed, or names a probe that there is not.
pub(super) fn read() -> Result<BTreeMap<String, Budget>> {
    let budgets: BTreeMap<String, Budget> = toml::from_str(FILE)?;
    for name in budgets.keys() {
        if !probe::NAMES.contains(&name.as_str()) {
            return Err(format!("budgets.toml: there is no probe `{name}`").into());
        }
    }
    Ok(budgets)
}
