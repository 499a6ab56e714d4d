//! Histories of a real backend: four threads on one key, eight operations each, all beginning at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    AnyBackend, Backend, Clock, CodecKind, Condition, Entry, Epoch, Found, Lifetime, Meta,
    OwnedKey, Payload, PayloadForm, Put, Scope, Space, Stamp, Ttl,
};
use tokio::runtime::Handle;

use super::{Answer, Call, History, Step, Value, is_linearizable};
use crate::harness::{demand, is_soak, is_unavailable, on_runtime};
use crate::opened::{Opener, Typed};
use crate::rng::Rng;
use crate::{Env, Failure, Outcome, Setup};

const THREADS: usize = 4;
const OPERATIONS: usize = 8;

/// No soak run takes a tenth of this.
const DEADLINE: Duration = Duration::from_secs(36_000);

/// Histories between two clears of the store.
const BATCH: u32 = 200;

/// Runs 1,000 histories, or 100,000 with `CACHE_SOAK=1`, as the test that
/// [`conformance!`](crate::conformance!) makes of it.
///
/// # Panics
/// If a history is not linearizable.
#[track_caller]
pub fn run<S: Setup>(setup: S) {
    if is_unavailable(&setup) {
        return;
    }
    let histories = if is_soak() { 100_000 } else { 1_000 };
    demand(check(setup, histories));
    println!(
        "SOAK linearizability: {histories} histories of {THREADS} threads x {OPERATIONS} operations"
    );
}

/// Runs histories of random operations against a backend.
///
/// # Errors
/// The first history that no order explains, with the seed of its operations; when they overlap is the machine's choice.
pub fn check<S: Setup>(setup: S, histories: u32) -> Outcome {
    let opener = Typed(Arc::new(setup));
    on_runtime(true, DEADLINE, async move {
        let env = Env::fresh();
        let opened = opener.open(&env).await?;
        let seed = Rng::random_seed();
        let register = Register::new(opened.backend, &env)?;
        let mut done = 0;
        while done < histories {
            let count = BATCH.min(histories - done);
            let batch = Batch {
                register: register.clone(),
                seed,
                first: done,
                count,
            };
            let (batch, steps) = blocking(batch).await?;
            explain(&batch, steps)?;
            let scope = Scope::namespace(&env.namespace);
            register.backend.clear(scope).await?;
            done += count;
        }
        Ok(())
    })
}

/// The threads of a batch block, so they are started beside the runtime's own.
async fn blocking(batch: Batch) -> Outcome<(Batch, Vec<Vec<Step>>)> {
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let steps = batch.run(&handle)?;
        Ok((batch, steps))
    })
    .await
    .map_err(|error| Failure::new(format!("a thread did not end well: {error}")))?
}

fn explain(batch: &Batch, steps: Vec<Vec<Step>>) -> Outcome {
    for (number, steps) in (batch.first..).zip(steps) {
        let history = History(steps);
        if !is_linearizable(&history) {
            let seed = batch.seed;
            return Err(Failure::new(format!(
                "history {number} of seed {seed} is not linearizable:\n{history}"
            )));
        }
    }
    Ok(())
}

/// The key that a history is about, and how its values are written.
#[derive(Clone)]
struct Register {
    backend: AnyBackend,
    space: Space,
    form: PayloadForm,
    life: Lifetime,
    created: cache_core::Timestamp,
}

impl Register {
    fn new(backend: AnyBackend, env: &Env) -> Outcome<Self> {
        let created = env.clock.now();
        Ok(Self {
            form: backend.info().payload,
            space: Space::new(&env.namespace, "register", 1)?,
            life: Lifetime::starting(
                created,
                Ttl::After(Duration::from_secs(3_600)),
                Duration::ZERO,
            ),
            created,
            backend,
        })
    }

    fn entry(&self, value: Value, stamp: Stamp) -> Entry {
        let meta = Meta {
            stamp,
            ..Meta::new(self.created, self.life)
        };
        match self.form {
            PayloadForm::Object => Entry::object(meta, Arc::new(value)),
            PayloadForm::Encoded => {
                let bytes = Bytes::copy_from_slice(&value.to_le_bytes());
                Entry::encoded(meta, CodecKind::Json, bytes)
            }
        }
    }

    /// The value of an entry, which must be the one that its stamp was put with.
    fn value_of(entry: &Entry, stamps: &HashMap<Stamp, Value>) -> Outcome<Value> {
        let held = match &entry.payload {
            Payload::Object(object) => Arc::clone(object)
                .downcast::<Value>()
                .ok()
                .map(|value| *value),
            Payload::Encoded(bytes) => bytes.first_chunk().copied().map(Value::from_le_bytes),
            Payload::Negative | Payload::Lease => None,
        };
        match (held, stamps.get(&entry.meta.stamp)) {
            (Some(held), Some(stamped)) if held == *stamped => Ok(held),
            _ => Err(Failure::new(
                "a value stands under a stamp that it was not put with",
            )),
        }
    }
}

struct Batch {
    register: Register,
    seed: u64,
    first: u32,
    count: u32,
}

impl Batch {
    /// Runs each history on all threads at once; answers the steps of each history.
    fn run(&self, handle: &Handle) -> Outcome<Vec<Vec<Step>>> {
        let (arrived, ticks) = (AtomicUsize::new(0), AtomicU64::new(0));
        let stamps = stamps();
        let by_thread: Vec<Outcome<Vec<Vec<Step>>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (arrived, ticks, stamps) = (&arrived, &ticks, &stamps);
                    scope.spawn(move || {
                        let player = Player {
                            batch: self,
                            thread,
                            ticks,
                            stamps,
                        };
                        player.play_all(handle, arrived)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err(Failure::new("the backend panicked")))
                })
                .collect()
        });
        let mut histories = vec![Vec::new(); usize::try_from(self.count).unwrap_or(0)];
        for of_thread in by_thread {
            for (history, steps) in histories.iter_mut().zip(of_thread?) {
                history.extend(steps);
            }
        }
        Ok(histories)
    }
}

/// A stamp for every value that a history can write. Each history has its own key, so stamps serve again.
fn stamps() -> Vec<(Stamp, Value)> {
    (0..)
        .take(THREADS * OPERATIONS)
        .map(|value| (Stamp::next(), value))
        .collect()
}

/// Waits for the others by looking, not by sleeping, so that all go on at the same moment.
struct Arrival<'a> {
    arrived: &'a AtomicUsize,
    round: usize,
}

impl Arrival<'_> {
    fn wait(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while self.arrived.load(Ordering::SeqCst) < (self.round + 1) * THREADS {
            thread::yield_now();
        }
    }
}

/// Takes part in every round to come, also when its thread fails or panics: nobody waits for it for ever.
struct Seat<'a> {
    arrived: &'a AtomicUsize,
    rounds_left: usize,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.arrived.fetch_add(self.rounds_left, Ordering::SeqCst);
    }
}

/// One thread of a batch.
struct Player<'a> {
    batch: &'a Batch,
    thread: usize,
    ticks: &'a AtomicU64,
    stamps: &'a [(Stamp, Value)],
}

impl Player<'_> {
    fn play_all(&self, handle: &Handle, arrived: &AtomicUsize) -> Outcome<Vec<Vec<Step>>> {
        let count = usize::try_from(self.batch.count).unwrap_or(0);
        let by_stamp: HashMap<Stamp, Value> = self.stamps.iter().copied().collect();
        let mut seat = Seat {
            arrived,
            rounds_left: count,
        };
        let mut histories = Vec::with_capacity(count);
        for round in 0..count {
            seat.rounds_left -= 1;
            Arrival { arrived, round }.wait();
            histories.push(handle.block_on(self.play(round, &by_stamp))?);
        }
        Ok(histories)
    }

    /// Plays the operations of one history.
    async fn play(&self, round: usize, by_stamp: &HashMap<Stamp, Value>) -> Outcome<Vec<Step>> {
        let number = u64::from(self.batch.first) + u64::try_from(round).unwrap_or(0);
        let key = OwnedKey::new(
            self.batch.register.space.clone(),
            Epoch(0),
            number.to_le_bytes(),
        )?;
        let thread = u64::try_from(self.thread).unwrap_or(0);
        let mut rng = Rng::new(self.batch.seed ^ (number << 8) ^ thread);
        let mut steps: Vec<Step> = Vec::with_capacity(OPERATIONS);
        let mut seen = None;
        for index in 0..OPERATIONS {
            let value = Value::try_from(self.thread * OPERATIONS + index).unwrap_or(Value::MAX);
            let call = choose(&mut rng, value, seen);
            let began = self.ticks.fetch_add(1, Ordering::SeqCst);
            let answer = self.perform(&key, call, by_stamp).await?;
            let ended = self.ticks.fetch_add(1, Ordering::SeqCst);
            if let Answer::Read(Some(value)) | Answer::Refused(Some(value)) = answer {
                seen = Some(value);
            }
            steps.push(Step {
                thread: self.thread,
                call,
                answer,
                began,
                ended,
            });
            if rng.below(4) == 0 {
                thread::yield_now();
            }
        }
        Ok(steps)
    }

    async fn perform(
        &self,
        key: &OwnedKey,
        call: Call,
        by_stamp: &HashMap<Stamp, Value>,
    ) -> Outcome<Answer> {
        let (backend, key) = (&self.batch.register.backend, key.as_key());
        let (value, when) = match call {
            Call::Get => {
                return match backend.get(key).await? {
                    Found::Entry(entry) => {
                        Ok(Answer::Read(Some(Register::value_of(&entry, by_stamp)?)))
                    }
                    Found::Absent => Ok(Answer::Read(None)),
                    other => Err(Failure::new(format!("a get found {other:?}"))),
                };
            }
            Call::Remove => return Ok(backend.remove(key, None).await.map(|_| Answer::Removed)?),
            Call::RemoveIf(only) => {
                let only = Some(self.stamp(only)?);
                return Ok(backend.remove(key, only).await.map(|_| Answer::Removed)?);
            }
            Call::Put(value) => (value, Condition::Always),
            Call::PutAbsent(value) => (value, Condition::Absent),
            Call::PutIf { value, over } => (value, Condition::If(self.stamp(over)?)),
        };
        let entry = self.batch.register.entry(value, self.stamp(value)?);
        Ok(match backend.put(key, entry, when).await? {
            Put::Stored(_) => Answer::Stored,
            Put::Refused(standing) => {
                Answer::Refused(standing.and_then(|meta| by_stamp.get(&meta.stamp).copied()))
            }
        })
    }

    fn stamp(&self, value: Value) -> Outcome<Stamp> {
        let known = self.stamps.iter().find(|(_, known)| *known == value);
        known
            .map(|(stamp, _)| *stamp)
            .ok_or_else(|| Failure::new("a value that nobody writes"))
    }
}

/// Draws an operation; conditions mostly name what the thread saw last.
fn choose(rng: &mut Rng, value: Value, seen: Option<Value>) -> Call {
    let all = Value::try_from(THREADS * OPERATIONS).unwrap_or(1);
    let guess = Value::try_from(rng.below(u64::from(all))).unwrap_or(0);
    let over = seen.unwrap_or(guess);
    match rng.below(10) {
        0..=2 => Call::Get,
        3 => Call::Put(value),
        4 | 5 => Call::PutAbsent(value),
        6 | 7 => Call::PutIf { value, over },
        8 => Call::Remove,
        _ => Call::RemoveIf(over),
    }
}
