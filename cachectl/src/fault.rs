//! Why a job could not be done: one sentence for a person, with its causes.

use std::error::Error;

use cache_core::ErrorKind;

/// Why a job could not be done.
#[derive(Debug)]
pub(crate) struct Fault {
    what: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    code: u8,
}

/// The exit codes of failures; 0 is a job that was done.
const NOT_DONE: u8 = 1;
const USAGE: u8 = 2;
const STORE: u8 = 3;

impl Fault {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            cause: None,
            code: NOT_DONE,
        }
    }

    /// A wrong argument: the sentence says what is accepted, and repeats nothing that may be a secret.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self {
            code: USAGE,
            ..Self::new(what)
        }
    }

    /// What the cache or its store answered.
    pub(crate) fn of(what: impl Into<String>, error: cache_core::Error) -> Self {
        let code = code_of(error.kind());
        Self {
            code,
            ..Self::new(what).because(error)
        }
    }

    /// Blames the store, whatever it answered: who wrote the arguments cannot help it any more.
    pub(crate) const fn by_the_store(mut self) -> Self {
        self.code = STORE;
        self
    }

    pub(crate) fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Returns the exit code.
    pub(crate) const fn code(&self) -> u8 {
        self.code
    }

    /// Returns the sentence and its causes, each once.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.what.clone();
        let mut cause: Option<&dyn Error> = self.cause.as_deref().map(|cause| cause as &dyn Error);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// Says who has to act: who wrote the arguments, or who runs the store.
fn code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidConfig
        | ErrorKind::InvalidArgument
        | ErrorKind::InvalidKey
        | ErrorKind::TooLarge
        | ErrorKind::Unsupported => USAGE,
        _ => STORE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_sentence() {
        let fault = Fault::new("cannot open x").because(std::io::Error::other("no such file"));
        assert_eq!(fault.chain(), "cannot open x: no such file");
    }

    #[test]
    fn settings_are_told_from_outages() {
        let code = |kind| Fault::of("x", cache_core::Error::new(kind, "y")).code();
        assert_eq!(code(ErrorKind::InvalidConfig), 2);
        assert_eq!(code(ErrorKind::Unavailable), 3);
        assert_eq!((Fault::new("x").code(), Fault::usage("x").code()), (1, 2));
    }
}
