//! The four threads of a history, eight operations each.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use tokio::runtime::Handle;

use super::register::{Register, Stamps};
use super::{Answer, Call, Step, Value};
use crate::rng::Rng;
use crate::yielding::Yields;
use crate::{Failure, Outcome};

const THREADS: usize = 4;
const OPERATIONS: usize = 8;

/// Histories that are played one after the other: every second one by threads, where the machine decides what overlaps,
/// the others by tasks that take turns as the seed decides.
pub(super) struct Batch {
    pub(super) seed: u64,
    pub(super) first: u32,
    register: Register,
    count: usize,
    stamps: Stamps,
    ticks: AtomicU64,
    arrived: AtomicUsize,
}

type Steps = Vec<Step>;

impl Batch {
    pub(super) fn new(register: &Register, seed: u64, first: u32, count: u32) -> Self {
        Self {
            seed,
            first,
            register: register.clone(),
            count: usize::try_from(count).unwrap_or(0),
            stamps: Stamps::new(THREADS * OPERATIONS),
            ticks: AtomicU64::new(0),
            arrived: AtomicUsize::new(0),
        }
    }

    /// Plays each history; answers the steps of each.
    pub(super) fn play(&self, handle: &Handle) -> Outcome<Vec<Steps>> {
        let mut histories = vec![Steps::new(); self.count];
        for of_thread in self.play_threads(handle) {
            for (history, steps) in histories.iter_mut().step_by(2).zip(of_thread?) {
                history.extend(steps);
            }
        }
        for (round, history) in histories.iter_mut().enumerate().skip(1).step_by(2) {
            *history = handle.block_on(self.play_tasks(round))?;
        }
        Ok(histories)
    }

    /// What each thread did, history by history.
    fn play_threads(&self, handle: &Handle) -> Vec<Outcome<Vec<Steps>>> {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| scope.spawn(move || self.play_thread(thread, handle)))
                .collect();
            let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|ended| ended.unwrap_or_else(|_| Err(Failure::new("the backend panicked"))))
                .collect()
        })
    }

    fn play_thread(&self, thread: usize, handle: &Handle) -> Outcome<Vec<Steps>> {
        let rounds = self.count.div_ceil(2);
        let mut seat = Seat {
            arrived: &self.arrived,
            rounds_left: rounds,
        };
        let mut histories = Vec::with_capacity(rounds);
        for place in 0..rounds {
            seat.take_place(place);
            let steps = self.play_part(place * 2, thread, async |turns| {
                (0..turns).for_each(|_| thread::yield_now());
            });
            histories.push(handle.block_on(steps)?);
        }
        Ok(histories)
    }

    /// Plays a history in one task: whenever it is woken, its parts are polled in an order that the seed draws.
    async fn play_tasks(&self, round: usize) -> Outcome<Steps> {
        let turns = async |turns| Yields(turns).await;
        let mut parts: Vec<_> = (0..THREADS)
            .map(|thread| Some(Box::pin(self.play_part(round, thread, turns))))
            .collect();
        let mut rng = Rng::new(self.seed ^ self.number(round));
        let mut steps = Steps::new();
        poll_fn(|context| {
            shuffle(&mut rng, &mut parts);
            for part in &mut parts {
                let polled = part.as_mut().map(|part| part.as_mut().poll(context));
                match polled {
                    Some(Poll::Ready(Ok(played))) => steps.extend(played),
                    Some(Poll::Ready(Err(failure))) => return Poll::Ready(Err(failure)),
                    Some(Poll::Pending) | None => continue,
                }
                *part = None;
            }
            if parts.iter().all(Option::is_none) {
                return Poll::Ready(Ok(()));
            }
            Poll::Pending
        })
        .await?;
        Ok(steps)
    }

    fn number(&self, round: usize) -> u64 {
        u64::from(self.first) + u64::try_from(round).unwrap_or(0)
    }

    /// Plays the operations of one thread of a history. Others get turns after an operation began, and before it is known
    /// to have ended: so operations overlap also where each is done in an instant.
    async fn play_part(
        &self,
        round: usize,
        thread: usize,
        give: impl AsyncFn(u32),
    ) -> Outcome<Steps> {
        let number = self.number(round);
        let key = self.register.key(number)?;
        let mut rng = Rng::new(self.seed ^ (number << 8) ^ u64::try_from(thread).unwrap_or(0));
        let mut steps = Steps::with_capacity(OPERATIONS);
        let mut seen = None;
        for index in 0..OPERATIONS {
            let value = Value::try_from(thread * OPERATIONS + index).unwrap_or(Value::MAX);
            let call = choose(&mut rng, value, seen);
            give(turns(&mut rng)).await;
            let began = self.ticks.fetch_add(1, Ordering::SeqCst);
            give(turns(&mut rng)).await;
            let answer = self.register.perform(&key, call, &self.stamps).await?;
            give(turns(&mut rng)).await;
            let ended = self.ticks.fetch_add(1, Ordering::SeqCst);
            if let Answer::Read(Some(value)) | Answer::Refused(Some(value)) = answer {
                seen = Some(value);
            }
            steps.push(Step {
                thread,
                call,
                answer,
                began,
                ended,
            });
        }
        Ok(steps)
    }
}

/// None or a few: without any, an operation is as short as it can be.
fn turns(rng: &mut Rng) -> u32 {
    u32::try_from(rng.below(4).saturating_sub(1)).unwrap_or(0)
}

fn shuffle<T>(rng: &mut Rng, list: &mut [T]) {
    for last in (1..list.len()).rev() {
        let bound = u64::try_from(last + 1).unwrap_or(1);
        list.swap(last, usize::try_from(rng.below(bound)).unwrap_or(0));
    }
}

/// A thread's part in every round, also in those that it does not reach because it failed or panicked: nobody waits for
/// it for ever.
struct Seat<'a> {
    arrived: &'a AtomicUsize,
    rounds_left: usize,
}

impl Seat<'_> {
    /// Waits for the others by looking, not by sleeping, so that all go on at the same moment.
    fn take_place(&mut self, round: usize) {
        self.rounds_left = self.rounds_left.saturating_sub(1);
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while self.arrived.load(Ordering::SeqCst) < (round + 1) * THREADS {
            thread::yield_now();
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.arrived.fetch_add(self.rounds_left, Ordering::SeqCst);
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
