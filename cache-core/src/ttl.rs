//! Times to live: a type, never a bare number. Deciding what `Default` means is the domain's business, not this file's.

use std::time::Duration;

use crate::clock::whole_millis;
use crate::{Error, ErrorKind, Result, Timestamp};

/// The longest time to live that is kept, 10 years; longer ones are cut to it.
pub const MAX_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// How long a value is fresh.
///
/// Durations below a millisecond are rounded up to one, durations above [`MAX_TTL`] are cut to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ttl {
    /// What the domain is configured with.
    #[default]
    Default,
    /// This long, counted from the moment the put or the load began. Zero is refused with `InvalidArgument`.
    After(Duration),
    /// Without end.
    Never,
}

impl Ttl {
    /// Reads the TTL that stands behind `self`, where `default` is what [`Ttl::Default`] stands for.
    ///
    /// # Errors
    /// `InvalidArgument` for a duration of zero: a value that is never fresh is not worth storing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::{MAX_TTL, Ttl};
    /// let day = Duration::from_secs(86_400);
    /// assert_eq!(Ttl::Default.resolve(Ttl::After(day))?, Ttl::After(day));
    /// assert_eq!(Ttl::After(Duration::from_nanos(1)).resolve(Ttl::Never)?, Ttl::After(Duration::from_millis(1)));
    /// assert_eq!(Ttl::After(Duration::MAX).resolve(Ttl::Never)?, Ttl::After(MAX_TTL));
    /// assert!(Ttl::After(Duration::ZERO).resolve(Ttl::Never).is_err());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn resolve(self, default: Self) -> Result<Self> {
        let chosen = if self == Self::Default { default } else { self };
        match chosen {
            Self::After(duration) if duration.is_zero() => Err(Error::new(
                ErrorKind::InvalidArgument,
                "a time to live of zero; accepted: at least 1 ms, or `Ttl::Never`",
            )),
            Self::After(duration) => Ok(Self::After(bounded(duration))),
            // A default of `Default` says nothing, so nothing ends.
            Self::Never | Self::Default => Ok(Self::Never),
        }
    }
}

fn bounded(duration: Duration) -> Duration {
    Duration::from_millis(whole_millis(duration)).clamp(Duration::from_millis(1), MAX_TTL)
}

/// The two ends of an entry's life, counted from the moment it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Fresh strictly before this moment.
    pub fresh_until: Timestamp,
    /// Never returned by anything from this moment on.
    pub dead_at: Timestamp,
}

impl Lifetime {
    /// Computes the ends of a life that began at `created`: fresh for `ttl` (already resolved), then stale for `window`.
    #[must_use]
    pub fn starting(created: Timestamp, ttl: Ttl, window: Duration) -> Self {
        let Ttl::After(fresh) = ttl else {
            return Self {
                fresh_until: Timestamp::NEVER,
                dead_at: Timestamp::NEVER,
            };
        };
        let fresh_until = created.after(fresh);
        Self {
            fresh_until,
            dead_at: fresh_until.after(window.min(MAX_TTL)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_has_no_end_whatever_the_window() {
        let life = Lifetime::starting(Timestamp::from_millis(5), Ttl::Never, Duration::MAX);
        assert_eq!(life.fresh_until, Timestamp::NEVER);
        assert_eq!(life.dead_at, Timestamp::NEVER);
    }

    #[test]
    fn window_follows_the_fresh_period() {
        let life = Lifetime::starting(
            Timestamp::from_millis(5),
            Ttl::After(Duration::from_millis(10)),
            Duration::from_millis(3),
        );
        assert_eq!(
            (life.fresh_until.as_millis(), life.dead_at.as_millis()),
            (15, 18)
        );
    }

    #[test]
    fn extremes_do_not_overflow() {
        let life = Lifetime::starting(Timestamp::NEVER, Ttl::After(Duration::MAX), Duration::MAX);
        assert_eq!(life.dead_at, Timestamp::NEVER);
    }
}
