//! The old keys: what stands there is read, and removed if it is to be.

use std::time::Duration;

use backend_redis::{ForeignRemoved, ForeignValue};
use bytes::Bytes;
use cache_core::{Lifetime, Meta};

use super::mover::{Item, Mover, Seen};
use super::place::Free;
use super::tally::End;
use super::value::Found;

/// A value that was read, for a place that is free.
pub(super) struct Value {
    pub(super) free: Free,
    pub(super) bytes: Bytes,
    pub(super) meta: Meta,
}

impl Mover<'_> {
    /// Reads old values.
    pub(super) async fn read(
        &mut self,
        free: Vec<Free>,
        limit: usize,
        larger: &mut Vec<Item>,
    ) -> Vec<Value> {
        // Before the read: no value outlives its key.
        let now = self.judge.clock().now();
        let keys: Vec<&[u8]> = free.iter().map(|free| free.item.old.as_slice()).collect();
        let answers = self.foreign.read(&keys, limit).await;
        let (mut values, mut unused) = (Vec::new(), Vec::new());
        for (free, answer) in free.into_iter().zip(answers) {
            let route = self.routes.get(free.item.row);
            let endless = route.and_then(|route| route.endless);
            match answer.map(|value| Found::of(value, endless)) {
                Ok(Found::Value(bytes, ttl)) => {
                    let life = Lifetime::starting(now, ttl, Duration::ZERO);
                    let meta = Meta::new(now, life);
                    values.push(Value { free, bytes, meta });
                    continue;
                }
                Ok(Found::Longer(length)) if self.is_readable(length, limit) => {
                    larger.push(free.item.clone());
                }
                Ok(Found::Longer(_)) => self.count(&free.item, End::TooLarge),
                Ok(Found::Nothing(end)) => self.count(&free.item, end),
                Err(error) => self.fail(&free.item, error),
            }
            unused.push(free);
        }
        self.release(unused).await;
        values
    }

    /// Says whether what is longer than was asked for may be read apart.
    fn is_readable(&self, length: u64, limit: usize) -> bool {
        let most = self.foreign.max_payload();
        limit < most && u64::try_from(most).is_ok_and(|most| length <= most)
    }

    /// Reads the old values of ids that have an entry in the new place: they are removed if they are still these.
    pub(super) async fn read_again(
        &mut self,
        present: Vec<Item>,
        limit: usize,
        larger: &mut Vec<Item>,
    ) -> Vec<Seen> {
        let keys: Vec<&[u8]> = present.iter().map(|item| item.old.as_slice()).collect();
        let answers = self.foreign.read(&keys, limit).await;
        let mut seen = Vec::new();
        for (item, answer) in present.into_iter().zip(answers) {
            match answer {
                Ok(ForeignValue::Longer { length }) if self.is_readable(length, limit) => {
                    larger.push(item);
                }
                Ok(ForeignValue::String { bytes, .. }) => {
                    self.count(&item, End::Present);
                    seen.push((item, bytes));
                }
                // What cannot be compared stays.
                Ok(_) => self.count(&item, End::Present),
                Err(error) => self.fail(&item, error),
            }
        }
        seen
    }

    /// Removes old keys that still hold what was seen there.
    pub(super) async fn remove(&mut self, seen: Vec<Seen>) {
        let pairs: Vec<(&[u8], &[u8])> = seen
            .iter()
            .map(|(item, bytes)| (item.old.as_slice(), bytes.as_ref()))
            .collect();
        let answers = self.foreign.remove(&pairs).await;
        for ((item, _), answer) in seen.iter().zip(answers) {
            match (answer, self.counts.get_mut(item.row)) {
                (Ok(ForeignRemoved::Removed), Some(counts)) => counts.deleted += 1,
                (Ok(ForeignRemoved::Changed), Some(counts)) => counts.rewritten += 1,
                (Ok(_), _) => {}
                (Err(error), _) => self.give_up(error),
            }
        }
    }
}
