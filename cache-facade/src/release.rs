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
    /// As [`release_epoch`].
    pub(crate) fn new(version: Option<String>) -> Result<Self> {
        let epoch = version
            .as_deref()
            .map_or(Ok(Epoch::UNVERSIONED), release_epoch)?;
        Ok(Self { version, epoch })
    }
}

/// A release is kept in records and told in metrics.
const MAX_BYTES: usize = 128;

/// Derives the epoch that [`CacheBuilder::release`](crate::CacheBuilder::release) gives to the addresses of a release:
/// `major << 32`; for 0.x, where every minor may break, the minor.
///
/// # Errors
/// `InvalidConfig` if the text is not three numbers, with or without what semantic versions add to them.
///
/// # Example
/// ```
/// use cache_core::Epoch;
/// use cache_facade::release_epoch;
/// assert_eq!(release_epoch("1.4.0")?, Epoch(1 << 32));
/// assert_eq!(release_epoch("0.3.1")?, Epoch(3));
/// # Ok::<(), cache_facade::Error>(())
/// ```
pub fn release_epoch(release: &str) -> Result<Epoch> {
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
        assert_eq!(
            release_epoch("1.4.0").unwrap(),
            release_epoch("1.9.3-rc.1").unwrap()
        );
        assert_ne!(
            release_epoch("1.4.0").unwrap(),
            release_epoch("2.0.0").unwrap()
        );
        assert_ne!(
            release_epoch("0.1.0").unwrap(),
            release_epoch("0.2.0").unwrap()
        );
        assert_eq!(
            release_epoch("0.2.0").unwrap(),
            release_epoch("0.2.9").unwrap()
        );
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
                release_epoch(text).unwrap_err().kind(),
                ErrorKind::InvalidConfig,
                "{text}"
            );
        }
    }
}
