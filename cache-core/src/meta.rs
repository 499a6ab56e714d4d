//! What is known of an entry without reading its value.

use crate::{CodecKind, Lifetime, Stamp, Timestamp};

/// Marks of an entry, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u16);

impl Flags {
    /// No mark.
    pub const NONE: Self = Self(0);
    /// Known to be absent.
    pub const NEGATIVE: Self = Self(1);
    /// The payload is compressed. No writer sets it yet; a reader that meets it answers `Unreadable`.
    pub const COMPRESSED: Self = Self(1 << 1);
    /// A lease: somebody is loading. Absent to every read.
    pub const LEASE: Self = Self(1 << 2);
    /// Marked old by `expire`: not fresh, whatever a slower clock says.
    pub const EXPIRED: Self = Self(1 << 3);

    const KIND: Self = Self(Self::NEGATIVE.0 | Self::COMPRESSED.0 | Self::LEASE.0);
    const KNOWN: Self = Self(Self::KIND.0 | Self::EXPIRED.0);

    /// Reads stored bits; `None` if one is set that this release does not know.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::KNOWN.0 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Returns the bits that are stored.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Says whether all marks of `other` are set.
    #[must_use]
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the marks of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns these marks without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Everything about an entry but its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Which write this is.
    pub stamp: Stamp,
    /// The moment the load, or the put, began.
    pub created: Timestamp,
    /// Fresh strictly before this moment.
    pub fresh_until: Timestamp,
    /// Not returned by any operation from this moment on.
    pub dead_at: Timestamp,
    /// Until when somebody refreshes it; [`Timestamp::ZERO`] if nobody does.
    pub claimed_until: Timestamp,
    /// Marks.
    pub flags: Flags,
    /// How the payload is encoded; `None` for objects, negative entries and leases.
    pub codec: Option<CodecKind>,
    /// What the entry weighs in memory, in bytes, at least 1; filled in by who knows the value.
    pub weight: u32,
}

impl Meta {
    /// Makes the meta of a new write: a new stamp, no marks, a weight of 1.
    #[must_use]
    pub fn new(created: Timestamp, life: Lifetime) -> Self {
        Self {
            stamp: Stamp::next(),
            created,
            fresh_until: life.fresh_until,
            dead_at: life.dead_at,
            claimed_until: Timestamp::ZERO,
            flags: Flags::NONE,
            codec: None,
            weight: 1,
        }
    }

    /// Returns what `retime` makes of this entry: times, claim, stamp and the mark `expired` of `to`; what describes the
    /// payload (codec, weight, the other marks) stays.
    #[must_use]
    pub fn retimed(&self, to: &Self) -> Self {
        Self {
            flags: self
                .flags
                .without(Flags::EXPIRED)
                .with(to.flags.without(Flags::KIND)),
            codec: self.codec,
            weight: self.weight,
            ..*to
        }
    }

    /// Says whether this is a lease.
    #[must_use]
    #[inline]
    pub fn is_lease(&self) -> bool {
        self.flags.contains(Flags::LEASE)
    }

    /// Says whether this is a negative entry.
    #[must_use]
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.flags.contains(Flags::NEGATIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ttl;
    use std::time::Duration;

    fn meta(flags: Flags) -> Meta {
        let life = Lifetime::starting(
            Timestamp::from_millis(1),
            Ttl::After(Duration::from_secs(1)),
            Duration::ZERO,
        );
        Meta {
            flags,
            ..Meta::new(Timestamp::from_millis(1), life)
        }
    }

    #[test]
    fn retimed_keeps_what_describes_the_payload() {
        let old = Meta {
            codec: Some(CodecKind::Json),
            weight: 9,
            ..meta(Flags::NEGATIVE.with(Flags::EXPIRED))
        };
        let to = meta(Flags::LEASE);
        let new = old.retimed(&to);
        assert_eq!(
            (new.stamp, new.codec, new.weight),
            (to.stamp, Some(CodecKind::Json), 9)
        );
        assert_eq!(new.flags, Flags::NEGATIVE);
        assert_eq!(
            meta(Flags::NONE).retimed(&meta(Flags::EXPIRED)).flags,
            Flags::EXPIRED
        );
    }

    #[test]
    fn unknown_flag_bits_are_refused() {
        assert_eq!(
            Flags::from_bits(0b1111),
            Some(Flags::KIND.with(Flags::EXPIRED))
        );
        assert_eq!(Flags::from_bits(0b1_0000), None);
    }
}
