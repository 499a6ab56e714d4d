//! The files of a replay.

use std::fmt;
use std::io::BufRead;
use std::path::PathBuf;

use eve::killmail::{Killmails, SAMPLE_DAY};

use crate::args::Replay;
use crate::fault::Fault;

/// Where kills come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The day that is built in.
    BuiltIn,
    File(PathBuf),
}

impl Source {
    pub(crate) fn open(&self) -> Result<Killmails<Box<dyn BufRead + Send>>, Fault> {
        match self {
            Self::BuiltIn => Killmails::sample_day(),
            Self::File(path) => Killmails::open(path),
        }
        .map_err(|error| {
            let what = error.to_string();
            match std::error::Error::source(&error) {
                Some(cause) => Fault::new(what).because(cause.to_string()),
                None => Fault::new(what),
            }
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str(SAMPLE_DAY),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Names the sources and makes sure that each opens, before anything runs.
pub(crate) fn sources(arguments: &Replay) -> Result<Vec<Source>, Fault> {
    let sources: Vec<_> = match arguments.files.as_slice() {
        [] => vec![Source::BuiltIn],
        files => files.iter().cloned().map(Source::File).collect(),
    };
    for source in &sources {
        source.open()?;
    }
    Ok(sources)
}
