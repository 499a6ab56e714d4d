//! The arguments of the commands about releases.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::duration;
use crate::inspect::Place;
use crate::legacy::Migrate;

#[derive(Debug, Subcommand)]
pub(crate) enum Version {
    /// Shows which release is deployed, which are at work, and what each has in the store. It walks through the namespace.
    Status(On),

    /// Shows what was deployed, rolled back, invalidated and purged, the newest first.
    History(On),

    /// Makes a release the current one, in the way of a strategy.
    ///
    /// Exit code 0 if it is deployed, 1 if the deployment was given up (the answer says why), 2 if it may not be deployed (no
    /// semantic version, or older than the current one), 3 if the store is unavailable. Deploying the current release again
    /// does what is left of its deployment.
    Deploy(Deploy),

    /// Makes the release that was deployed before the current one.
    ///
    /// Exit code 0 if it is, 1 if nothing was deployed before or somebody else deploys, 3 if the store is unavailable.
    Rollback(Rollback),

    /// Invalidates what was created before a moment, in every release.
    Invalidate(Invalidate),

    /// Removes the entries of releases that are neither kept nor at work.
    ///
    /// Exit code 0 if it is done, 1 if no release was deployed yet, 3 if the store is unavailable.
    Purge(PurgeArguments),

    /// Takes over what an application kept in Redis by hand, as JSON under keys of its own, into the domains of a release; or
    /// gives entries of one release twins at another one's address, where the type is the same.
    ///
    /// Values keep the time they have left. What the release has by itself is not overwritten, and the old keys stay until
    /// `--delete`. It may be run again, also after it was killed. Exit code 0 if nothing was left, 1 if something was left that
    /// cannot be taken over, 2 for a wrong argument or mapping, 3 if the store is unavailable.
    Migrate(Migrate),
}

impl Version {
    /// Whether it changes what is stored.
    pub(crate) const fn changes(&self) -> bool {
        match self {
            Self::Status(_) | Self::History(_) => false,
            Self::Deploy(of) => !of.care.dry_run,
            Self::Rollback(of) => !of.dry_run,
            Self::Invalidate(_) => true,
            Self::Purge(of) => !of.care.dry_run,
            Self::Migrate(of) => !of.dry_run,
        }
    }
}

/// Which namespace of which store.
#[derive(Debug, Args)]
pub(crate) struct On {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The namespace.
    #[arg(long, value_name = "NAME", default_value = "cache")]
    pub(crate) namespace: String,
}

/// How a release is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// Switches, and destroys nothing.
    Safe,
    /// Switches, and removes the entries of all other epochs.
    Aggressive,
    /// Copies entries whose type is the same into the new epoch first, while both releases serve.
    Gradual,
}

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// The release, a semantic version.
    #[arg(value_name = "RELEASE")]
    pub(crate) release: String,
    #[command(flatten)]
    pub(crate) on: On,

    /// How.
    #[arg(long, value_enum, default_value_t = How::Safe)]
    pub(crate) strategy: How,

    /// Writes what there was before into this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,

    /// How many entries, picked at random, are read back after the switch.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub(crate) samples: u16,

    #[command(flatten)]
    pub(crate) care: Care,
}

/// How carefully entries are converted and removed.
#[derive(Debug, Args)]
pub(crate) struct Care {
    /// How many entries per second are converted or removed at most; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) rate: u32,

    /// For how long no old release must have been seen before its entries are removed; 30 minutes at least.
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration)]
    pub(crate) unseen_for: Duration,

    /// Checks and counts, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) on: On,

    /// Only if this release is the current one: done again, it leads no further back.
    #[arg(long, value_name = "RELEASE")]
    pub(crate) from: Option<String>,

    /// Says where it would lead, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Invalidate {
    #[command(flatten)]
    pub(crate) on: On,

    /// The moment, in UTC such as `2026-01-31T12:00:00Z`, or how long ago, such as `10m`; `0s` is now.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) older_than: Moment,

    /// One domain. Default: every one.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    #[command(flatten)]
    pub(crate) on: On,

    /// How many releases keep their entries: the current one, and those that rollbacks lead to.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) keep: u16,

    #[command(flatten)]
    pub(crate) care: Care,
}

/// A moment, however it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In milliseconds since 1970.
    At(u64),
    Ago(Duration),
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(ago) = duration(text) {
        return Ok(Moment::Ago(ago));
    }
    let at = humantime::parse_rfc3339_weak(text).ok();
    let since = at.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let millis = since.and_then(|since| u64::try_from(since.as_millis()).ok());
    millis.map(Moment::At).ok_or_else(|| {
        "accepted is a moment in UTC such as `2026-01-31T12:00:00Z`, or a duration such as `10m`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_of_day_or_a_time_ago() {
        assert_eq!(moment("10m"), Ok(Moment::Ago(Duration::from_secs(600))));
        assert_eq!(moment("0s"), Ok(Moment::Ago(Duration::ZERO)));
        let spelled = moment("2021-11-27T00:00:00Z");
        assert_eq!(spelled, Ok(Moment::At(1_637_971_200_000)));
        assert_eq!(moment("2021-11-27 00:00:00"), spelled);
        for text in ["", "yesterday", "1960-01-01T00:00:00Z", "-5m"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
