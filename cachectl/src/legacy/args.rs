//! The arguments of `version migrate`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use crate::inspect::Place;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The mapping: a file in TOML that says which keys become ids of which domain (docs/legacy-keys.md).
    #[arg(long, value_name = "MAPPING", required_unless_present = "from")]
    pub(crate) from_legacy: Option<PathBuf>,

    /// The release whose entries get twins, where another one has the same type. Those of a release 0.0.z cannot be told from
    /// what belongs to no release: it is refused.
    #[arg(long, value_name = "RELEASE", requires = "to", conflicts_with_all = ["from_legacy", "dry_run", "delete"])]
    pub(crate) from: Option<String>,

    /// The release that gets them: it is listed by now, since it was started once.
    #[arg(long, value_name = "RELEASE", requires = "from")]
    pub(crate) to: Option<String>,

    /// The namespace of both releases. Refused beside a mapping, which has its own.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "cache",
        conflicts_with = "from_legacy"
    )]
    pub(crate) namespace: String,

    #[command(flatten)]
    pub(crate) place: Place,

    /// Reads and counts, and writes nothing: what would be moved is counted as moved.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Removes the old keys whose ids have an entry in the new place, moved now or found there.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) delete: bool,

    /// Moves nothing: with `--delete`, for after the switch, when the release may have invalidated what another move would
    /// bring back.
    #[arg(long, requires = "delete")]
    pub(crate) no_move: bool,

    /// Handles at most so many keys a second.
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<NonZeroU32>,
}
