//! The arguments of the command.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use cache_core::Ttl;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::inspect::Inspect;
use crate::version::Version;

/// Looks into and exercises caches.
#[derive(Debug, Parser)]
#[command(name = "cachectl", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Inspect(Inspect),

    /// Deploys releases that share a store, leads back to earlier ones, and removes what they left.
    #[command(subcommand)]
    Version(Version),

    /// Looks up every entity of every kill of killmail files through the cache, and checks what it counted.
    Replay(Replay),
}

/// Where ages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Time {
    /// Each kill's own time: TTLs count as they would have counted then.
    Recorded,
    /// The machine's clock.
    Wall,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Killmail files, `.jsonl` or `.jsonl.zst`, in the order of their kills. Default: the day that is built in.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The backend.
    #[arg(
        long,
        value_name = "URL",
        default_value = "moka://?max_capacity=1000000"
    )]
    pub(crate) cache: String,

    /// The base address of ESI. Default: a stand-in within this process, on loopback.
    #[arg(long, value_name = "URL")]
    pub(crate) esi: Option<String>,

    /// Where ages come from.
    #[arg(long, value_enum, default_value_t = Time::Recorded)]
    pub(crate) time: Time,

    /// How many look-ups of one kill run together.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,

    /// Reports each day apart, too.
    #[arg(long)]
    pub(crate) by_day: bool,

    /// Prints one JSON object instead of tables.
    #[arg(long)]
    pub(crate) json: bool,

    /// Shows what the cache does at this address, for Prometheus (`/metrics`), and goes on after the report until Ctrl-C.
    #[arg(long, value_name = "ADDR")]
    pub(crate) serve: Option<SocketAddr>,

    /// The stand-in's delay before each answer, such as `50ms`.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(crate) esi_latency: Duration,

    /// The share of requests, 0 to 1, that the stand-in answers with an error.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub(crate) esi_error_rate: f64,
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text)
        .map_err(|_| "accepted is a number with its unit, such as `50ms` or `2s`".to_owned())
}

/// Reads a time to live that is not zero.
pub(crate) fn ttl(text: &str) -> Result<Ttl, String> {
    let ttl = match text {
        "never" => Ttl::Never,
        _ => Ttl::After(humantime::parse_duration(text).map_err(|_| ACCEPTED_TTL.to_owned())?),
    };
    ttl.resolve(Ttl::Never).map_err(|_| ACCEPTED_TTL.to_owned())
}

const ACCEPTED_TTL: &str =
    "accepted is a number above zero with its unit, such as `30s`, `5m` or `7d`, or `never`";

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("accepted is a number from 0 to 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_replay_the_built_in_day_in_recorded_time() {
        let arguments = Arguments::try_parse_from(["cachectl", "replay"]).unwrap();
        let Command::Replay(replay) = arguments.command else {
            panic!("another command");
        };
        assert_eq!(
            (replay.time, replay.concurrency, replay.files.len()),
            (Time::Recorded, 1, 0)
        );
        assert_eq!(
            (replay.esi_latency, replay.esi_error_rate),
            (Duration::ZERO, 0.0)
        );
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_what_is_accepted() {
        for (option, value, accepted) in [
            ("--esi-error-rate", "1.5", "0 to 1"),
            ("--esi-latency", "5", "50ms"),
            ("--concurrency", "0", "1..=1024"),
        ] {
            let error = Arguments::try_parse_from(["cachectl", "replay", option, value])
                .unwrap_err()
                .to_string();
            assert!(error.contains(accepted), "{error}");
        }
    }

    #[test]
    fn a_time_to_live_is_bounded_and_never_zero() {
        assert_eq!(ttl("never"), Ok(Ttl::Never));
        assert_eq!(ttl("1m 30s"), Ok(Ttl::After(Duration::from_secs(90))));
        assert_eq!(ttl("100000d"), Ok(Ttl::After(cache_core::MAX_TTL)));
        for text in ["0s", "5", "-1s", ""] {
            assert_eq!(ttl(text), Err(ACCEPTED_TTL.to_owned()), "{text}");
        }
    }
}
