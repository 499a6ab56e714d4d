//! Waits for a condition of a real server, with a deadline.

use std::thread;
use std::time::{Duration, Instant};

use super::Unavailable;

/// How long anything here may take that is expected to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The pauses between two questions double from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LAST_PAUSE: Duration = Duration::from_millis(32);

/// Why a condition does not hold.
#[derive(Debug)]
pub(crate) enum NotYet {
    /// It may hold later.
    Later(String),
    /// It cannot hold any more.
    Never(Unavailable),
}

impl NotYet {
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later(why.into())
    }
}

impl From<redis::RedisError> for NotYet {
    fn from(error: redis::RedisError) -> Self {
        Self::Later(error.to_string())
    }
}

/// Another question may be answered; what ended says so with [`NotYet::Never`].
impl From<Unavailable> for NotYet {
    fn from(why: Unavailable) -> Self {
        Self::Later(why.to_string())
    }
}

/// Asks until the answer is there.
///
/// # Errors
/// What is missing when the patience is over, after the name of what was waited for; or why it can never be.
#[expect(
    clippy::disallowed_methods,
    reason = "a real server does things in real time"
)]
pub(crate) fn until<T>(
    what: &str,
    mut probe: impl FnMut() -> Result<T, NotYet>,
) -> Result<T, Unavailable> {
    let end = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        match probe() {
            Ok(answer) => return Ok(answer),
            Err(NotYet::Never(why)) => return Err(why),
            Err(NotYet::Later(why)) if Instant::now() > end => {
                return Err(Unavailable::new(format!("{what}: {why}")));
            }
            Err(NotYet::Later(_)) => {}
        }
        // Nobody unparks it: a pause that leaves the processor to the server.
        thread::park_timeout(pause);
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_until_the_answer_is_there() {
        let mut asked = 0;
        let answer = until("a third question", || {
            asked += 1;
            if asked < 3 {
                return Err(NotYet::later("too early"));
            }
            Ok(asked)
        });
        assert_eq!(answer.unwrap(), 3);
    }

    #[test]
    fn what_cannot_come_is_not_waited_for() {
        let answer = until("nothing", || {
            Err::<(), _>(NotYet::Never(Unavailable::new("it ended")))
        });
        assert_eq!(answer.unwrap_err().to_string(), "it ended");
    }
}
