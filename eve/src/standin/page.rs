//! An answer with its headers, and whether the caller knows the body already.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use axum::response::Response;

use super::calendar::{self, cache_seconds, days_ago, http_date};
use super::seed::{Seed, mix};
use crate::Kind;

/// Answers with a body, or with 304 if `asked` shows that the caller has it.
pub(super) fn found(kind: Kind, id: i32, body: Vec<u8>, asked: &HeaderMap, now: u64) -> Response {
    let etag = etag(&body);
    let modified = days_ago(1 + Seed::of(kind, id).below(1_000));
    let known = is_known(asked, &etag, modified);
    let mut response = if known {
        bare(StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        bare(StatusCode::OK, Body::from(body))
    };
    let fresh = cache_seconds(kind, now);
    let headers = response.headers_mut();
    set(headers, ETAG, &etag);
    set(headers, LAST_MODIFIED, &http_date(modified));
    set(headers, EXPIRES, &http_date(now + fresh));
    set(headers, CACHE_CONTROL, &format!("public, max-age={fresh}"));
    response
}

/// Answers with a refusal, worded as ESI does: an object with the field `error`.
pub(super) fn refused(status: StatusCode, error: &str) -> Response {
    let body = serde_json::json!({ "error": error }).to_string();
    bare(status, Body::from(body))
}

/// Sets a header, if the text can be one.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn bare(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if status != StatusCode::NOT_MODIFIED {
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// `If-None-Match` decides alone where it is present (RFC 9110, 13.2.2).
fn is_known(asked: &HeaderMap, etag: &str, modified: u64) -> bool {
    if let Some(tags) = text(asked, &IF_NONE_MATCH) {
        return tags
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || opaque(tag) == opaque(etag));
    }
    text(asked, &IF_MODIFIED_SINCE)
        .and_then(calendar::parse)
        .is_some_and(|since| modified <= since)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The tag without its mark of weakness, which does not count when comparing.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// A weak tag, as ESI's are, from the bytes of the body (FNV-1a).
fn etag(body: &[u8]) -> String {
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("W/\"{hash:016x}{:016x}\"", mix(hash))
}

#[cfg(test)]
mod tests {
    use axum::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::is_known;

    fn known(name: &'static str, value: &'static str) -> bool {
        let mut asked = HeaderMap::new();
        asked.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        is_known(&asked, "W/\"a\"", 1_638_230_400)
    }

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        assert!(known("if-none-match", "W/\"a\""));
        assert!(known("if-none-match", "\"a\""));
        assert!(known("if-none-match", "\"b\", W/\"a\""));
        assert!(known("if-none-match", "*"));
        assert!(!known("if-none-match", "\"b\""));
    }

    #[test]
    fn a_date_is_known_from_the_modification_on() {
        assert!(known("if-modified-since", "Tue, 30 Nov 2021 00:00:00 GMT"));
        assert!(!known("if-modified-since", "Mon, 29 Nov 2021 23:59:59 GMT"));
        assert!(!known("if-modified-since", "yesterday"));
    }
}
