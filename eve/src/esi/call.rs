//! The tries of one look-up, and what becomes of each status.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep, timeout_at};

use super::client::Inner;
use super::error::{EsiError, EsiErrorKind};
use super::route::Route;
use super::{Validators, body, headers, retry};

/// How long to keep quiet if ESI shuts the client out without saying for how long: one window of the error budget.
const QUIET: Duration = Duration::from_secs(60);

/// ESI's own status for a spent error budget.
const ERROR_LIMITED: u16 = 420;

/// An answer whose body has not been parsed.
#[derive(Debug)]
pub(super) enum Reply {
    Found {
        body: Vec<u8>,
        validators: Validators,
        expires: Option<Duration>,
    },
    NotModified {
        validators: Validators,
        expires: Option<Duration>,
    },
    Absent,
}

/// Tries until there is an answer, an error that another try would not change, or no time or try left.
pub(super) async fn within(
    client: &Inner,
    route: &Route,
    known: &Validators,
    timeout: Duration,
) -> Result<Reply, EsiError> {
    route.check()?;
    let deadline = Instant::now() + timeout;
    match timeout_at(deadline, tries(client, route, known, deadline)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(EsiError::new(EsiErrorKind::Timeout)),
    }
}

async fn tries(
    client: &Inner,
    route: &Route,
    known: &Validators,
    deadline: Instant,
) -> Result<Reply, EsiError> {
    let mut failures = 0;
    loop {
        let outcome = once(client, route, known, deadline).await;
        let Err(error) = outcome else { return outcome };
        failures += 1;
        let pause = retry::pause(client.config.backoff, failures);
        let again = error.kind() == EsiErrorKind::Unavailable
            && failures < client.config.tries
            && Instant::now() + pause < deadline;
        if !again {
            return Err(error);
        }
        sleep(pause).await;
    }
}

/// Sends one request, once the error budget lets it out. The permit is kept until the body is read, and the budget is
/// told of the answer before that.
async fn once(
    client: &Inner,
    route: &Route,
    known: &Validators,
    deadline: Instant,
) -> Result<Reply, EsiError> {
    let _permit = client.budget.admit(deadline).await?;
    client.requests.count(route.kind);
    let request = client
        .http
        .get(route.url(&client.base))
        .headers(conditions(known));
    let response = request.send().await.map_err(EsiError::from_http)?;
    if let Some(limit) = headers::error_limit(response.headers()) {
        client.budget.observe(limit);
    }
    sort(client, response, known).await
}

/// Sorts an answer by its status.
async fn sort(client: &Inner, response: Response, known: &Validators) -> Result<Reply, EsiError> {
    let status = response.status();
    let validators = headers::validators(response.headers());
    let expires = headers::freshness(response.headers());
    match status {
        StatusCode::OK => Ok(Reply::Found {
            body: body::read(response, client.config.max_body).await?,
            validators,
            expires,
        }),
        StatusCode::NOT_MODIFIED if !known.is_empty() => Ok(Reply::NotModified {
            validators,
            expires,
        }),
        StatusCode::NOT_FOUND => Ok(Reply::Absent),
        StatusCode::TOO_MANY_REQUESTS => Err(shut_out(client, response.headers())),
        _ if status.as_u16() == ERROR_LIMITED => Err(shut_out(client, response.headers())),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(EsiError::new(EsiErrorKind::Unavailable).because(Answered(status.as_u16())))
        }
        _ => Err(EsiError::new(EsiErrorKind::Status(status.as_u16()))),
    }
}

/// Stops all calls for as long as ESI asks.
fn shut_out(client: &Inner, headers: &HeaderMap) -> EsiError {
    let asked = headers::retry_after(headers)
        .or_else(|| headers::error_limit(headers).map(|limit| limit.reset));
    let wait = client.budget.quieten(asked.unwrap_or(QUIET));
    EsiError::limited(wait)
}

/// The headers that ask for a body only if it has changed. A validator that no header can carry is left out, which
/// costs a transfer and nothing else.
fn conditions(known: &Validators) -> HeaderMap {
    let pairs: [(HeaderName, Option<&String>); 2] = [
        (IF_NONE_MATCH, known.etag.as_ref()),
        (IF_MODIFIED_SINCE, known.last_modified.as_ref()),
    ];
    let header = |(name, text): (HeaderName, Option<&String>)| {
        Some((name, HeaderValue::from_str(text?).ok()?))
    };
    pairs.into_iter().filter_map(header).collect()
}

/// The status behind [`EsiErrorKind::Unavailable`].
#[derive(Debug)]
struct Answered(u16);

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ESI answered with status {}", self.0)
    }
}

impl Error for Answered {}
