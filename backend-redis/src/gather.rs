//! Reads that many callers want at the same time, gathered to go out together: for the client, a pipeline of several commands
//! is little more work than one command.
//!
//! Writes are not gathered. A write that its caller gave up must not be sent after one that came later.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::Cmd;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use crate::exchange::{Answer, together};
use crate::line::Line;

/// From so many reads under way on, those that come are gathered: a few are answered sooner each apart.
const MANY: usize = 8;
/// What goes out together is answered together. So a group is at most this part of the reads under way: the server works on
/// some groups while others are on their way.
const PART: usize = 4;
const SMALLEST: usize = 4;
const LARGEST: usize = 32;

/// The reads of one line.
#[derive(Default)]
pub(crate) struct Gathering {
    under_way: AtomicUsize,
    waiting: Mutex<Vec<Waiting>>,
}

/// A read that waits to go out, and who waits for its answer.
struct Waiting {
    command: Cmd,
    caller: oneshot::Sender<Answer>,
}

/// What to do after a read was added.
enum Added {
    /// It is the first: somebody has to send it, and those that join it.
    First,
    /// Somebody will send it.
    Between,
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
        let mut group = self.waiting();
        if group.is_empty() {
            group.reserve(full);
        }
        group.push(waiting);
        match group.len() {
            1 => Added::First,
            length if length >= full => Added::Last(std::mem::take(&mut group)),
            _ => Added::Between,
        }
    }

    fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut self.waiting())
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (caller, answer) = oneshot::channel();
        match self.gathering().add(Waiting { command, caller }) {
            Added::First => drop(runtime.spawn(Turn(Some(self.clone())).come(until))),
            Added::Last(group) => drop(runtime.spawn(send(self.clone(), group, until))),
            Added::Between => {}
        }
        match timeout_at(until, answer).await {
            Ok(answer) => answer.ok(),
            Err(_) => {
                // Where the task that was to send them is never run, the others are not kept either.
                drop(self.gathering().take());
                Some(Err(self.slow()))
            }
        }
    }
}

/// The turn to send what waits on a line. Dropped before it came, with the runtime that was to run it, it lets go of what
/// waits, and everybody sends his own.
struct Turn(Option<Line>);

impl Turn {
    /// Waits until everything that was about to run has run, and then sends.
    async fn come(mut self, until: Instant) {
        yield_now().await;
        if let Some(line) = self.0.take() {
            let group = line.gathering().take();
            send(line, group, until).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(line) = &self.0 {
            drop(line.gathering().take());
        }
    }
}

async fn send(line: Line, group: Vec<Waiting>, until: Instant) {
    let wanted = group.into_iter().filter(|read| !read.caller.is_closed());
    let (commands, callers): (Vec<Cmd>, Vec<_>) =
        wanted.map(|read| (read.command, read.caller)).unzip();
    if commands.is_empty() {
        return;
    }
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
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use redis::{Client, cmd};

    use super::*;
    use crate::failure::Failure;

    type Received = oneshot::Receiver<Answer>;

    fn waiting() -> (Waiting, Received) {
        let (caller, answer) = oneshot::channel();
        let command = cmd("GET");
        (Waiting { command, caller }, answer)
    }

    /// Adds reads until a group is full, and returns how many that is.
    fn fill(gathering: &Gathering) -> usize {
        for count in 1..1_000 {
            match gathering.add(waiting().0) {
                Added::First => assert_eq!(count, 1),
                Added::Between => assert!(count > 1),
                Added::Last(group) => {
                    assert_eq!(group.len(), count);
                    return count;
                }
            }
        }
        unreachable!("a group that is never full");
    }

    #[test]
    fn a_group_is_a_part_of_what_is_under_way() {
        let gathering = Gathering::default();
        let mut under_way = Vec::new();
        for (count, group) in [(1, 4), (16, 4), (40, 10), (128, 32), (4_000, 32)] {
            while under_way.len() < count {
                let (guard, many) = gathering.enter();
                assert_eq!(many, under_way.len() >= MANY);
                under_way.push(guard);
            }
            assert_eq!(fill(&gathering), group);
            assert!(gathering.take().is_empty());
        }
        under_way.clear();
        assert!(!gathering.enter().1);
    }

    fn line_to(port: u16) -> Line {
        let client = Client::open(("127.0.0.1", port)).unwrap();
        Line::new(client, Duration::from_secs(5))
    }

    /// A line to nobody: what is sent fails.
    fn line() -> Line {
        line_to(1)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test]
    async fn everybody_in_a_group_has_its_failure() {
        let line = line();
        let reads = (0..3).map(|_| line.joined(cmd("GET"), soon()));
        for answer in futures_util::future::join_all(reads).await {
            assert!(matches!(answer, Some(Err(Failure::Lost(_)))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn who_has_gone_is_not_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let line = line_to(listener.local_addr().unwrap().port());
        let (gone, _) = waiting();
        send(line, vec![gone], soon()).await;
        assert!(listener.accept().is_err(), "it connected, to ask for it");
    }

    /// The runtime that was to send a group ends, and another's caller is in it.
    #[tokio::test]
    async fn a_turn_that_never_comes_lets_everybody_go() {
        let line = line();
        drop(Turn(Some(line.clone())).come(soon()));
        let (read, answer) = waiting();
        assert!(matches!(line.gathering().add(read), Added::First));
        drop(Turn(Some(line.clone())).come(soon()));
        assert!(answer.await.is_err());
        assert!(matches!(line.gathering().add(waiting().0), Added::First));
    }

    /// The task that was to send a group is never run: its runtime is not.
    #[tokio::test]
    async fn a_group_that_nobody_sends_ends_with_the_deadline() {
        let line = line();
        assert!(matches!(line.gathering().add(waiting().0), Added::First));
        let until = Instant::now() + Duration::from_millis(5);
        let answer = line.joined(cmd("GET"), until).await;
        assert!(matches!(answer, Some(Err(Failure::Slow(_)))), "{answer:?}");
        assert!(matches!(line.gathering().add(waiting().0), Added::First));
    }
}
