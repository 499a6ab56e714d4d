//! The store that a URL names, opened for one command.

use std::sync::Arc;

use cache_core::{AnyBackend, Backend, Capability, ErrorKind, Judge, SystemClock};
use cache_facade::config::CacheConfig;

use super::args::Place;
use crate::fault::Fault;

/// A store and the judge of what stands in it.
pub(crate) struct Store {
    pub(crate) backend: AnyBackend,
    pub(crate) judge: Judge,
}

impl Store {
    /// Opens what `--cache` names.
    pub(crate) fn open(place: &Place) -> Result<Self, Fault> {
        let config = settings(place)?;
        let judge = Judge::new(Arc::new(SystemClock::new()), config.clock_tolerance);
        let backend = opened(&config, &judge);
        let backend = backend.map_err(|error| Fault::of("--cache", error))?;
        Ok(Self { backend, judge })
    }

    /// Returns the name of the backend.
    pub(super) fn name(&self) -> &'static str {
        self.backend.info().name
    }

    /// Says whether anybody else sees what is written here, now or later.
    pub(super) fn outlives_the_process(&self) -> bool {
        let powers = self.backend.info().capabilities;
        powers.has(Capability::Shared) || powers.has(Capability::Persistent)
    }

    /// Makes what was written survive, on stores that keep it on disk.
    pub(super) async fn flush(&self) -> Result<(), Fault> {
        self.backend.flush().await.map_err(no_answer)
    }

    pub(crate) async fn close(self) -> Result<(), Fault> {
        let closed = self.backend.close().await;
        closed.map_err(|error| Fault::of("the store cannot be closed", error))
    }
}

/// Reads what `--cache` and `--deadline` say.
pub(crate) fn settings(place: &Place) -> Result<CacheConfig, Fault> {
    if place.deadline.is_zero() {
        return Err(Fault::usage("--deadline: accepted is more than zero"));
    }
    let config = CacheConfig::from_url(&place.cache);
    let mut config = config.map_err(|error| Fault::of("--cache", error))?;
    config.deadline = place.deadline;
    Ok(config)
}

/// A store on disk is neither made nor removed nor made smaller by looking into it.
fn opened(config: &CacheConfig, judge: &Judge) -> cache_core::Result<AnyBackend> {
    if config.backend.url()?.scheme() == "sled" {
        config.open_standing(judge)
    } else {
        config.open_backend(judge)
    }
}

/// The store gave no answer, for the reason given.
pub(crate) fn no_answer(error: cache_core::Error) -> Fault {
    let what = match error.kind() {
        ErrorKind::Timeout | ErrorKind::Unavailable => "the store does not answer",
        _ => "the store refused",
    };
    Fault::of(what, error)
}
