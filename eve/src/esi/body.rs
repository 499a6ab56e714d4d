//! Reading a body within its limit.

use std::error::Error;
use std::fmt;

use reqwest::Response;

use super::error::{EsiError, EsiErrorKind};

/// Reads the whole body, or gives up as soon as it is longer than `max` bytes.
pub(super) async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, EsiError> {
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > max {
        return Err(too_long(max));
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(EsiError::from_http)? {
        if chunk.len() > max - body.len() {
            return Err(too_long(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_long(max: usize) -> EsiError {
    EsiError::new(EsiErrorKind::Malformed).because(TooLong { max })
}

/// A body longer than allowed.
#[derive(Debug)]
struct TooLong {
    max: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body is longer than {} bytes", self.max)
    }
}

impl Error for TooLong {}

impl EsiError {
    /// Sorts what the HTTP client reports. A look-up changes nothing at ESI, so that a connection that broke, at
    /// whatever moment, may be tried again.
    pub(super) fn from_http(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            EsiErrorKind::Config
        } else {
            EsiErrorKind::Unavailable
        };
        Self::new(kind).because(error.without_url())
    }
}
