//! What a deployment did.

use serde::Serialize;

use super::convert::Converted;
use super::hooks::HookReport;
use super::places::AddressStatus;
use super::purge::PurgeReport;
use super::verify::Verified;

/// What a deployment did, with the evidence of each step.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DeployReport {
    /// The row of the history; none in a dry run.
    pub id: Option<u64>,
    /// The release that was current before, or was found at work.
    pub from: Option<String>,
    /// The release.
    pub to: String,
    /// The strategy.
    pub strategy: &'static str,
    /// Whether the release was the current one already: the steps after the switch were done again.
    pub was_current: bool,
    /// Whether the release is the current one now.
    pub is_deployed: bool,
    /// Why it is not, if it is not.
    pub aborted: Option<String>,
    /// What stood where before.
    pub before: Vec<AddressStatus>,
    /// The hooks that ran, in their order.
    pub hooks: Vec<HookReport>,
    /// What was converted.
    pub converted: Vec<Converted>,
    /// Entries of the release before whose types nothing converts. A safe deployment leaves them; the others remove them
    /// with what else is under the epoch of the release before.
    pub unconvertible: u64,
    /// What the look at some entries said.
    pub verified: Option<Verified>,
    /// What was removed.
    pub purged: Option<PurgeReport>,
    /// What stood where afterwards.
    pub after: Vec<AddressStatus>,
}
