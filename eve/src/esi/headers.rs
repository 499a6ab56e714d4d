//! The headers of ESI's answers. All times are relative, so that our clock and ESI's need not agree.

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;
use reqwest::header::{
    AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, HeaderMap, LAST_MODIFIED, RETRY_AFTER,
};

use super::Validators;

/// How many more errors ESI allows, and how long until it starts to count anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ErrorLimit {
    pub(super) remain: u32,
    pub(super) reset: Duration,
}

/// Reads the error budget. `X-ESI-Error-Limit-Reset` is the number of seconds *left*, not a point in time.
pub(super) fn error_limit(headers: &HeaderMap) -> Option<ErrorLimit> {
    let remain = seconds(headers, "x-esi-error-limit-remain")?;
    let reset = seconds(headers, "x-esi-error-limit-reset")?;
    Some(ErrorLimit {
        remain: u32::try_from(remain).unwrap_or(u32::MAX),
        reset: Duration::from_secs(reset),
    })
}

/// Reads `Retry-After`, which counts seconds or names a date; the date is measured from the answer's own.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    match seconds(headers, RETRY_AFTER.as_str()) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => date(headers, RETRY_AFTER.as_str())?
            .duration_since(date(headers, DATE.as_str())?)
            .ok(),
    }
}

/// Reads how long from now the answer may be used: `max-age`, else `Expires` measured from `Date`; less the time that
/// it has already spent in caches on the way.
pub(super) fn freshness(headers: &HeaderMap) -> Option<Duration> {
    let lifetime = match max_age(headers) {
        Some(lifetime) => lifetime,
        None => lifetime_by_date(headers)?,
    };
    let age = seconds(headers, AGE.as_str()).unwrap_or(0);
    Some(lifetime.saturating_sub(Duration::from_secs(age)))
}

/// Reads what marks this version of the body.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    Validators {
        etag: text(headers, ETAG.as_str()).map(str::to_owned),
        last_modified: text(headers, LAST_MODIFIED.as_str()).map(str::to_owned),
    }
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut directives = text(headers, CACHE_CONTROL.as_str())?
        .split(',')
        .map(str::trim);
    directives.find_map(|directive| match directive {
        "no-store" | "no-cache" => Some(Duration::ZERO),
        _ => directive
            .strip_prefix("max-age=")
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs),
    })
}

/// An `Expires` before `Date`, or one that cannot be read (RFC 9111, 5.3), means that the answer is stale already.
fn lifetime_by_date(headers: &HeaderMap) -> Option<Duration> {
    text(headers, EXPIRES.as_str())?;
    let sent = date(headers, DATE.as_str())?;
    let lifetime = date(headers, EXPIRES.as_str()).and_then(|end| end.duration_since(sent).ok());
    Some(lifetime.unwrap_or(Duration::ZERO))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

fn date(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    parse_http_date(text(headers, name)?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{error_limit, freshness, retry_after};

    const DATE: (&str, &str) = ("date", "Mon, 29 Nov 2021 12:00:00 GMT");

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        pairs.iter().map(pair).collect()
    }

    fn fresh(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        freshness(&headers(pairs)).map(|time| time.as_secs())
    }

    #[test]
    fn freshness_is_measured_without_a_clock() {
        let later = ("expires", "Mon, 29 Nov 2021 13:00:00 GMT");
        let earlier = ("expires", "Mon, 29 Nov 2021 11:00:00 GMT");
        assert_eq!(fresh(&[]), None);
        assert_eq!(fresh(&[later]), None);
        assert_eq!(fresh(&[DATE, later]), Some(3_600));
        assert_eq!(fresh(&[DATE, later, ("age", "600")]), Some(3_000));
        assert_eq!(fresh(&[DATE, earlier]), Some(0));
        assert_eq!(fresh(&[DATE, ("expires", "0")]), Some(0));
        let max_age = ("cache-control", "public, max-age=60");
        assert_eq!(fresh(&[max_age]), Some(60));
        assert_eq!(fresh(&[max_age, DATE, later]), Some(60));
        assert_eq!(fresh(&[max_age, ("age", "61")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "no-store")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "public"), DATE]), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |pairs: &[_]| retry_after(&headers(pairs));
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        let date = ("retry-after", "Mon, 29 Nov 2021 12:00:30 GMT");
        assert_eq!(wait(&[DATE, date]), Some(Duration::from_secs(30)));
        assert_eq!(wait(&[date]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
    }

    #[test]
    fn an_error_limit_needs_both_its_headers() {
        let remain = ("x-esi-error-limit-remain", "93");
        let reset = ("x-esi-error-limit-reset", "41");
        assert_eq!(error_limit(&headers(&[remain])), None);
        let limit = error_limit(&headers(&[remain, reset])).unwrap();
        assert_eq!((limit.remain, limit.reset.as_secs()), (93, 41));
    }
}
