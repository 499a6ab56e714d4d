//! How a release is deployed.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use cache_core::{IdBuf, KeyPart};

use super::super::standing::ABANDONED_AFTER;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Safe,
    Aggressive,
    Gradual,
}

/// How a release is deployed, and with which settings.
///
/// # Example
/// ```
/// use cache_facade::Strategy;
/// let strategy = Strategy::gradual().rate(500).hottest_first("character", [95_465_499_u64, 1_500_000_001]);
/// assert_eq!(strategy.name(), "gradual");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Strategy {
    pub(super) kind: Kind,
    pub(super) samples: usize,
    pub(super) state_file: Option<PathBuf>,
    pub(super) rate: Option<NonZeroU32>,
    pub(super) hottest: Vec<(String, Vec<u8>)>,
    pub(super) unseen_for: Duration,
    pub(super) hook_timeout: Duration,
    pub(super) is_dry: bool,
}

impl Strategy {
    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            samples: 32,
            state_file: None,
            rate: None,
            hottest: Vec::new(),
            unseen_for: ABANDONED_AFTER,
            hook_timeout: Duration::from_secs(300),
            is_dry: false,
        }
    }

    /// Switches, and destroys nothing.
    ///
    /// At its end the release is the current one, and every other release has its entries as before.
    pub const fn safe() -> Self {
        Self::of(Kind::Safe)
    }

    /// Switches, and then removes the entries of all other epochs.
    ///
    /// At its end the release is the current one, and no other epoch has entries but those that processes of old releases stored
    /// since. There is no way back to a warm cache.
    pub const fn aggressive() -> Self {
        Self::of(Kind::Aggressive)
    }

    /// Converts the entries of the release that was current into those of the new one, while both serve, and then switches.
    ///
    /// At its end the release is the current one, and every entry that the old one had when the last walk began has a twin of the
    /// same times, or an entry of the new release's own. The old epoch's entries are removed if no release was seen there for
    /// [`Strategy::unseen_for`]; else later, by [`VersionManager::purge`](super::VersionManager::purge).
    pub const fn gradual() -> Self {
        Self::of(Kind::Gradual)
    }

    /// Returns `safe`, `aggressive` or `gradual`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Safe => "safe",
            Kind::Aggressive => "aggressive",
            Kind::Gradual => "gradual",
        }
    }

    /// Sets how many entries, picked at random, are read back after the switch. Default: 32.
    pub const fn samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    /// Sets a file for the state before, as JSON: what was current, and how many entries stood where. Default: none.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Sets how many entries per second are converted or removed at most; 0 is no limit. Default: no limit.
    pub fn rate(mut self, per_second: u32) -> Self {
        self.rate = NonZeroU32::new(per_second);
        self
    }

    /// Names ids that are converted before the others, in this order: those that are asked for most.
    pub fn hottest_first<I>(mut self, domain: &str, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: KeyPart,
    {
        let ids = ids.into_iter().map(|id| {
            let id = id.id_bytes(&mut IdBuf::new()).to_vec();
            (domain.to_owned(), id)
        });
        self.hottest.extend(ids);
        self
    }

    /// Sets for how long no old release must have been seen before its entries are removed. Default and least: 30 minutes, for
    /// a process that has nothing to do is seen no more often.
    pub fn unseen_for(mut self, time: Duration) -> Self {
        self.unseen_for = time.max(ABANDONED_AFTER);
        self
    }

    /// Sets how long each hook may take. Default: 5 minutes.
    pub const fn hook_timeout(mut self, limit: Duration) -> Self {
        self.hook_timeout = limit;
        self
    }

    /// Checks and counts, and changes nothing: no hook runs and nothing is recorded.
    pub const fn dry_run(mut self) -> Self {
        self.is_dry = true;
        self
    }
}
