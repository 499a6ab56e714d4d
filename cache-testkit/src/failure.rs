//! Failures of a case: what was expected, what was met, and where. A case returns them, so that a runner can count them
//! and the suite's own tests can demand them.

use std::fmt;
use std::panic::Location;

/// What a case answers.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a case failed.
#[derive(Clone, Debug)]
pub struct Failure {
    message: String,
    at: &'static Location<'static>,
    lacking: bool,
}

impl Failure {
    /// Makes a failure that remembers the line of its caller.
    #[must_use]
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: Location::caller(),
            lacking: false,
        }
    }

    /// Makes the answer of a case for which a setup lacks a hook: the case is skipped, not failed.
    #[must_use]
    #[track_caller]
    pub(crate) fn lacking(hook: &str) -> Self {
        Self {
            lacking: true,
            ..Self::new(format!("the setup has no `{hook}`"))
        }
    }

    pub(crate) fn is_lacking(&self) -> bool {
        self.lacking
    }

    /// Says first where it happened.
    #[must_use]
    pub(crate) fn within(self, place: &str) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}:{})",
            self.message,
            self.at.file(),
            self.at.line()
        )
    }
}

impl std::error::Error for Failure {}

impl From<cache_core::Error> for Failure {
    #[track_caller]
    fn from(error: cache_core::Error) -> Self {
        Self::new(format!("an unexpected error: {error}"))
    }
}

/// Returns a [`Failure`] from the function around it if a condition does not hold.
macro_rules! check {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::Failure::new(format!($($message)+)));
        }
    };
}

/// Returns a [`Failure`] from the function around it if two values differ.
macro_rules! check_eq {
    ($met:expr, $expected:expr, $($message:tt)+) => {
        match (&$met, &$expected) {
            (met, expected) => {
                if met != expected {
                    let what = format!($($message)+);
                    return Err($crate::Failure::new(format!("{what}: met {met:?}, expected {expected:?}")));
                }
            }
        }
    };
}

pub(crate) use {check, check_eq};
