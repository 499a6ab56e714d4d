//! Batches of a run.

use cache_core::{
    Backend, Capability, Condition, Entry, Found, Key, OwnedKey, Put, PutItem, Timestamp,
};

use super::drive::Run;
use super::operation::Item;
use crate::Outcome;
use crate::failure::check_eq;

impl Run {
    pub(super) async fn get_many(&mut self, numbers: &[usize], now: Timestamp) -> Outcome {
        if !self.has(Capability::Batch) {
            return Ok(());
        }
        let owned: Vec<OwnedKey> = numbers
            .iter()
            .map(|number| self.key(*number))
            .collect::<Outcome<_>>()?;
        let keys: Vec<Key<'_>> = owned.iter().map(OwnedKey::as_key).collect();
        let found: Vec<cache_core::Result<Found>> = self.backend.get_many(&keys).await;
        check_eq!(found.len(), numbers.len(), "answers");
        for (number, found) in numbers.iter().zip(found) {
            self.at(*number)?.saw(&found?.unshared(), now)?;
        }
        Ok(())
    }

    /// A key stands once in a batch: in which order one batch would act on it twice is not said.
    pub(super) async fn put_many(&mut self, items: &[Item], now: Timestamp) -> Outcome {
        if !self.has(Capability::Batch) {
            return Ok(());
        }
        let mut puts: Vec<(usize, OwnedKey, Entry, Condition)> = Vec::new();
        for item in items {
            if puts.iter().all(|(number, ..)| *number != item.key) {
                let (entry, when) = (self.entry(item, now), self.condition(item.key, &item.when)?);
                puts.push((item.key, self.key(item.key)?, entry, when));
            }
        }
        let batch = puts.iter().map(|(_, key, entry, when)| PutItem {
            key: key.as_key(),
            entry: entry.clone(),
            when: *when,
        });
        let answers: Vec<cache_core::Result<Put>> = self.backend.put_many(batch.collect()).await;
        check_eq!(answers.len(), puts.len(), "answers");
        for ((number, _, entry, when), answer) in puts.iter().zip(answers) {
            self.at(*number)?.put(entry, *when, &answer?, now)?;
        }
        Ok(())
    }

    pub(super) async fn remove_many(&mut self, numbers: &[usize]) -> Outcome {
        if !self.has(Capability::Batch) {
            return Ok(());
        }
        let owned: Vec<OwnedKey> = numbers
            .iter()
            .map(|number| self.key(*number))
            .collect::<Outcome<_>>()?;
        let keys: Vec<Key<'_>> = owned.iter().map(OwnedKey::as_key).collect();
        let answers = self.backend.remove_many(&keys).await;
        check_eq!(answers.len(), numbers.len(), "answers");
        for (number, answer) in numbers.iter().zip(answers) {
            answer?;
            self.at(*number)?.remove(None);
        }
        Ok(())
    }
}
