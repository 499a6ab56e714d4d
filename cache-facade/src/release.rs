//! Releases: the application's semantic version, from which the epoch of every address is derived.

use cache_core::{Epoch, Error, ErrorKind, Operation, Result};

/// The application's release, if it has one, and the epoch of its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    #[cfg_attr(
        not(any(feature = "metrics", feature = "versioning")),
        expect(dead_code, reason = "nobody asks")
    )]
    pub(crate) version: Option<String>,
    pub(crate) epoch: Epoch,
}

impl Release {
    /// # Errors
    /// As [`epoch`].
    pub(crate) fn new(version: Option<String>) -> Result<Self> {
        let epoch = version.as_deref().map_or(Ok(Epoch::UNVERSIONED), epoch)?;
        Ok(Self { version, epoch })
    }
}

/// A release is kept in records and told in metrics.
const MAX_BYTES: usize = 128;

/// Derives the epoch: `major << 32`; for 0.x, where every minor may break, the minor.
///
/// # Errors
/// `InvalidConfig` if the text is not three numbers.
fn epoch(release: &str) -> Result<Epoch> {
    if release.len() > MAX_BYTES {
        return Err(refused());
    }
    // What follows `-` or `+` names a build of the same release (semver.org, 9 and 10).
    let core = release.split(['-', '+']).next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = core.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([0, minor, _]) => Ok(Epoch(u64::from(*minor))),
        Some([major, _, _]) => Ok(Epoch(u64::from(*major) << 32)),
        _ => Err(refused()),
    }
}

fn refused() -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        "release: accepted is a semantic version such as `1.4.0`, of at most 128 bytes",
    )
    .operation(Operation::Build)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_releases_share_an_epoch() {
        assert_eq!(epoch("1.4.0").unwrap(), epoch("1.9.3-rc.1").unwrap());
        assert_ne!(epoch("1.4.0").unwrap(), epoch("2.0.0").unwrap());
        assert_ne!(epoch("0.1.0").unwrap(), epoch("0.2.0").unwrap());
        assert_eq!(epoch("0.2.0").unwrap(), epoch("0.2.9").unwrap());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "1.2.x",
            "1.-2.3",
            "99999999999.0.0",
            &format!("1.0.0+{}", "x".repeat(128)),
        ] {
            assert_eq!(
                epoch(text).unwrap_err().kind(),
                ErrorKind::InvalidConfig,
                "{text}"
            );
        }
    }
}
