//! Waiting on a thread that may block: for a lock that somebody is about to let go.

use std::thread;
use std::time::Duration;

/// Between two looks.
const STEP: Duration = Duration::from_millis(2);

/// Looks again and again until there is an answer, for about this long. Only for threads that may block.
pub(crate) fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let mut left = limit;
    loop {
        if let Some(answer) = look() {
            return Some(answer);
        }
        left = left.checked_sub(STEP)?;
        thread::park_timeout(STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_until_there_is_an_answer_or_no_patience_left() {
        let mut looks = 0;
        let third = || {
            looks += 1;
            (looks == 3).then_some(looks)
        };
        assert_eq!(until(Duration::from_secs(60), third), Some(3));
        let mut looks = 0;
        let never = || {
            looks += 1;
            None::<()>
        };
        assert_eq!(until(STEP * 2, never), None);
        assert_eq!(looks, 3);
    }
}
