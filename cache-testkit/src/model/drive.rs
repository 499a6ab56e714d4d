//! One run: each operation is done by the backend, and its answer held against the map.

use std::collections::HashMap;
use std::time::Duration;

use cache_core::{
    AnyBackend, Backend, Capability, Clock, Condition, Entry, ErrorKind, Extensions, Flags, Meta,
    OwnedKey, Stamp, Timestamp,
};
use futures_util::TryStreamExt;

use super::ground::{keys, meta, scope};
use super::operation::{Item, Kind, Life, Operation, Start, When, Which};
use super::possible::Possible;
use crate::failure::{check, check_eq};
use crate::opened::Opener;
use crate::{Env, Failure, Outcome, values};

/// Longer than any run: windows are the counters' own cases.
const WINDOW: Duration = Duration::from_secs(3_600);

pub(super) struct Run {
    env: Env,
    pub(super) backend: AnyBackend,
    keys: Vec<OwnedKey>,
    possible: Vec<Possible>,
    counters: HashMap<String, i64>,
}

/// Opens a backend and does the operations.
pub(super) async fn drive(opener: &dyn Opener, operations: &[Operation]) -> Outcome {
    let env = Env::fresh();
    // The planter holds the backend too; nothing is planted here.
    let backend = opener.open(&env).await?.backend;
    let keys = keys(&env.namespace)?;
    let mut run = Run {
        possible: vec![Possible::nothing(); keys.len()],
        counters: HashMap::new(),
        env,
        backend,
        keys,
    };
    for (number, operation) in operations.iter().enumerate() {
        let done = run.step(operation).await;
        done.map_err(|failure| failure.within(&format!("operation {number}, {operation:?}")))?;
    }
    Ok(run.backend.close().await?)
}

impl Run {
    async fn step(&mut self, operation: &Operation) -> Outcome {
        let now = self.env.clock.now();
        for possible in &mut self.possible {
            possible.pass_to(now);
        }
        match operation {
            Operation::Advance(by) => {
                self.env
                    .clock
                    .advance(Duration::from_millis(u64::from(*by)));
                Ok(())
            }
            Operation::Get(key) => self.get(*key, now).await,
            Operation::Head(key) => self.head(*key, now).await,
            Operation::Put(item) => self.put(item, now).await,
            Operation::TooLarge(key, when) => self.too_large(*key, when).await,
            Operation::Remove(key, only) => self.remove(*key, *only).await,
            Operation::Retime { .. } => self.retime(operation, now).await,
            Operation::GetMany(keys) => self.get_many(keys, now).await,
            Operation::PutMany(items) => self.put_many(items, now).await,
            Operation::RemoveMany(keys) => self.remove_many(keys).await,
            Operation::Clear(number) => self.clear(*number).await,
            Operation::Scan(number) => self.scan(*number, now).await,
            Operation::Count(number) => self.count(*number, now).await,
            Operation::Add(key, by) => self.add(*key, *by).await,
            Operation::Flush => Ok(self.backend.flush().await?),
        }
    }

    pub(super) fn key(&self, number: usize) -> Outcome<OwnedKey> {
        self.keys
            .get(number)
            .cloned()
            .ok_or_else(|| Failure::new("no such key"))
    }

    pub(super) fn at(&mut self, number: usize) -> Outcome<&mut Possible> {
        self.possible
            .get_mut(number)
            .ok_or_else(|| Failure::new("no such key"))
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        self.backend.info().capabilities.has(capability)
    }

    async fn get(&mut self, number: usize, now: Timestamp) -> Outcome {
        let key = self.key(number)?;
        if let Some(found) = self.backend.get_now(key.as_key()) {
            self.at(number)?.saw(&found.unshared(), now)?;
        }
        let found = self.backend.get(key.as_key()).await?.unshared();
        self.at(number)?.saw(&found, now)
    }

    async fn head(&mut self, number: usize, now: Timestamp) -> Outcome {
        let head = self.backend.head(self.key(number)?.as_key()).await?;
        self.at(number)?.showed(head.as_ref(), now)
    }

    async fn put(&mut self, item: &Item, now: Timestamp) -> Outcome {
        let (entry, when) = (self.entry(item, now), self.condition(item.key, &item.when)?);
        let key = self.key(item.key)?;
        let put = self.backend.put(key.as_key(), entry.clone(), when).await?;
        self.at(item.key)?.put(&entry, when, &put, now)
    }

    async fn too_large(&mut self, number: usize, when: &When) -> Outcome {
        let (key, when) = (self.key(number)?, self.condition(number, when)?);
        let text = "x".repeat(self.env.max_payload + 1);
        let life = Life {
            start: Start::Now,
            fresh: 10,
            stale: 0,
        };
        let entry = values::value(
            self.backend.info().payload,
            meta(&life, self.env.clock.now()),
            &text,
        );
        match self.backend.put(key.as_key(), entry, when).await {
            Err(error) => check_eq!(error.kind(), ErrorKind::TooLarge, "a put over the size"),
            // A condition that does not hold may be seen first.
            Ok(put) => check!(!put.is_stored(), "a put over the size was stored"),
        }
        Ok(())
    }

    async fn remove(&mut self, number: usize, only: Option<Which>) -> Outcome {
        let only = only.map(|which| self.stamp(number, which)).transpose()?;
        self.backend
            .remove(self.key(number)?.as_key(), only)
            .await?;
        self.at(number)?.remove(only);
        Ok(())
    }

    async fn retime(&mut self, operation: &Operation, now: Timestamp) -> Outcome {
        let Operation::Retime {
            key,
            life,
            expired,
            keep_stamp,
            over,
        } = operation
        else {
            return Ok(());
        };
        let over = self.stamp(*key, *over)?;
        let mut to = meta(life, now);
        if *keep_stamp {
            to.stamp = over;
        }
        if *expired {
            to.flags = Flags::EXPIRED;
        }
        let put = self
            .backend
            .retime(self.key(*key)?.as_key(), to, over)
            .await?;
        self.at(*key)?.retime(&to, over, &put, now)
    }

    async fn clear(&mut self, number: usize) -> Outcome {
        let scope = scope(&self.env.namespace, number);
        self.backend.clear(scope).await?;
        for (key, possible) in self.keys.iter().zip(&mut self.possible) {
            if scope.contains(&key.as_key()) {
                possible.remove(None);
            }
        }
        Ok(())
    }

    async fn scan(&mut self, number: usize, now: Timestamp) -> Outcome {
        if !self.has(Capability::Scan) {
            return Ok(());
        }
        let scope = scope(&self.env.namespace, number);
        let pages: Vec<cache_core::Page> = self.backend.scan(scope).try_collect().await?;
        let mut listed: HashMap<OwnedKey, Meta> = pages.into_iter().flatten().collect();
        for (key, possible) in self.keys.iter().zip(&mut self.possible) {
            if scope.contains(&key.as_key()) {
                possible.showed(listed.remove(key).as_ref(), now)?;
            }
        }
        check!(listed.is_empty(), "strangers are listed: {listed:?}");
        Ok(())
    }

    async fn count(&mut self, number: usize, now: Timestamp) -> Outcome {
        if !self.has(Capability::Scan) {
            return Ok(());
        }
        let scope = scope(&self.env.namespace, number);
        let count = self.backend.count(scope).await?;
        let inside = self.keys.iter().zip(&self.possible);
        let inside = inside.filter(|(key, _)| scope.contains(&key.as_key()));
        let (least, most) = inside.fold((0, 0), |(least, most), (_, possible)| {
            let (fewest, all) = possible.visible(now);
            (least + fewest, most + all)
        });
        check!(
            (least..=most).contains(&count),
            "counted {count}, expected {least} to {most}"
        );
        Ok(())
    }

    async fn add(&mut self, number: usize, by: i64) -> Outcome {
        let key = self.key(number)?;
        let Some(counters) = self.backend.counters() else {
            return Ok(());
        };
        let added = counters.add(key.as_key(), by, WINDOW).await;
        let value = self
            .counters
            .entry(cache_core::address::counter(&key.as_key()))
            .or_default();
        match (value.checked_add(by), added) {
            (Some(expected), Ok(met)) => {
                check_eq!(met, expected, "the counter");
                *value = expected;
            }
            (None, Err(error)) => check_eq!(error.kind(), ErrorKind::Overflow, "an overflow"),
            (expected, met) => {
                return Err(Failure::new(format!("met {met:?}, expected {expected:?}")));
            }
        }
        Ok(())
    }

    pub(super) fn entry(&self, item: &Item, now: Timestamp) -> Entry {
        let mut meta = meta(&item.life, now);
        if item.expired {
            meta.flags = Flags::EXPIRED;
        }
        let entry = match item.kind {
            Kind::Value(number) => {
                values::value(self.backend.info().payload, meta, &number.to_string())
            }
            Kind::Negative => Entry::negative(meta),
            Kind::Lease => Entry::lease(meta),
        };
        if item.tagged {
            entry.with_extensions(Extensions::new().with_etag("\"tag\""))
        } else {
            entry
        }
    }

    pub(super) fn condition(&self, number: usize, when: &When) -> Outcome<Condition> {
        Ok(match when {
            When::Always => Condition::Always,
            When::Absent => Condition::Absent,
            When::If(which) => Condition::If(self.stamp(number, *which)?),
        })
    }

    fn stamp(&self, number: usize, which: Which) -> Outcome<Stamp> {
        let possible = self
            .possible
            .get(number)
            .ok_or_else(|| Failure::new("no such key"))?;
        let named = match which {
            Which::Standing => possible.standing(),
            Which::Former => possible.former,
            Which::Nobodys => None,
        };
        Ok(named.unwrap_or_else(Stamp::next))
    }
}
