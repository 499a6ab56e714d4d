//! Why a job could not be done: one sentence for a person, with its causes.

use std::error::Error;

/// Why a job could not be done.
#[derive(Debug)]
pub(crate) struct Fault {
    what: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            cause: None,
        }
    }

    pub(crate) fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_sentence() {
        let fault = Fault::new("cannot open x").because(std::io::Error::other("no such file"));
        assert_eq!(fault.chain(), "cannot open x: no such file");
    }
}
