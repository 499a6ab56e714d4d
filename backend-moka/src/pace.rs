//! Long walks in short steps: between two steps, other tasks of the thread get their turn.

use std::future::poll_fn;
use std::task::Poll;

/// How many entries a walk visits in one step: a few hundred microseconds.
pub(crate) const SLICE: usize = 1_024;

/// Gives way once.
pub(crate) async fn breathe() {
    let mut gave_way = false;
    poll_fn(|context| {
        if gave_way {
            return Poll::Ready(());
        }
        gave_way = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
