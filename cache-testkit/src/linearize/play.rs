//! The threads of a history: four, eight operations each, all beginning at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Handle;

use super::register::{Register, Stamps};
use super::{Answer, Call, Step, Value};
use crate::rng::Rng;
use crate::{Failure, Outcome};

const THREADS: usize = 4;
const OPERATIONS: usize = 8;

/// Histories that the same threads play one after the other.
pub(super) struct Batch {
    pub(super) seed: u64,
    pub(super) first: u32,
    register: Register,
    count: usize,
    stamps: Stamps,
    ticks: AtomicU64,
    arrived: AtomicUsize,
}

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

    /// Plays each history on all threads at once; answers the steps of each.
    pub(super) fn play(&self, handle: &Handle) -> Outcome<Vec<Vec<Step>>> {
        let by_thread: Vec<Outcome<Vec<Vec<Step>>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| scope.spawn(move || self.play_thread(thread, handle)))
                .collect();
            let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|ended| ended.unwrap_or_else(|_| Err(Failure::new("the backend panicked"))))
                .collect()
        });
        let mut histories = vec![Vec::new(); self.count];
        for of_thread in by_thread {
            for (history, steps) in histories.iter_mut().zip(of_thread?) {
                history.extend(steps);
            }
        }
        Ok(histories)
    }

    fn play_thread(&self, thread: usize, handle: &Handle) -> Outcome<Vec<Vec<Step>>> {
        let mut seat = Seat {
            arrived: &self.arrived,
            rounds_left: self.count,
        };
        let mut histories = Vec::with_capacity(self.count);
        for round in 0..self.count {
            seat.take_place(round);
            histories.push(handle.block_on(self.play_history(round, thread))?);
        }
        Ok(histories)
    }

    /// Plays the operations of one thread of a history.
    async fn play_history(&self, round: usize, thread: usize) -> Outcome<Vec<Step>> {
        let number = u64::from(self.first) + u64::try_from(round).unwrap_or(0);
        let key = self.register.key(number)?;
        let mut rng = Rng::new(self.seed ^ (number << 8) ^ u64::try_from(thread).unwrap_or(0));
        let mut steps: Vec<Step> = Vec::with_capacity(OPERATIONS);
        let mut seen = None;
        for index in 0..OPERATIONS {
            let value = Value::try_from(thread * OPERATIONS + index).unwrap_or(Value::MAX);
            let call = choose(&mut rng, value, seen);
            let began = self.ticks.fetch_add(1, Ordering::SeqCst);
            let answer = self.register.perform(&key, call, &self.stamps).await?;
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
            if rng.below(4) == 0 {
                thread::yield_now();
            }
        }
        Ok(steps)
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
