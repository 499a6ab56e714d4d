//! The errors of this backend: one table from what the client reports to a kind.
//!
//! The server's own words stay out: they may repeat keys or arguments. What is told is its error code.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Error, ErrorKind, Operation};
use redis::{ErrorKind as Client, RedisError, ServerErrorKind as Server};

/// The name in errors and in [`cache_core::BackendInfo`].
pub(crate) const NAME: &str = "redis";

#[cold]
pub(crate) fn closed(operation: Operation) -> Error {
    Error::closed(operation, NAME)
}

pub(crate) fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
        .operation(Operation::Build)
        .backend(NAME)
}

/// A file of the TLS settings that cannot be read. Its path stays out: where keys lie is nobody's business.
pub(crate) fn unreadable_file(field: &str, cause: std::io::Error) -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        format!("the file of `{field}` of TLS cannot be read"),
    )
    .operation(Operation::Build)
    .backend(NAME)
    .with_source(Arc::new(cause) as Arc<dyn StdError + Send + Sync>)
}

pub(crate) fn no_pem(field: &str) -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        format!("the file of `{field}` of TLS; accepted: PEM, as it begins with `-----BEGIN `"),
    )
    .operation(Operation::Build)
    .backend(NAME)
}

/// The client refuses the settings of a connection.
pub(crate) fn no_client(cause: &RedisError) -> Error {
    let message = match cause.kind() {
        Client::InvalidClientConfig => "a server's host; accepted: a name or an address",
        _ => "`ca`, `certificate` or `key` of TLS; accepted: certificates and a private key in PEM",
    };
    invalid(message)
}

/// Nobody is known to be in charge.
#[cold]
pub(crate) fn nobody(operation: Operation, why: &'static str) -> Error {
    Error::new(ErrorKind::Unavailable, why)
        .operation(operation)
        .backend(NAME)
}

pub(crate) fn too_large() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "the payload is larger than `max_payload`",
    )
    .backend(NAME)
}

pub(crate) fn not_encoded() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "the entry holds an object; accepted: encoded bytes, a negative entry, a lease",
    )
    .backend(NAME)
}

pub(crate) fn zero_window() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "a window of zero; accepted: more than zero",
    )
    .operation(Operation::Add)
    .backend(NAME)
}

pub(crate) fn no_runtime(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the client needs a tokio runtime to connect; call from inside one",
    )
    .operation(operation)
    .backend(NAME)
}

#[cold]
pub(crate) fn too_slow(operation: Operation, deadline: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("the server did not answer within {deadline:?}"),
    )
    .operation(operation)
    .backend(NAME)
}

/// A reply that no version of the server gives to this command.
#[cold]
pub(crate) fn strange(operation: Operation) -> Error {
    Error::new(
        ErrorKind::Unexpected,
        "the server's reply is of another form than the command's",
    )
    .operation(operation)
    .backend(NAME)
}

/// Turns an error of the client into ours.
#[cold]
pub(crate) fn translated(error: &RedisError, operation: Operation) -> Error {
    let (kind, message) = meaning(error);
    let message = match error.code() {
        Some(code) => format!("{message} ({code})"),
        None => message.to_owned(),
    };
    Error::new(kind, message).operation(operation).backend(NAME)
}

fn meaning(error: &RedisError) -> (ErrorKind, &'static str) {
    match error.code() {
        Some("WRONGTYPE") => return (ErrorKind::WrongType, "another kind of thing stands there"),
        Some("OOM") => return (ErrorKind::Overloaded, "the server has no memory left"),
        Some("MISCONF" | "NOREPLICAS" | "BUSY") => {
            return (ErrorKind::Unavailable, "the server cannot do this now");
        }
        Some("WRONGPASS" | "NOAUTH") => return refused_user(),
        Some("NOPERM") => {
            return (
                ErrorKind::InvalidConfig,
                "the user may not run this command, or not on this key",
            );
        }
        _ => {}
    }
    if let Some(meaning) = tls(error) {
        return meaning;
    }
    match error.kind() {
        Client::AuthenticationFailed => refused_user(),
        Client::InvalidClientConfig => {
            (ErrorKind::InvalidConfig, "the client's settings are wrong")
        }
        Client::Server(Server::NoPerm) => (
            ErrorKind::InvalidConfig,
            "the user may not run this command, or not on this key",
        ),
        Client::Server(
            Server::BusyLoading
            | Server::TryAgain
            | Server::ClusterDown
            | Server::MasterDown
            | Server::ReadOnly
            | Server::Moved
            | Server::Ask,
        ) => (ErrorKind::Unavailable, "the server cannot do this now"),
        Client::Server(Server::ResponseError) if is_overflow(error) => (
            ErrorKind::Overflow,
            "the counter would leave the range of 64 bits; its value is unchanged",
        ),
        // A connection that ends in the middle of a reply looks like one that is wrong.
        Client::Parse => (
            ErrorKind::Unavailable,
            "the reply broke off, or is none of a Redis server",
        ),
        _ if error.is_timeout() => (ErrorKind::Timeout, "the server did not answer in time"),
        _ if error.is_io_error() || error.is_connection_dropped() => (
            ErrorKind::Unavailable,
            "there is no connection to the server",
        ),
        _ => (ErrorKind::Unexpected, "the server refused the command"),
    }
}

/// What a failed handshake of TLS means.
fn tls(error: &RedisError) -> Option<(ErrorKind, &'static str)> {
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error as Tls};
    let message = match handshake(error)? {
        Tls::AlertReceived(Alert::CertificateRequired) => {
            "the server asks for a client's certificate; accepted: `certificate` and `key` of TLS"
        }
        Tls::AlertReceived(
            Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate,
        ) => "the server does not accept the client's `certificate` of TLS",
        Tls::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => "the server's certificate of TLS is for another host",
        Tls::InvalidCertificate(_) => {
            "the server's certificate of TLS is not trusted; accepted: one that `ca` signed"
        }
        _ => return Some((ErrorKind::Unavailable, "the handshake of TLS failed")),
    };
    Some((ErrorKind::InvalidConfig, message))
}

/// Finds the error of TLS among the causes.
fn handshake(error: &RedisError) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        cause = carried(error).or_else(|| error.source());
    }
    None
}

/// Returns what an error holds and does not call its cause: one in a pointer, and one in an error of input and output.
fn carried<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(pointer) = error.downcast_ref::<Arc<dyn StdError + Send + Sync>>() {
        return Some(&**pointer);
    }
    let carried = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    Some(carried)
}

const fn refused_user() -> (ErrorKind, &'static str) {
    (
        ErrorKind::InvalidConfig,
        "the server refused `username` and `password`",
    )
}

/// Redis has no code of its own for it, only these words.
fn is_overflow(error: &RedisError) -> bool {
    error
        .detail()
        .is_some_and(|words| words.contains("would overflow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Client) -> RedisError {
        RedisError::from((kind, "words"))
    }

    #[test]
    fn every_error_of_the_client_has_a_kind() {
        let table = [
            (of(Client::AuthenticationFailed), ErrorKind::InvalidConfig),
            (of(Client::InvalidClientConfig), ErrorKind::InvalidConfig),
            (of(Client::Server(Server::NoPerm)), ErrorKind::InvalidConfig),
            (
                of(Client::Server(Server::BusyLoading)),
                ErrorKind::Unavailable,
            ),
            (of(Client::Server(Server::ReadOnly)), ErrorKind::Unavailable),
            (
                of(Client::Server(Server::ClusterDown)),
                ErrorKind::Unavailable,
            ),
            (
                of(Client::Server(Server::MasterDown)),
                ErrorKind::Unavailable,
            ),
            (of(Client::Server(Server::TryAgain)), ErrorKind::Unavailable),
            (of(Client::Io), ErrorKind::Unavailable),
            (of(Client::Parse), ErrorKind::Unavailable),
            (of(Client::UnexpectedReturnType), ErrorKind::Unexpected),
            (
                of(Client::Server(Server::ResponseError)),
                ErrorKind::Unexpected,
            ),
            (
                std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into(),
                ErrorKind::Unavailable,
            ),
            (
                std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
                ErrorKind::Timeout,
            ),
        ];
        for (error, kind) in table {
            let ours = translated(&error, Operation::Get);
            assert_eq!(ours.kind(), kind, "{error:?}");
            assert_eq!(ours.failed_operation(), Some(Operation::Get));
            assert_eq!(ours.failed_backend(), Some(NAME));
            assert!(!ours.to_string().contains("words"));
        }
    }
}
