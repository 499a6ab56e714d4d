//! What a copy between two releases finds, and what it leaves: entries of a type that the other release is not listed with.

use std::collections::BTreeSet;

use cache_core::Epoch;
use cache_facade::{AddressStatus, Converted, VersionStatus, release_epoch};
use serde::Serialize;

use crate::fault::Fault;

/// Where a release has its entries.
pub(super) struct Source<'a> {
    is_target: bool,
    addresses: Vec<&'a AddressStatus>,
}

/// Entries that stay without a twin.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Left {
    pub(super) domain: String,
    /// The epoch and the fingerprint of the type.
    pub(super) from: (u64, String),
    pub(super) left: u64,
    /// Whether a release is listed there.
    #[serde(skip)]
    pub(super) is_listed: bool,
}

impl<'a> Source<'a> {
    /// Finds the addresses of a release, from which another one gets twins. Those of compatible releases are the same.
    ///
    /// # Errors
    /// A usage fault if nobody is listed there: the release is misspelt, or was never started; or if its entries stand where
    /// those do that belong to no release.
    pub(super) fn find(status: &'a VersionStatus, release: &str, to: &str) -> Result<Self, Fault> {
        let epoch = epoch_of("--from", release)?;
        let is_target = epoch == epoch_of("--to", to)?;
        if epoch == Epoch::UNVERSIONED && !is_target {
            return Err(Fault::usage(
                "--from: the entries of a release 0.0.z stand among those that belong to no release, and are not copied; \
                 accepted is a release from 0.1.0 on",
            ));
        }
        let all = status.addresses.iter();
        let addresses: Vec<_> = all.filter(|one| one.epoch == epoch.0).collect();
        if addresses.iter().all(|one| one.releases.is_empty()) {
            return Err(Fault::usage(format!(
                "--from: no release is listed that shares its entries with {release}; {}",
                listed(status)
            )));
        }
        Ok(Self {
            is_target,
            addresses,
        })
    }

    /// Returns what was not copied. To a release with the same addresses, nothing has to be.
    pub(super) fn left(&self, copied: &[Converted]) -> Vec<Left> {
        if self.is_target {
            return Vec::new();
        }
        let is_copied = |one: &AddressStatus| {
            let mut copied = copied.iter().filter(|copy| copy.domain == one.domain);
            copied.any(|copy| copy.from.0 == one.epoch && copy.from.1 == one.schema)
        };
        let left = self.addresses.iter().filter(|one| one.entries > 0);
        let left = left.filter(|one| !is_copied(one)).map(|one| Left {
            domain: one.domain.clone(),
            from: (one.epoch, one.schema.clone()),
            left: one.entries,
            is_listed: !one.releases.is_empty(),
        });
        left.collect()
    }
}

fn epoch_of(argument: &str, release: &str) -> Result<Epoch, Fault> {
    release_epoch(release).map_err(|error| Fault::of(argument, error))
}

/// Says which releases there are.
fn listed(status: &VersionStatus) -> String {
    let all = status.addresses.iter().flat_map(|one| &one.releases);
    let names: BTreeSet<&str> = all.map(|one| one.release.as_str()).collect();
    if names.is_empty() {
        return "none is listed in this namespace".to_owned();
    }
    let names: Vec<_> = names.into_iter().collect();
    format!("listed are: {}", names.join(", "))
}
