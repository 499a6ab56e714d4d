//! The errors of this backend. moka itself never fails, so there is nothing to translate.

use cache_core::{Error, ErrorKind, Operation};

/// The name in errors and in [`cache_core::BackendInfo`].
pub(crate) const NAME: &str = "moka";

#[cold]
pub(crate) fn closed(operation: Operation) -> Error {
    Error::closed(operation, NAME)
}

pub(crate) fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
        .operation(Operation::Build)
        .backend(NAME)
}

pub(crate) fn too_large() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "the payload weighs more than `max_payload`, or the entry more than `max_bytes`",
    )
    .operation(Operation::Put)
    .backend(NAME)
}

pub(crate) fn too_many_counters() -> Error {
    refused_add(
        ErrorKind::Overloaded,
        "there are `max_counters` counters whose windows have not ended",
    )
}

pub(crate) fn overflow() -> Error {
    refused_add(
        ErrorKind::Overflow,
        "the counter would leave the range of 64 bits; its value is unchanged",
    )
}

pub(crate) fn zero_window() -> Error {
    refused_add(
        ErrorKind::InvalidArgument,
        "a window of zero; accepted: more than zero",
    )
}

fn refused_add(kind: ErrorKind, message: &'static str) -> Error {
    Error::new(kind, message)
        .operation(Operation::Add)
        .backend(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_names_operation_and_backend() {
        let table = [
            (closed(Operation::Get), ErrorKind::Closed, Operation::Get),
            (invalid("x"), ErrorKind::InvalidConfig, Operation::Build),
            (too_large(), ErrorKind::TooLarge, Operation::Put),
            (too_many_counters(), ErrorKind::Overloaded, Operation::Add),
            (overflow(), ErrorKind::Overflow, Operation::Add),
            (zero_window(), ErrorKind::InvalidArgument, Operation::Add),
        ];
        for (error, kind, operation) in table {
            assert_eq!(error.kind(), kind);
            assert_eq!(error.failed_operation(), Some(operation));
            assert_eq!(error.failed_backend(), Some("moka"));
        }
    }
}
