//! Counters: a tree of their own, changed under the stripe of their place. A window ends by the judge's clock.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{Counters, Key, Operation, Result, Timestamp};

use crate::backend::SledBackend;
use crate::engine::Engine;
use crate::error::{self, Outcome};
use crate::place;
use crate::store::Store;

/// A counter: its value and the end of its window. Stored as two numbers of 8 bytes, little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    value: i64,
    ends: u64,
}

impl Window {
    /// Opens a window.
    pub(crate) fn open(by: i64, window: Duration, now: Timestamp) -> Result<Self> {
        if window.is_zero() {
            return Err(error::zero_window());
        }
        Ok(Self {
            value: by,
            ends: now.after(window).as_millis(),
        })
    }

    /// `None` if these bytes are no window: as good as one that has ended.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (value, ends) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            value: i64::from_le_bytes(*value),
            ends: u64::from_le_bytes(ends.try_into().ok()?),
        })
    }

    fn bytes(self) -> [u8; 16] {
        let (value, ends) = (self.value.to_le_bytes(), self.ends.to_le_bytes());
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(value.into_iter().chain(ends)) {
            *to = from;
        }
        bytes
    }

    fn plus(self, by: i64) -> Result<Self> {
        let value = self.value.checked_add(by).ok_or_else(error::overflow)?;
        Ok(Self { value, ..self })
    }
}

/// When a stored counter ends; what is none has ended.
pub(crate) fn ends(bytes: &[u8]) -> u64 {
    Window::read(bytes).map_or(0, |window| window.ends)
}

/// Adds to a counter, or opens its window.
pub(crate) fn add(
    store: &Store,
    engine: &Engine,
    place: &[u8],
    opened: Window,
    now: Timestamp,
) -> Outcome<i64> {
    if let Some(value) = try_add(store, engine, place, opened, now)? {
        return Ok(value);
    }
    // No room: ended windows may give some.
    sweep(store, engine)?;
    match try_add(store, engine, place, opened, now)? {
        Some(value) => Ok(value),
        None => Err(error::too_many_counters().into()),
    }
}

/// `None` if it would be one counter too many.
fn try_add(
    store: &Store,
    engine: &Engine,
    place: &[u8],
    opened: Window,
    now: Timestamp,
) -> Outcome<Option<i64>> {
    let _turn = store.stripes.lock(place);
    let stands = engine.counters.get(place)?;
    let is_new = stands.is_none();
    let window = match stands.as_deref().and_then(Window::read) {
        Some(window) if window.ends > now.as_millis() => window.plus(opened.value)?,
        _ => opened,
    };
    if is_new && !take_room(store) {
        return Ok(None);
    }
    engine.counters.insert(place, &window.bytes())?;
    // Afterwards: of a sweep that forgets this end, the walk is yet to come, and meets the window.
    store.first_end.fetch_min(window.ends, SeqCst);
    Ok(Some(window.value))
}

fn take_room(store: &Store) -> bool {
    let one_more = |held| (held < store.max_counters).then_some(held + 1);
    let taken = store.counters.fetch_update(SeqCst, SeqCst, one_more);
    taken.is_ok()
}

/// Removes counters whose windows have ended. Walks over all, but only when one has.
pub(crate) fn sweep(store: &Store, engine: &Engine) -> Outcome {
    // One sweeps; who comes meanwhile waits for the room it makes, and finds the first end known again.
    let sweeping = &store.sweeping_counters;
    let _one = sweeping.lock().unwrap_or_else(PoisonError::into_inner);
    let now = store.judge.clock().now().as_millis();
    if store.first_end.load(SeqCst) > now {
        return Ok(());
    }
    // Before the walk: a counter that is added from now on notes its own end.
    store.first_end.store(u64::MAX, SeqCst);
    let mut first_end = u64::MAX;
    for row in &engine.counters {
        let (place, value) = row?;
        if ends(&value) > now {
            first_end = first_end.min(ends(&value));
            continue;
        }
        let _turn = store.stripes.lock(&place);
        let has_ended = |value: sled::IVec| ends(&value) <= now;
        if engine.counters.get(&place)?.is_some_and(has_ended) {
            engine.counters.remove(&place)?;
            store.counters.fetch_sub(1, SeqCst);
        }
    }
    store.first_end.fetch_min(first_end, SeqCst);
    Ok(())
}

#[async_trait]
impl Counters for SledBackend {
    /// Counters whose windows have ended are removed by the sweep.
    ///
    /// # Errors
    /// `Overloaded` if there are [`SledConfig::max_counters`](crate::SledConfig::max_counters) whose windows have not ended.
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        self.shared.store.is_open(Operation::Add)?;
        let now = self.shared.store.judge.clock().now();
        let opened = Window::open(by, window, now)?;
        let place = place::counter(&key);
        self.write(Operation::Add, move |store, engine| {
            store.check_room(place.len())?;
            add(store, engine, &place, opened, now)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_round_trip_and_other_bytes_have_ended() {
        let window = Window {
            value: i64::MIN + 1,
            ends: u64::MAX - 1,
        };
        assert_eq!(Window::read(&window.bytes()), Some(window));
        assert_eq!(ends(&window.bytes()), u64::MAX - 1);
        for bytes in [&b""[..], b"1234567", b"12345678", &[1; 17]] {
            assert_eq!(Window::read(bytes), None);
            assert_eq!(ends(bytes), 0);
        }
    }

    #[test]
    fn a_window_neither_overflows_nor_is_empty() {
        let now = Timestamp::from_millis(5);
        let longest = Window::open(i64::MAX, Duration::MAX, now).unwrap();
        assert_eq!(longest.ends, u64::MAX);
        assert!(longest.plus(1).is_err());
        assert!(Window::open(1, Duration::ZERO, now).is_err());
    }
}
