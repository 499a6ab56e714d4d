//! One thing that is watched: whether it is wrong now, and whether that has been told.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alert {
    /// Fewer look-ups find a fresh value than the threshold says.
    HitRatioLow,
    /// The store's reads are slower.
    LatencyHigh,
    /// More memory is in use.
    MemoryHigh,
    /// More entries go for lack of room.
    EvictionRateHigh,
    /// More operations fail.
    ErrorRateHigh,
}

impl Alert {
    /// Everything that is watched.
    pub const ALL: [Self; 5] = [
        Self::HitRatioLow,
        Self::LatencyHigh,
        Self::MemoryHigh,
        Self::EvictionRateHigh,
        Self::ErrorRateHigh,
    ];

    /// Names it as labels and data do.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HitRatioLow => "hit_ratio_low",
            Self::LatencyHigh => "latency_high",
            Self::MemoryHigh => "memory_high",
            Self::EvictionRateHigh => "eviction_rate_high",
            Self::ErrorRateHigh => "error_rate_high",
        }
    }
}

/// What the last look said of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing happened that could be judged.
    NoData,
    /// Within the threshold.
    Fine,
    /// Beyond the threshold.
    Breached,
}

/// One thing that is watched, as of the last look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AlertStatus {
    /// What.
    pub alert: Alert,
    /// What the last look said.
    pub state: State,
    /// Whether the alert is raised. It follows the state, except that it is raised and cleared at most once each in a
    /// cooldown.
    pub is_raised: bool,
    /// The figure that was judged; durations in seconds.
    pub figure: Option<f64>,
    /// What it was judged by.
    pub threshold: f64,
}

/// An alert that was raised or cleared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AlertEvent {
    /// How things are from now on.
    pub status: AlertStatus,
}

/// What is remembered of one thing between looks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    is_raised: bool,
    raised_at: Option<Instant>,
    cleared_at: Option<Instant>,
}

impl Memory {
    pub(super) const fn is_raised(self) -> bool {
        self.is_raised
    }

    /// Follows a state, if the cooldown allows; says whether the alert was raised or cleared.
    pub(super) fn follow(&mut self, state: State, now: Instant, cooldown: Duration) -> bool {
        let wanted = state == State::Breached;
        let last = if wanted {
            &mut self.raised_at
        } else {
            &mut self.cleared_at
        };
        let is_early = last.is_some_and(|last| now.duration_since(last) < cooldown);
        if wanted == self.is_raised || is_early {
            return false;
        }
        *last = Some(now);
        self.is_raised = wanted;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_raised_and_cleared_once_per_cooldown() {
        let start = Instant::now();
        let cooldown = Duration::from_secs(300);
        let mut memory = Memory::default();
        let mut changes = Vec::new();
        // Breached and fine by turns, every 30 seconds for 20 minutes.
        for look in 0..40_u64 {
            let state = if look % 2 == 0 {
                State::Breached
            } else {
                State::Fine
            };
            let at = start + Duration::from_secs(30 * look);
            if memory.follow(state, at, cooldown) {
                changes.push((30 * look, memory.is_raised()));
            }
        }
        let expected = [
            (0, true),
            (30, false),
            (300, true),
            (330, false),
            (600, true),
            (630, false),
            (900, true),
            (930, false),
        ];
        assert_eq!(changes, expected);
    }

    #[test]
    fn no_data_raises_nothing_and_clears_what_was_raised() {
        let start = Instant::now();
        let mut memory = Memory::default();
        assert!(!memory.follow(State::NoData, start, Duration::ZERO));
        assert!(memory.follow(State::Breached, start, Duration::ZERO));
        assert!(memory.follow(State::NoData, start, Duration::ZERO));
        assert!(!memory.is_raised());
    }
}
