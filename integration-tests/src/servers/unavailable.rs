//! Why there is no server.

use std::fmt;

/// Why there is no server, in words for who runs the tests.
#[derive(Clone, Debug)]
pub struct Unavailable {
    why: String,
    demanded: bool,
}

impl Unavailable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            demanded: false,
        }
    }

    /// Marks it as asked for by name.
    pub(crate) fn demanded(self) -> Self {
        Self {
            demanded: true,
            ..self
        }
    }

    /// Says whether the environment asked for just this server, or asked in a wrong way: then a test fails, where without a
    /// server it would be skipped.
    #[must_use]
    pub fn is_demanded(&self) -> bool {
        self.demanded
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Unavailable {}

impl From<std::io::Error> for Unavailable {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<redis::RedisError> for Unavailable {
    fn from(error: redis::RedisError) -> Self {
        Self::new(error.to_string())
    }
}
