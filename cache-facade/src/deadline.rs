//! Waits: every remote call has a deadline. A store that answers at once pays nothing for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use cache_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, Sleep, sleep};

use crate::ahead::in_time;
use crate::flight::Patience;

/// Thirty years.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Polls a future once.
pub(crate) async fn at_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// Waits for an answer of the store, at most this long; without a limit, as long as the store itself takes.
pub(crate) async fn within<O>(
    limit: impl Into<Option<Duration>>,
    call: impl Future<Output = Result<O>> + Send,
) -> Result<O> {
    let Some(limit) = limit.into() else {
        return call.await;
    };
    let mut call = pin!(call);
    if let Some(answer) = at_once(call.as_mut()).await {
        return answer;
    }
    in_time(end_of(limit), call)
        .await
        .unwrap_or_else(|| Err(no_answer(limit)))
}

/// The same for a batch, whose answer is a result per item.
pub(crate) async fn batch_within<O>(
    limit: impl Into<Option<Duration>>,
    items: usize,
    call: impl Future<Output = Vec<Result<O>>> + Send,
) -> Vec<Result<O>> {
    let Some(limit) = limit.into() else {
        return call.await;
    };
    let mut call = pin!(call);
    if let Some(answers) = at_once(call.as_mut()).await {
        return answers;
    }
    in_time(end_of(limit), call)
        .await
        .unwrap_or_else(|| (0..items).map(|_| Err(no_answer(limit))).collect())
}

/// The same for a store without batches: one item after the other within one deadline, and each has its own answer.
pub(crate) async fn each_within<'a, I, O, F>(
    limit: Duration,
    items: &'a [I],
    call: impl Fn(&'a I) -> F + Send + Sync,
) -> Vec<Result<O>>
where
    I: Sync,
    O: Send,
    F: Future<Output = Result<O>> + Send,
{
    let ends = end_of(limit);
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        let mut answer = pin!(call(item));
        answers.push(match at_once(answer.as_mut()).await {
            Some(answer) => answer,
            None => in_time(ends, answer)
                .await
                .unwrap_or_else(|| Err(no_answer(limit))),
        });
    }
    answers
}

/// When a limit that begins now is over. One that no clock reaches is as good as none.
fn end_of(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + FOREVER)
}

pub(crate) fn no_answer(limit: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("no answer within {} ms", limit.as_millis()),
    )
}

/// The patience of a caller with leaders that are publishing: one deadline for the whole operation, whose timer starts with
/// the first wait.
pub(crate) struct Deadline {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    has_run_out: bool,
}

impl Deadline {
    pub(crate) const fn new(limit: Duration) -> Self {
        Self {
            limit,
            timer: None,
            has_run_out: false,
        }
    }
}

impl Patience for Deadline {
    async fn run_out(&mut self) {
        if self.has_run_out {
            return;
        }
        self.timer
            .get_or_insert_with(|| Box::pin(sleep(self.limit)))
            .as_mut()
            .await;
        self.has_run_out = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_limit_that_no_clock_reaches_is_none() {
        let late = async {
            tokio::task::yield_now().await;
            Ok(7)
        };
        assert_eq!(within(Duration::MAX, late).await.unwrap(), 7);
        let each = each_within(Duration::MAX, &[1, 2], |n| async move { Ok(*n) }).await;
        assert_eq!(
            each.into_iter().collect::<Result<Vec<_>>>().unwrap(),
            [1, 2]
        );
    }
}
