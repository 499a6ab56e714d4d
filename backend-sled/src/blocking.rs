//! Blocking work: the one place from which sled is called by the runtime's tasks.
//!
//! A call is offloaded by `spawn_blocking`, and a semaphore bounds how many are. The permit goes with the work, not with
//! the caller: dropping a call does not end its work, which still counts.

use std::sync::Arc;

use cache_core::{Operation, Result};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::error;

/// The bound on blocking work.
#[derive(Debug)]
pub(crate) struct Blocking {
    permits: Arc<Semaphore>,
    most: u16,
}

impl Blocking {
    pub(crate) fn new(most: u16) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(usize::from(most))),
            most,
        }
    }

    /// Does work on a thread that may block.
    ///
    /// # Cancellation
    /// Dropped before its turn, nothing is done; afterwards the work goes on, and is done as a whole.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let runtime = Handle::try_current().map_err(|_| error::no_runtime(operation))?;
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| error::closed(operation))?;
        let working = runtime.spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        working.await.unwrap_or_else(|ended| {
            Err(if ended.is_panic() {
                error::panicked(operation)
            } else {
                error::cancelled(operation)
            })
        })
    }

    /// Waits for the work that is under way, refuses any other, and does the last.
    pub(crate) async fn end<T: Send + 'static>(
        &self,
        operation: Operation,
        last: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // An error means that another call of this was here before.
        let all = self.permits.acquire_many(u32::from(self.most)).await;
        self.permits.close();
        drop(all);
        match Handle::try_current() {
            // Without a runtime there is no thread of one to hold up.
            Err(_) => last(),
            Ok(runtime) => runtime
                .spawn_blocking(last)
                .await
                .unwrap_or_else(|_| Err(error::cancelled(operation))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use cache_core::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn no_more_work_runs_at_once_than_is_allowed() {
        let blocking = Arc::new(Blocking::new(2));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let blocking = Arc::clone(&blocking);
                let (running, most) = (Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                        std::thread::yield_now();
                        running.fetch_sub(1, SeqCst);
                        Ok(())
                    };
                    blocking.run(Operation::Get, work).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert!(most.load(SeqCst) <= 2);
    }

    /// Trap 27: the permit of a call that was dropped is given back by its work, not by the drop.
    #[tokio::test]
    async fn dropped_work_keeps_its_permit_until_it_is_done() {
        let blocking = Blocking::new(1);
        let (go, may_go) = mpsc::channel::<()>();
        let may_go = Mutex::new(may_go);
        let mut slow = Box::pin(blocking.run(Operation::Put, move || {
            let _ = may_go.lock().map(|may_go| may_go.recv());
            Ok(())
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(slow.as_mut().poll(&mut context).is_pending());
        drop(slow);
        let mut next = Box::pin(blocking.run(Operation::Get, || Ok(7)));
        assert!(next.as_mut().poll(&mut context).is_pending());
        assert_eq!(blocking.permits.available_permits(), 0);
        go.send(()).unwrap();
        assert_eq!(next.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        let blocking = Blocking::new(1);
        let error = blocking
            .run::<()>(Operation::Get, || std::panic::panic_any("on purpose"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert_eq!(blocking.run(Operation::Get, || Ok(1)).await.unwrap(), 1);
    }

    #[test]
    fn without_a_runtime_the_error_says_so() {
        let blocking = Blocking::new(1);
        let mut call = Box::pin(blocking.run(Operation::Get, || Ok(())));
        let Poll::Ready(Err(error)) = call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            unreachable!("it answers at once");
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("tokio runtime"), "{error}");
    }

    #[tokio::test]
    async fn ending_refuses_what_comes_and_may_be_done_again() {
        let blocking = Blocking::new(4);
        assert_eq!(blocking.end(Operation::Close, || Ok(1)).await.unwrap(), 1);
        assert_eq!(blocking.end(Operation::Close, || Ok(2)).await.unwrap(), 2);
        let error = blocking.run(Operation::Get, || Ok(())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}
