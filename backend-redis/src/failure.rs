//! Why a command has no answer, before it is known which operation that was part of.

use std::time::Duration;

use cache_core::{Error, Operation};
use redis::{ErrorKind as Client, RedisError, ServerErrorKind as Server};

use crate::error;

/// Why a command has no answer.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// There was none within this time.
    Slow(Duration),
    /// The server could not be reached, or the connection broke: nobody knows whether the command ran.
    Lost(RedisError),
    /// The server answered with an error: the command did not run.
    Refused(RedisError),
    /// The reply has a form that the command's replies never have.
    Strange,
    /// Nobody names a server that is in charge.
    Nobody(&'static str),
    NoRuntime,
    Closed,
}

/// Where the server says that a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    Moved(String),
    Ask(String),
}

impl Failure {
    /// Sorts an error of the client: the server's own words came over a connection that is whole.
    pub(crate) fn of(error: RedisError) -> Self {
        match error.kind() {
            Client::Server(_) | Client::Extension => Self::Refused(error),
            _ => Self::Lost(error),
        }
    }

    /// Makes the error that a caller sees.
    #[cold]
    pub(crate) fn error(&self, operation: Operation) -> Error {
        match self {
            Self::Slow(deadline) => error::too_slow(operation, *deadline),
            Self::Lost(cause) | Self::Refused(cause) => error::translated(cause, operation),
            Self::Strange => error::strange(operation),
            Self::Nobody(why) => error::nobody(operation, why),
            Self::NoRuntime => error::no_runtime(operation),
            Self::Closed => error::closed(operation),
        }
    }

    pub(crate) fn is_wrong_type(&self) -> bool {
        matches!(self, Self::Refused(cause) if cause.code() == Some("WRONGTYPE"))
    }

    pub(crate) fn is_forbidden(&self) -> bool {
        self.is_server(Server::NoPerm)
    }

    pub(crate) fn is_missing_script(&self) -> bool {
        self.is_server(Server::NoScript)
    }

    /// Whether the server may have lost its place to another, so that somebody has to ask who is in charge.
    pub(crate) fn is_about_place(&self) -> bool {
        match self {
            Self::Slow(_) | Self::Lost(_) | Self::Nobody(_) => true,
            Self::Refused(_) => {
                self.redirect().is_some()
                    || self.is_demoted()
                    || self.is_server(Server::ClusterDown)
                    || self.is_server(Server::MasterDown)
                    || self.is_server(Server::BusyLoading)
            }
            Self::Strange | Self::NoRuntime | Self::Closed => false,
        }
    }

    /// Whether a transaction was given up because of one of its commands.
    pub(crate) fn is_given_up(&self) -> bool {
        self.is_server(Server::ExecAbort)
    }

    /// Whether the server is a replica now. The command did not run.
    pub(crate) fn is_demoted(&self) -> bool {
        self.is_server(Server::ReadOnly)
    }

    /// Returns where else the key is. The command did not run.
    pub(crate) fn redirect(&self) -> Option<Redirect> {
        let Self::Refused(cause) = self else {
            return None;
        };
        let (place, _) = cause.redirect_node()?;
        Some(match cause.kind() {
            Client::Server(Server::Ask) => Redirect::Ask(place.to_owned()),
            _ => Redirect::Moved(place.to_owned()),
        })
    }

    fn is_server(&self, kind: Server) -> bool {
        matches!(self, Self::Refused(cause) if cause.kind() == Client::Server(kind))
    }
}
