//! One look-up, from its first to its last try.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::call::{self, Reply};
use super::config::MAX_TIMEOUT;
use super::error::{EsiError, EsiErrorKind};
use super::route::Route;
use super::{EsiAnswer, EsiClient, Validators};
use crate::JsonFault;

/// A look-up that is ready to be sent; awaiting it sends it.
///
/// # Cancellation
///
/// Dropping the future drops the request under way and gives its share of the error budget back; the request stays
/// counted.
#[derive(Debug)]
#[must_use = "a look-up is sent when it is awaited"]
pub struct Lookup<T> {
    client: EsiClient,
    route: Route,
    validators: Validators,
    timeout: Duration,
    body: PhantomData<fn() -> T>,
}

impl<T> Lookup<T> {
    pub(super) fn new(client: EsiClient, route: Route) -> Self {
        Self {
            timeout: client.inner.config.timeout,
            client,
            route,
            validators: Validators::default(),
            body: PhantomData,
        }
    }

    /// Asks for the body only if it has changed since `validators` were received with it.
    pub fn if_changed(mut self, validators: &Validators) -> Self {
        self.validators.clone_from(validators);
        self
    }

    /// Gives the look-up this long, waits and retries included, instead of the configured timeout. More than 10 min
    /// count as 10 min.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_TIMEOUT);
        self
    }
}

impl<T: DeserializeOwned> Lookup<T> {
    /// Sends the look-up; the same as awaiting it, without a box.
    ///
    /// # Errors
    ///
    /// [`EsiError`]; of kind `Config` only for a killmail's hash that is none. That there is no such entity is an answer,
    /// not an error.
    pub async fn send(self) -> Result<EsiAnswer<T>, EsiError> {
        let kind = self.route.kind;
        let client = &self.client.inner;
        let reply = call::within(client, &self.route, &self.validators, self.timeout).await;
        reply
            .and_then(parse)
            .map_err(|error| error.asking_for(kind))
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for Lookup<T> {
    type Output = Result<EsiAnswer<T>, EsiError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

fn parse<T: DeserializeOwned>(reply: Reply) -> Result<EsiAnswer<T>, EsiError> {
    match reply {
        Reply::Found {
            body,
            validators,
            expires,
        } => {
            let value = serde_json::from_slice(&body).map_err(|error| {
                EsiError::new(EsiErrorKind::Malformed).because(JsonFault::new(&error))
            })?;
            Ok(EsiAnswer::Found {
                value,
                validators,
                expires,
            })
        }
        Reply::NotModified {
            validators,
            expires,
        } => Ok(EsiAnswer::NotModified {
            validators,
            expires,
        }),
        Reply::Absent => Ok(EsiAnswer::Absent),
    }
}
