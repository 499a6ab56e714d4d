//! Two releases, compared.

use std::cmp::Ordering;

use cache_core::{Epoch, Error, ErrorKind, Operation, Result};
use semver::Version;
use serde::Serialize;

use crate::release::Release;

/// How two releases stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compatibility {
    /// Whether they share an epoch: each reads what the other stored, where the type is the same.
    pub shares_entries: bool,
    /// Whether the second is newer, by the precedence of semantic versions.
    pub is_upgrade: bool,
    /// Whether they have the same precedence; what follows `+` has none.
    pub is_same: bool,
}

/// A release that may be deployed.
#[derive(Clone, Debug)]
pub(super) struct Deployable {
    pub(super) text: String,
    pub(super) epoch: Epoch,
    version: Version,
}

impl Deployable {
    /// # Errors
    /// `InvalidArgument` if it is no semantic version.
    pub(super) fn new(release: &str) -> Result<Self> {
        let epoch = Release::new(Some(release.to_owned())).map(|release| release.epoch);
        match (epoch, Version::parse(release)) {
            (Ok(epoch), Ok(version)) => Ok(Self {
                text: release.to_owned(),
                epoch,
                version,
            }),
            _ => Err(refused()),
        }
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.version.cmp_precedence(&other.version)
    }
}

fn refused() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "release: accepted is a semantic version such as `1.4.0`, of at most 128 bytes",
    )
    .operation(Operation::Build)
}

/// Compares two releases.
///
/// # Errors
/// `InvalidArgument` if one is no semantic version.
pub(super) fn compare(a: &str, b: &str) -> Result<Compatibility> {
    let (a, b) = (Deployable::new(a)?, Deployable::new(b)?);
    Ok(Compatibility {
        shares_entries: a.epoch == b.epoch,
        is_upgrade: b.order(&a) == Ordering::Greater,
        is_same: b.order(&a) == Ordering::Equal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_release_shares_nothing_and_a_patch_all() {
        let found = compare("1.4.0", "1.4.1").unwrap();
        assert!(found.shares_entries && found.is_upgrade && !found.is_same);
        let found = compare("2.0.0", "1.4.0").unwrap();
        assert!(!found.shares_entries && !found.is_upgrade);
        assert!(!compare("0.1.9", "0.2.0").unwrap().shares_entries);
    }

    #[test]
    fn a_candidate_comes_before_its_release_and_builds_are_the_same() {
        assert!(compare("2.0.0-rc.1", "2.0.0").unwrap().is_upgrade);
        assert!(compare("2.0.0+a", "2.0.0+b").unwrap().is_same);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "1", "1.0", "v1.0.0", "1.0.0 ", "01.0.0"] {
            let error = compare("1.0.0", text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
        }
    }
}
