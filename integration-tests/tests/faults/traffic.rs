//! Traffic that knows what it wrote: each task owns its keys, and each value says whose it is and how new.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Error, ErrorKind, Found, Judge, Key, Lifetime,
    Meta, Payload, Result, Space, Ttl,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The deadline of every call.
pub(crate) const DEADLINE: Duration = Duration::from_millis(250);

/// How much longer than its deadline a call may take on a machine that is busy.
const GRACE: Duration = Duration::from_millis(500);

/// Within what time after the store's return calls have to succeed again.
pub(crate) const BACK: Duration = Duration::from_secs(1);

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Enough for reads that go out together.
pub(crate) const TASKS: u64 = 24;
const KEYS_OF_A_TASK: u64 = 16;

/// Tasks that write and read their keys until they are told to stop.
pub(crate) struct Traffic {
    tasks: JoinSet<Log>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    counts: Vec<Counts>,
}

/// How often one task succeeded and failed.
#[derive(Default)]
struct Counts {
    good: AtomicU64,
    bad: AtomicU64,
}

/// What the tasks saw.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) good: u64,
    pub(crate) errors: BTreeMap<&'static str, u64>,
    kinds: Vec<ErrorKind>,
    slowest: Duration,
    wrong: Vec<String>,
    /// Acknowledged writes that a later read did not find.
    pub(crate) lost: u64,
}

impl Traffic {
    /// Starts it, and returns when every task has succeeded.
    pub(crate) async fn start(backend: &RedisBackend) -> Self {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            counts: (0..TASKS).map(|_| Counts::default()).collect(),
        });
        let mut tasks = JoinSet::new();
        for number in 0..TASKS {
            tasks.spawn(work(number, backend.clone(), Arc::clone(&shared)));
        }
        let traffic = Self { tasks, shared };
        traffic.succeeds().await;
        traffic
    }

    /// Waits until every task has succeeded again; returns how long that took.
    pub(crate) async fn succeeds(&self) -> Duration {
        let began = Instant::now();
        let good = || {
            self.shared
                .counts
                .iter()
                .map(|count| count.good.load(SeqCst))
        };
        let before: Vec<u64> = good().collect();
        eventually("not every task succeeds", || {
            good().zip(&before).all(|(now, before)| now >= before + 3)
        })
        .await;
        began.elapsed()
    }

    /// Waits until any task has failed so many times more.
    pub(crate) async fn fails(&self, times: u64) {
        let counts = &self.shared.counts;
        let sum = || {
            counts
                .iter()
                .map(|count| count.bad.load(SeqCst))
                .sum::<u64>()
        };
        let before = sum();
        eventually("nothing fails", || sum() >= before + times).await;
    }

    /// Ends it, and asserts what holds in every outage; only errors of these kinds may have come.
    pub(crate) async fn end(mut self, title: &str, allowed: &[ErrorKind]) -> Log {
        self.shared.stop.store(true, SeqCst);
        let mut all = Log::default();
        while let Some(log) = self.tasks.join_next().await {
            all.add(log.unwrap_or_else(|panic| panic!("{title}: a task panicked: {panic}")));
        }
        println!("{title}: {all}");
        assert!(all.wrong.is_empty(), "{title}: {:?}", all.wrong);
        assert!(all.slowest < DEADLINE + GRACE, "{title}: {:?}", all.slowest);
        for kind in &all.kinds {
            assert!(allowed.contains(kind), "{title}: {all}");
        }
        all
    }
}

/// Waits until something holds, without holding anything up.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "{what} within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn work(number: u64, backend: RedisBackend, shared: Arc<Shared>) -> Log {
    let store = Store::new(backend);
    let (mut log, mut acked) = (Log::default(), HashMap::<u64, u64>::new());
    let counts = shared.counts.get(usize::try_from(number).unwrap()).unwrap();
    for round in 1.. {
        if shared.stop.load(SeqCst) {
            break;
        }
        let first = number * KEYS_OF_A_TASK;
        let (newest, oldest) = (round % KEYS_OF_A_TASK, (round + 1) % KEYS_OF_A_TASK);
        let put = log.timed(store.put(first + newest, round)).await;
        if put.is_some() {
            acked.insert(first + newest, round);
        }
        let mut succeeded = put.is_some();
        for id in [first + newest, first + oldest] {
            let read = log.timed(store.get(id)).await;
            succeeded &= read.is_some();
            if let Some(read) = read {
                log.judge(id, round, acked.get(&id).copied(), read);
            }
            if read == Some(None) {
                acked.remove(&id);
            }
        }
        let count = if succeeded { &counts.good } else { &counts.bad };
        count.fetch_add(1, SeqCst);
    }
    log
}

impl Log {
    async fn timed<T>(&mut self, call: impl Future<Output = Result<T>>) -> Option<T> {
        let began = Instant::now();
        let answer = call.await;
        self.slowest = self.slowest.max(began.elapsed());
        match answer {
            Ok(answer) => {
                self.good += 1;
                Some(answer)
            }
            Err(error) => {
                self.fail(&error);
                None
            }
        }
    }

    fn fail(&mut self, error: &Error) {
        *self.errors.entry(error.kind().as_str()).or_default() += 1;
        if !self.kinds.contains(&error.kind()) {
            self.kinds.push(error.kind());
        }
    }

    /// A value may be newer than what was acknowledged, if a write that failed took effect; it may be older, or absent, only
    /// if the store lost it.
    fn judge(&mut self, id: u64, newest: u64, acked: Option<u64>, read: Option<(u64, u64)>) {
        match (read, acked) {
            (Some((of, round)), _) if of != id || round > newest => {
                self.wrong.push(format!("{id}: found {round} of {of}"));
            }
            (Some((_, round)), Some(acked)) if round < acked => self.lost += 1,
            (None, Some(_)) => self.lost += 1,
            _ => {}
        }
    }

    fn add(&mut self, other: Self) {
        self.good += other.good;
        for (kind, count) in other.errors {
            *self.errors.entry(kind).or_default() += count;
        }
        self.kinds.extend(other.kinds);
        self.slowest = self.slowest.max(other.slowest);
        self.wrong.extend(other.wrong);
        self.lost += other.lost;
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            good,
            errors,
            slowest,
            lost,
            ..
        } = self;
        write!(
            f,
            "{good} calls succeeded, failed {errors:?}, slowest {slowest:?}, acknowledged writes lost {lost}"
        )
    }
}

/// A backend under keys of its own.
struct Store {
    backend: RedisBackend,
    space: Space,
    judge: Judge,
}

impl Store {
    fn new(backend: RedisBackend) -> Self {
        Self {
            backend,
            space: Space::new("faults", "traffic", 1).unwrap(),
            judge: Judge::default(),
        }
    }

    async fn put(&self, id: u64, round: u64) -> Result<()> {
        let now = self.judge.clock().now();
        let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(600)), Duration::ZERO);
        let value = format!("{id}:{round}:{}", "x".repeat(200));
        let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, value.into());
        let id = id.to_string();
        let key = Key::new(&self.space, Epoch::UNVERSIONED, id.as_bytes())?;
        self.backend
            .put(key, entry, Condition::Always)
            .await
            .map(drop)
    }

    async fn get(&self, id: u64) -> Result<Option<(u64, u64)>> {
        let id = id.to_string();
        let key = Key::new(&self.space, Epoch::UNVERSIONED, id.as_bytes())?;
        match self.backend.get(key).await? {
            Found::Entry(Entry {
                payload: Payload::Encoded(bytes),
                ..
            }) => Ok(Some(parts(&bytes))),
            Found::Absent => Ok(None),
            // Garbage is a wrong value, whatever it is called.
            other => panic!("found {other:?}"),
        }
    }
}

fn parts(bytes: &[u8]) -> (u64, u64) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut parts = text.split(':');
    let mut number = || parts.next().unwrap().parse().unwrap();
    (number(), number())
}
