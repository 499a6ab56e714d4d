//! How many requests were answered, and how.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::Kind;

/// The requests a stand-in has answered, by what they asked for and by the status of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Option<Kind>, u16), u64>);

impl Counts {
    /// Returns the number of all requests, those to unknown routes included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the number of requests for entities of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.sum(|asked, _| asked == Some(kind))
    }

    /// Returns the number of answers with a status.
    #[must_use]
    pub fn with_status(&self, status: u16) -> u64 {
        self.sum(|_, answered| answered == status)
    }

    /// Returns the number of answers with a status to requests for entities of a kind.
    #[must_use]
    pub fn of_with_status(&self, kind: Kind, status: u16) -> u64 {
        self.sum(|asked, answered| asked == Some(kind) && answered == status)
    }

    /// Returns every count that is not zero: what was asked for (`None` for unknown routes), the status, the number.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Kind>, u16, u64)> {
        self.0
            .iter()
            .map(|((kind, status), number)| (*kind, *status, *number))
    }

    fn sum(&self, wanted: impl Fn(Option<Kind>, u16) -> bool) -> u64 {
        self.iter()
            .filter(|(kind, status, _)| wanted(*kind, *status))
            .map(|(_, _, number)| number)
            .sum()
    }
}

/// The running counts.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

impl Tally {
    pub(super) fn add(&self, kind: Option<Kind>, status: u16) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.0.entry((kind, status)).or_default() += 1;
    }

    pub(super) fn read(&self) -> Counts {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
