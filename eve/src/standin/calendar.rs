//! The stand-in's own date: it lives on the day after the killmails it ships with, and its time runs with tokio's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::fmt_http_date;
use tokio::time::Instant;

use crate::Kind;

/// 2021-11-30T00:00:00Z in seconds.
const FIRST_DAY: u64 = 1_638_230_400;

const DAY: u64 = 86_400;

/// When the servers restart each day, and what is static may change: 11:05.
const DOWNTIME: u64 = 11 * 3_600 + 5 * 60;

#[derive(Debug)]
pub(super) struct Calendar {
    started: Instant,
}

impl Calendar {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        FIRST_DAY + self.started.elapsed().as_secs()
    }
}

/// Writes seconds since 1970 as HTTP does.
pub(super) fn http_date(seconds: u64) -> String {
    fmt_http_date(at(seconds))
}

/// Reads an HTTP date as seconds since 1970.
pub(super) fn parse(text: &str) -> Option<u64> {
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    date.duration_since(UNIX_EPOCH)
        .ok()
        .map(|since| since.as_secs())
}

/// How many seconds ESI declares an answer fresh: what its schema says, and until the next downtime for what is static.
pub(super) fn cache_seconds(kind: Kind, now: u64) -> u64 {
    match kind {
        Kind::Character => 7 * DAY,
        Kind::Corporation | Kind::Alliance => 3_600,
        Kind::Killmail => 356 * DAY,
        Kind::System | Kind::Type => (DAY + DOWNTIME - now % DAY - 1) % DAY + 1,
    }
}

/// A day within the `days` before the stand-in's first, as seconds since 1970.
pub(super) fn days_ago(days: u64) -> u64 {
    FIRST_DAY - days * DAY
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::{DAY, DOWNTIME, FIRST_DAY, cache_seconds, http_date, parse};
    use crate::Kind;

    #[test]
    fn static_data_is_fresh_until_the_next_downtime() {
        let fresh = |second| cache_seconds(Kind::System, FIRST_DAY + second);
        assert_eq!(fresh(0), DOWNTIME);
        assert_eq!(fresh(DOWNTIME - 1), 1);
        assert_eq!(fresh(DOWNTIME), DAY);
        assert_eq!(fresh(DAY - 1), DOWNTIME + 1);
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        let text = http_date(FIRST_DAY);
        assert_eq!(text, "Tue, 30 Nov 2021 00:00:00 GMT");
        assert_eq!(parse(&text), Some(FIRST_DAY));
    }
}
