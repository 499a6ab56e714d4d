//! Reads that many callers want at the same time, gathered to go out together: for the client, a pipeline of several commands
//! is little more work than one command.
//!
//! Writes are not gathered. A write that its caller gave up must not be sent after one that came later.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::Cmd;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use crate::exchange::{Answer, together};
use crate::line::Line;

/// From so many reads under way on, those that come are gathered: a few are answered sooner each apart.
const MANY: usize = 8;
/// What goes out together is answered together. So a group is at most this part of the reads under way, if that is no less than
/// the smallest: the server works on some groups while others are on their way.
const PART: usize = 4;
const SMALLEST: usize = 4;
const LARGEST: usize = 32;
/// A group that waits for so long is sent by whoever waits in it: the thread that was to send it is held up.
const PATIENCE: Duration = Duration::from_millis(1);

/// The reads of one line.
#[derive(Default)]
pub(crate) struct Gathering {
    under_way: AtomicUsize,
    forming: Mutex<Forming>,
}

/// The group that reads can join. It is told from those before it by its number.
#[derive(Default)]
struct Forming {
    number: u64,
    reads: Vec<Waiting>,
}

impl Forming {
    fn take(&mut self) -> Vec<Waiting> {
        self.number = self.number.wrapping_add(1);
        std::mem::take(&mut self.reads)
    }
}

/// A read that waits to go out, and who waits for its answer until when.
struct Waiting {
    command: Cmd,
    until: Instant,
    caller: oneshot::Sender<Answer>,
}

/// What to do after a read was added to the group of this number.
enum Added {
    /// It is the first: somebody has to send it, and those that join it.
    First(u64),
    /// Somebody will send it.
    Between(u64),
    /// The group is full, and has to be sent.
    Last(Vec<Waiting>),
}

impl Gathering {
    /// Counts a read, and says whether there are many.
    fn enter(&self) -> (UnderWay<'_>, bool) {
        let before = self.under_way.fetch_add(1, Relaxed);
        (UnderWay(self), before >= MANY)
    }

    fn add(&self, waiting: Waiting) -> Added {
        let full = (self.under_way.load(Relaxed) / PART).clamp(SMALLEST, LARGEST);
        let mut group = self.forming();
        if group.reads.is_empty() {
            group.reads.reserve(full);
        }
        group.reads.push(waiting);
        match group.reads.len() {
            1 => Added::First(group.number),
            length if length >= full => Added::Last(group.take()),
            _ => Added::Between(group.number),
        }
    }

    /// Takes the group of this number, if it was not sent yet.
    fn take(&self, number: u64) -> Vec<Waiting> {
        let mut group = self.forming();
        match group.number == number {
            true => group.take(),
            false => Vec::new(),
        }
    }

    fn forming(&self) -> MutexGuard<'_, Forming> {
        self.forming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read that is under way, until this is dropped.
struct UnderWay<'a>(&'a Gathering);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

impl Line {
    /// Sends a command that only reads, together with those of others if there are many.
    pub(crate) async fn read(&self, command: &Cmd, until: Instant) -> Answer {
        let (_under_way, many) = self.gathering().enter();
        if many && let Some(answer) = self.joined(command.clone(), until).await {
            return answer;
        }
        // In a box of its own, since it is larger than all the rest.
        Box::pin(self.one(command, until)).await
    }

    /// Lets a read go out with others; `None` if nobody sent it, or nobody knows.
    async fn joined(&self, command: Cmd, until: Instant) -> Option<Answer> {
        let runtime = Handle::try_current().ok()?;
        let (caller, mut answer) = oneshot::channel();
        let read = Waiting {
            command,
            until,
            caller,
        };
        let group = match self.gathering().add(read) {
            Added::First(group) => {
                drop(runtime.spawn(Turn(Some((self.clone(), group))).come()));
                Some(group)
            }
            Added::Between(group) => Some(group),
            Added::Last(group) => {
                drop(runtime.spawn(send(self.clone(), group)));
                None
            }
        };
        if let Some(group) = group {
            let soon = until.min(self.began(until) + PATIENCE);
            if let Ok(answer) = timeout_at(soon, &mut answer).await {
                return answer.ok();
            }
            let late = self.gathering().take(group);
            if !late.is_empty() {
                drop(runtime.spawn(send(self.clone(), late)));
            }
        }
        match timeout_at(until, answer).await {
            Ok(answer) => answer.ok(),
            Err(_) => Some(Err(self.slow())),
        }
    }
}

/// The turn to send a group. Dropped before it came, with the runtime that was to run it, it lets go of the group, and
/// everybody sends his own.
struct Turn(Option<(Line, u64)>);

impl Turn {
    /// Waits until everything that was about to run has run, and then sends.
    async fn come(mut self) {
        yield_now().await;
        if let Some((line, number)) = self.0.take() {
            let group = line.gathering().take(number);
            send(line, group).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((line, number)) = &self.0 {
            drop(line.gathering().take(*number));
        }
    }
}

/// Sends a group, for as long as anybody in it waits.
async fn send(line: Line, group: Vec<Waiting>) {
    let wanted = group.into_iter().filter(|read| !read.caller.is_closed());
    let mut latest = None;
    let (commands, callers): (Vec<Cmd>, Vec<_>) = wanted
        .map(|read| {
            latest = latest.max(Some(read.until));
            (read.command, read.caller)
        })
        .unzip();
    let Some(until) = latest else {
        return;
    };
    let answers = match line.many(&together(commands), until).await {
        Ok(answers) => answers,
        Err(failure) => vec![Err(failure); callers.len()],
    };
    for (caller, answer) in callers.into_iter().zip(answers) {
        // Who has gone wants no answer.
        let _ = caller.send(answer);
    }
}

#[cfg(test)]
mod tests;
