//! The error budget that the stand-in grants.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What is left of the budget, as the headers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) remain: u32,
    /// Whole seconds until the window ends, rounded up.
    pub(super) reset: u64,
}

/// The errors of the current window. A window opens with its first error.
#[derive(Debug)]
pub(super) struct Window {
    limit: u32,
    length: Duration,
    open: Mutex<Option<Open>>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    until: Instant,
    errors: u32,
}

impl Window {
    pub(super) fn new(limit: u32, length: Duration) -> Self {
        let open = Mutex::new(None);
        Self {
            limit,
            length,
            open,
        }
    }

    /// Returns whether everything is refused now.
    pub(super) fn is_spent(&self) -> bool {
        self.standing(false).remain == 0
    }

    /// Counts an answer and returns what is left after it.
    pub(super) fn standing(&self, is_error: bool) -> Standing {
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let current = open.filter(|window| now < window.until);
        *open = match current {
            Some(window) => Some(Open {
                errors: window.errors.saturating_add(u32::from(is_error)),
                ..window
            }),
            None if is_error => now
                .checked_add(self.length)
                .map(|until| Open { until, errors: 1 }),
            None => None,
        };
        let left = open.map_or(self.length, |window| window.until - now);
        Standing {
            remain: self
                .limit
                .saturating_sub(open.map_or(0, |window| window.errors)),
            reset: left.as_secs() + u64::from(left.subsec_nanos() > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Standing, Window};

    #[tokio::test(start_paused = true)]
    async fn a_window_opens_with_its_first_error_and_ends_in_time() {
        let window = Window::new(2, Duration::from_secs(60));
        assert_eq!(
            window.standing(false),
            Standing {
                remain: 2,
                reset: 60
            }
        );
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(
            window.standing(true),
            Standing {
                remain: 1,
                reset: 60
            }
        );
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(
            window.standing(true),
            Standing {
                remain: 0,
                reset: 60
            }
        );
        assert!(window.is_spent());
        tokio::time::advance(Duration::from_millis(59_500)).await;
        assert!(!window.is_spent());
        assert_eq!(
            window.standing(false),
            Standing {
                remain: 2,
                reset: 60
            }
        );
    }
}
