//! What the stand-in knows and counts, and how it chooses an answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{DATE, HeaderMap, HeaderName};
use axum::response::Response;

use super::calendar::{Calendar, http_date};
use super::counts::{Counts, Tally};
use super::kills::{Kills, killmail_hash};
use super::kin::Kin;
use super::seed::mix;
use super::window::Window;
use super::{StandInBuilder, bodies, ids, page};
use crate::Kind;

const REMAIN: HeaderName = HeaderName::from_static("x-esi-error-limit-remain");
const RESET: HeaderName = HeaderName::from_static("x-esi-error-limit-reset");

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// An entity; the id as it stands in the path.
    Entity(Kind, String),
    /// A killmail; id and hash as they stand in the path.
    Killmail(String, String),
    /// A route that ESI does not have.
    Nothing,
}

impl Asked {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Entity(kind, _) => Some(*kind),
            Self::Killmail(..) => Some(Kind::Killmail),
            Self::Nothing => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct World {
    latency: Duration,
    error_rate: f64,
    window: Window,
    kin: Kin,
    kills: Kills,
    calendar: Calendar,
    tally: Tally,
    requests: AtomicU64,
}

impl World {
    pub(super) fn new(settings: StandInBuilder) -> Self {
        Self {
            latency: settings.latency,
            error_rate: settings.error_rate,
            window: Window::new(settings.error_limit, settings.error_window),
            kin: settings.kin,
            kills: settings.kills,
            calendar: Calendar::new(),
            tally: Tally::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    pub(super) fn counts(&self) -> Counts {
        self.tally.read()
    }

    /// Chooses the answer, and counts it.
    pub(super) fn answer(&self, asked: &Asked, headers: &HeaderMap) -> Response {
        let now = self.calendar.now();
        let mut response = self.choose(asked, headers, now);
        let status = response.status();
        let fine = status.is_success() || status.is_redirection();
        let standing = self.window.standing(!fine);
        self.tally.add(asked.kind(), status.as_u16());
        let headers = response.headers_mut();
        page::set(headers, DATE, &http_date(now));
        page::set(headers, REMAIN, &standing.remain.to_string());
        page::set(headers, RESET, &standing.reset.to_string());
        response
    }

    /// A spent budget goes before everything, then come the errors that were asked for.
    fn choose(&self, asked: &Asked, headers: &HeaderMap, now: u64) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if self.window.is_spent() {
            return page::refused(
                error_limited(),
                "This software has exceeded the error limit",
            );
        }
        if fails(number, self.error_rate) {
            return page::refused(StatusCode::BAD_GATEWAY, "Bad gateway");
        }
        match asked {
            Asked::Entity(kind, id) => self.entity(*kind, id, headers, now),
            Asked::Killmail(id, hash) => self.killmail(id, hash, headers, now),
            Asked::Nothing => page::refused(StatusCode::NOT_FOUND, "No such route"),
        }
    }

    fn entity(&self, kind: Kind, id: &str, headers: &HeaderMap, now: u64) -> Response {
        let found = ids::parse(id)
            .and_then(|id| Some((id, bodies::build(kind, id, &self.kin, &self.kills)?)));
        match found {
            Some((id, body)) => page::found(kind, id, body, headers, now),
            None => page::refused(StatusCode::NOT_FOUND, &format!("No such {kind}")),
        }
    }

    /// Refuses a wrong hash only for a kill that exists.
    fn killmail(&self, id: &str, hash: &str, headers: &HeaderMap, now: u64) -> Response {
        let known = ids::parse(id).filter(|id| self.kills.contains(*id));
        if known.is_some_and(|id| killmail_hash(id) != hash) {
            return page::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid killmail_id and/or killmail_hash",
            );
        }
        self.entity(Kind::Killmail, id, headers, now)
    }
}

/// ESI's own status, which no standard knows.
fn error_limited() -> StatusCode {
    StatusCode::from_u16(420).unwrap_or(StatusCode::TOO_MANY_REQUESTS)
}

/// Returns whether the request of this number fails at this rate: about that share of all numbers, in no pattern.
fn fails(number: u64, rate: f64) -> bool {
    let drawn = u32::try_from(mix(number.wrapping_add(1)) >> 32).unwrap_or(u32::MAX);
    // Below 1, so that a rate of 1 fails every request and a rate of 0 none.
    f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < rate
}

#[cfg(test)]
mod tests {
    use super::fails;

    #[test]
    fn the_rate_is_the_share_of_requests_that_fail() {
        let share = |rate| (0..10_000).filter(|number| fails(*number, rate)).count();
        assert_eq!(share(0.0), 0);
        assert_eq!(share(1.0), 10_000);
        assert!((450..550).contains(&share(0.05)), "{}", share(0.05));
    }
}
