//! The line to one server: made with the first command, shared by all, made again after it broke or fell silent.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, Pipeline, RedisError, Value};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::failure::Failure;
use crate::gather::Gathering;
use crate::reach::reach;

/// A server that could not be reached is tried again after this time, and then after twice the time before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest time between two attempts: less than half of the second in which service has to be back.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);
/// How long connecting may take at least, whatever the deadline of a command is.
const PATIENCE: Duration = Duration::from_secs(1);
/// An attempt that takes so much longer stands still with the runtime where it began, and another one may begin.
const GRACE: Duration = Duration::from_millis(150);
/// A connection on which commands time out and nothing at all is answered for this long is given up.
const SILENCE: Duration = Duration::from_secs(1);

/// A connection, and its number on this line.
type Numbered = (MultiplexedConnection, u64);
/// How an attempt to connect ended, or that it has not yet.
type Told = Option<Result<Numbered, RedisError>>;

/// A connection to one server.
#[derive(Clone)]
pub(crate) struct Line {
    shared: Arc<Inner>,
}

struct Inner {
    client: Client,
    patience: Duration,
    deadline: Duration,
    state: RwLock<State>,
    numbers: AtomicU64,
    began: Instant,
    /// When a command first timed out with no answer since, in milliseconds after `began`, plus one; 0 if never.
    silent_since: AtomicU64,
    gathering: Gathering,
}

enum State {
    Idle,
    Ready(Numbered),
    Connecting {
        told: watch::Receiver<Told>,
        number: u64,
        until: Instant,
    },
    Closed,
    /// The last attempt failed, and the next has to wait.
    Resting {
        why: RedisError,
        until: Instant,
        pause: Duration,
    },
}

impl Line {
    pub(crate) fn new(client: Client, deadline: Duration) -> Self {
        Self {
            shared: Arc::new(Inner {
                client,
                patience: PATIENCE.max(deadline),
                deadline,
                state: RwLock::new(State::Idle),
                numbers: AtomicU64::new(0),
                began: Instant::now(),
                silent_since: AtomicU64::new(0),
                gathering: Gathering::default(),
            }),
        }
    }

    /// Lets the connection go once the calls that are under way have ended. There will be no other.
    pub(crate) fn close(&self) {
        *self.shared.state_mut() = State::Closed;
    }

    /// Sends one command.
    pub(crate) async fn one(&self, command: &Cmd, until: Instant) -> Result<Value, Failure> {
        let (mut connection, number) = self.connection(until).await?;
        let answer = timeout_at(until, connection.send_packed_command(command)).await;
        self.heard(answer, number)?
            .extract_error()
            .map_err(Failure::Refused)
    }

    /// Sends several commands in one round trip; answers each apart.
    pub(crate) async fn many(
        &self,
        pipeline: &Pipeline,
        until: Instant,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let count = pipeline.len();
        let (mut connection, number) = self.connection(until).await?;
        let answer = timeout_at(until, connection.send_packed_commands(pipeline, 0, count)).await;
        let values = self.heard(answer, number)?;
        if values.len() != count {
            return Err(Failure::Strange);
        }
        let apart = |value: Value| value.extract_error().map_err(Failure::Refused);
        Ok(values.into_iter().map(apart).collect())
    }

    pub(crate) fn gathering(&self) -> &Gathering {
        &self.shared.gathering
    }

    /// When a call began that has the usual time and ends at `until`.
    pub(crate) fn began(&self, until: Instant) -> Instant {
        until.checked_sub(self.shared.deadline).unwrap_or(until)
    }

    /// What a command that was not answered in time ended with.
    pub(crate) fn slow(&self) -> Failure {
        Failure::Slow(self.shared.deadline)
    }

    /// Takes note of how a command went.
    fn heard<T>(
        &self,
        answer: Result<Result<T, RedisError>, tokio::time::error::Elapsed>,
        number: u64,
    ) -> Result<T, Failure> {
        let inner = &self.shared;
        match answer {
            Ok(Ok(value)) => {
                if inner.silent_since.load(Relaxed) != 0 {
                    inner.silent_since.store(0, Relaxed);
                }
                Ok(value)
            }
            Ok(Err(error)) => {
                if error.is_unrecoverable_error() || error.is_io_error() {
                    inner.give_up(number);
                }
                Err(Failure::of(error))
            }
            Err(_) => {
                inner.unheard(number);
                Err(self.slow())
            }
        }
    }

    /// Returns the connection and its number, and makes it if there is none.
    async fn connection(&self, until: Instant) -> Result<Numbered, Failure> {
        if let State::Ready(numbered) = &*self.shared.state() {
            return Ok(numbered.clone());
        }
        if let Some(why) = self.shared.resting() {
            // Callers that fail at once, over and over, leave room for who finds the server again.
            tokio::task::yield_now().await;
            return Err(Failure::of(why));
        }
        // In a box of its own: every call would carry room for it.
        Box::pin(self.made(until)).await
    }

    /// Waits until the connection is made.
    #[cold]
    async fn made(&self, until: Instant) -> Result<Numbered, Failure> {
        loop {
            let (mut attempt, is_own) = self.attempt()?;
            let told = attempt.wait_for(Option::is_some);
            match timeout_at(until, told).await {
                Ok(Ok(told)) => match &*told {
                    Some(Ok(numbered)) => return Ok(numbered.clone()),
                    Some(Err(error)) => return Err(Failure::of(error.clone())),
                    None => {}
                },
                // Its task ended with the runtime where it began.
                Ok(Err(_)) if is_own => return Err(Failure::NoRuntime),
                Ok(Err(_)) => {}
                Err(_) => return Err(self.slow()),
            }
        }
    }

    /// Joins the attempt that is under way, or begins one and says so. It runs in a task of its own: a caller that gives up does
    /// not make the next one begin anew. Only that task drives it: what it waits for belongs to the runtime where it began.
    #[cold]
    fn attempt(&self) -> Result<(watch::Receiver<Told>, bool), Failure> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| Failure::NoRuntime)?;
        let mut state = self.shared.state_mut();
        let pause = match &*state {
            State::Connecting { told, until, .. } if is_under_way(told, *until) => {
                return Ok((told.clone(), false));
            }
            State::Ready(numbered) => {
                return Ok((watch::channel(Some(Ok(numbered.clone()))).1, false));
            }
            State::Closed => return Err(Failure::Closed),
            State::Idle | State::Connecting { .. } => FIRST_PAUSE,
            State::Resting { pause, .. } => pause.saturating_mul(2).min(LONGEST_PAUSE),
        };
        let number = self.shared.numbers.fetch_add(1, Relaxed);
        let (tell, told) = watch::channel(None);
        *state = State::Connecting {
            told: told.clone(),
            number,
            until: Instant::now() + self.shared.patience + GRACE,
        };
        drop(state);
        let inner = Arc::clone(&self.shared);
        runtime.spawn(async move { tell.send(Some(connect(inner, number, pause).await)) });
        Ok((told, true))
    }
}

/// Says whether an attempt still counts: not one that has had too long, or whose task ended with its runtime.
fn is_under_way(told: &watch::Receiver<Told>, until: Instant) -> bool {
    Instant::now() < until && told.has_changed().is_ok()
}

/// Connects, and lets all who come later know how it went.
async fn connect(inner: Arc<Inner>, number: u64, pause: Duration) -> Result<Numbered, RedisError> {
    let made = reach(&inner.client, inner.patience).await;
    let made = made.map(|connection| (connection, number));
    let next = match &made {
        Ok(numbered) => State::Ready(numbered.clone()),
        Err(why) => State::Resting {
            why: why.clone(),
            until: Instant::now() + pause,
            pause,
        },
    };
    let mut state = inner.state_mut();
    // Closed, or another attempt's, by now.
    if matches!(*state, State::Connecting { number: current, .. } if current == number) {
        *state = next;
    }
    drop(state);
    made
}

impl Inner {
    /// Returns why the last attempt failed, while it is too early for the next.
    fn resting(&self) -> Option<RedisError> {
        match &*self.state() {
            State::Resting { why, until, .. } if Instant::now() < *until => Some(why.clone()),
            _ => None,
        }
    }

    /// Lets go of a connection, unless another has taken its place.
    #[cold]
    fn give_up(&self, number: u64) {
        let mut state = self.state_mut();
        if matches!(&*state, State::Ready((_, current)) if *current == number) {
            *state = State::Idle;
        }
    }

    /// A command has timed out: where nothing was answered for long, the connection may be dead without an end.
    #[cold]
    fn unheard(&self, number: u64) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since = self.silent_since.load(Relaxed);
        if since == 0 {
            self.silent_since.store(now.saturating_add(1), Relaxed);
        } else if u128::from(now.saturating_sub(since)) >= SILENCE.as_millis() {
            self.silent_since.store(0, Relaxed);
            self.give_up(number);
        }
    }

    fn state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line")
            .field(&self.shared.client.get_connection_info().addr().to_string())
            .finish()
    }
}
