//! The arguments of the commands that look into a store.

use std::time::Duration;

use cache_core::Ttl;
use clap::{Args, Subcommand};

use crate::args::{duration, ttl};

#[derive(Debug, Subcommand)]
pub(crate) enum Inspect {
    /// Shows what stands under a key: times, marks, and the value as JSON, or as hex where the codec does not describe itself.
    ///
    /// Exit code 0 if a live entry was found (known absence included), 1 if a read would return nothing, 2 for a wrong
    /// argument, 3 if the store is unavailable.
    Get(Get),

    /// Stores a JSON value under an address, or over the live entries of an id.
    ///
    /// It is written with the codec JSON, which is read by processes that have it compiled in; nobody checks it against
    /// their type. A load under way elsewhere is not published over it. A store in the memory of a process is out of reach.
    Put(Put),

    /// Removes what stands under a key, a lease included, and says how many.
    Del(Del),

    /// Shows the remaining life of an entry, or begins a new one.
    Ttl(TtlArguments),

    /// Lists the live entries of a namespace, one a line, while it reads. A key may be listed twice while others write.
    Scan(Scan),

    /// Shows what the store counts, in constant time.
    Stats(Stats),

    /// Measures round trips to the store.
    Ping(Ping),
}

impl Inspect {
    /// Whether it changes what is stored.
    pub(crate) const fn changes(&self) -> bool {
        match self {
            Self::Put(_) | Self::Del(_) => true,
            Self::Ttl(arguments) => arguments.set.is_some(),
            Self::Get(_) | Self::Scan(_) | Self::Stats(_) | Self::Ping(_) => false,
        }
    }
}

/// Which store, and in which form to answer.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The store: a URL as in the configuration, such as `redis://host:6379/0`; or `env:NAME`, the variable that holds it,
    /// so that a password stays out of the arguments.
    // Text, so that no error of the parser repeats it.
    #[arg(long, value_name = "URL")]
    pub(crate) cache: String,

    /// How long one call to the store may take; a walk makes many. A `deadline` in the URL overrules it.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub(crate) deadline: Duration,

    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which key.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// An address, `<namespace>:<epoch>:<domain>.<schema>:<id>`, as `scan` prints it; with `--domain` an id, in which
    /// `%3A` is the byte 3A.
    #[arg(value_name = "KEY", allow_negative_numbers = true)]
    pub(crate) key: String,

    /// Takes KEY for an id of this domain, under each of its epochs and schemas; to learn these, it walks through the whole
    /// domain.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,

    /// The namespace of the domain.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "cache",
        requires = "domain"
    )]
    pub(crate) namespace: String,
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) target: Target,

    /// Writes the bytes of the value as they are stored, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Put {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) target: Target,

    /// The value, in JSON; `-` reads it from standard input.
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    pub(crate) value: String,

    /// How long it is fresh, such as `5m`, or `never` for no end.
    #[arg(long, value_name = "DURATION", value_parser = ttl)]
    pub(crate) ttl: Ttl,

    /// Stores nothing where a fresh entry stands.
    #[arg(long, conflicts_with = "domain")]
    pub(crate) if_absent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Del {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct TtlArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) target: Target,

    /// Begins a fresh period of this length now, or one without end for `never`; the stale window stays as long as it was.
    #[arg(long, value_name = "DURATION", value_parser = ttl)]
    pub(crate) set: Option<Ttl>,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) part: Part,

    /// Ends after this many entries.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

/// Which part of a store.
#[derive(Debug, Args)]
pub(crate) struct Part {
    /// The namespace.
    #[arg(long, value_name = "NAME", default_value = "cache")]
    pub(crate) namespace: String,

    /// One domain. Default: every one but the cache's own, `_cache`.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) part: Part,

    /// Counts the live entries of the namespace, or of one domain, by looking at each: slow.
    #[arg(long)]
    pub(crate) count: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ping {
    #[command(flatten)]
    pub(crate) place: Place,

    /// How many, after a first one that connects.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
}

impl Inspect {
    /// Returns the store of any command.
    pub(crate) const fn place(&self) -> &Place {
        match self {
            Self::Get(of) => &of.place,
            Self::Put(of) => &of.place,
            Self::Del(of) => &of.place,
            Self::Ttl(of) => &of.place,
            Self::Scan(of) => &of.place,
            Self::Stats(of) => &of.place,
            Self::Ping(of) => &of.place,
        }
    }
}
