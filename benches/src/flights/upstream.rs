//! The source behind the cache, which counts its calls and answers when it is told to; and the two ways to load from it.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use cache_facade::{Cached, Domain};
use tokio::task::yield_now;

use crate::pilot::Pilot;

/// The one key of every scene.
pub(super) const ID: u64 = 95_465_499;

/// The source.
#[derive(Debug, Default)]
pub(super) struct Upstream {
    calls: AtomicU64,
    may_answer: AtomicBool,
    panics: AtomicBool,
}

impl Upstream {
    /// Makes a source whose first answer is a panic.
    pub(super) fn panicking() -> Self {
        Self {
            panics: AtomicBool::new(true),
            ..Self::default()
        }
    }

    /// Counts a call, then yields until it may answer.
    pub(super) async fn load(&self) -> io::Result<Pilot> {
        self.calls.fetch_add(1, SeqCst);
        while !self.may_answer.load(SeqCst) {
            yield_now().await;
        }
        if self.panics.swap(false, SeqCst) {
            // A panic as any other to whoever is above, without a message on the terminal.
            resume_unwind(Box::new("the scene's panic"));
        }
        Ok(Pilot::new(ID))
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(SeqCst)
    }

    /// Lets every call answer, from now on.
    pub(super) fn answer(&self) {
        self.may_answer.store(true, SeqCst);
    }
}

/// How the callers load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `get_or_load`: the load has a task of its own.
    Registered,
    /// `get_or_load_inline`: it runs in the future of the caller who leads.
    Inline,
}

impl Way {
    pub(super) const ALL: [Self; 2] = [Self::Registered, Self::Inline];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Registered => "get_or_load",
            Self::Inline => "get_or_load_inline",
        }
    }

    /// Asks for the key, as one caller does.
    pub(super) async fn ask(
        self,
        pilots: &Domain<Pilot>,
        upstream: &Arc<Upstream>,
    ) -> cache_facade::Result<Option<Cached<Pilot>>> {
        match self {
            Self::Registered => pilots.get_or_load(ID).await,
            Self::Inline => pilots.get_or_load_inline(ID, |_| upstream.load()).await,
        }
    }
}
