//! A store that does nothing: what is measured around it is not hidden by what a store does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::{
    AnyShared, Backend, BackendInfo, Capabilities, Condition, Counters, Entry, Error, Found, Key,
    Meta, Object, Operation, Page, Pages, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp,
    Stats, Stream,
};

const INFO: BackendInfo = BackendInfo {
    name: "noop",
    capabilities: Capabilities::of(&[]),
    payload: PayloadForm::Object,
};

/// Answers every read with the same entry, and lets every write end well without an effect. It has no optional power.
#[derive(Debug)]
pub(super) struct Noop {
    only: Arc<dyn AnyShared>,
    is_closed: AtomicBool,
}

impl Noop {
    /// Makes a store that answers with this value.
    pub(super) fn of(meta: Meta, value: Arc<impl Object>) -> Self {
        Self {
            only: value.share(meta, None),
            is_closed: AtomicBool::new(false),
        }
    }

    fn open(&self, operation: Operation) -> Result<()> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(Error::closed(operation, INFO.name));
        }
        Ok(())
    }

    fn lacks<T>(&self, operation: Operation) -> Result<T> {
        self.open(operation)?;
        Err(Error::unsupported(operation, INFO.name))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Backend for Noop {
    fn info(&self) -> &BackendInfo {
        &INFO
    }

    fn get_now(&self, _: Key<'_>) -> Option<Found> {
        if self.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        Some(Found::Shared(Arc::clone(&self.only)))
    }

    async fn get(&self, _: Key<'_>) -> Result<Found> {
        self.open(Operation::Get)?;
        Ok(Found::Shared(Arc::clone(&self.only)))
    }

    async fn put(&self, _: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.open(Operation::Put)?;
        Ok(match when {
            Condition::Always => Put::Stored(entry.meta.stamp),
            Condition::If(stamp) if stamp == self.only.meta().stamp => {
                Put::Stored(entry.meta.stamp)
            }
            Condition::Absent | Condition::If(_) => Put::Refused(Some(*self.only.meta())),
        })
    }

    async fn remove(&self, _: Key<'_>, _: Option<Stamp>) -> Result<Removed> {
        self.open(Operation::Remove)?;
        Ok(Removed::Unknown)
    }

    async fn head(&self, _: Key<'_>) -> Result<Option<Meta>> {
        self.open(Operation::Head)?;
        Ok(Some(*self.only.meta()))
    }

    async fn retime(&self, _: Key<'_>, to: Meta, _: Stamp) -> Result<Put> {
        self.open(Operation::Retime)?;
        Ok(Put::Stored(to.stamp))
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let answer = |_| self.lacks(Operation::GetMany);
        keys.iter().map(answer).collect()
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        let answer = |_| self.lacks(Operation::PutMany);
        items.iter().map(answer).collect()
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let answer = |_| self.lacks(Operation::RemoveMany);
        keys.iter().map(answer).collect()
    }

    async fn clear(&self, _: Scope<'_>) -> Result<()> {
        self.open(Operation::Clear)
    }

    fn scan<'a>(&'a self, _: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Pages::of(self.lacks(Operation::Scan))
    }

    async fn count(&self, _: Scope<'_>) -> Result<u64> {
        self.lacks(Operation::Count)
    }

    async fn stats(&self) -> Result<Stats> {
        self.open(Operation::Stats)?;
        Ok(Stats::default())
    }

    async fn ping(&self) -> Result<Duration> {
        self.open(Operation::Ping)?;
        Ok(Duration::ZERO)
    }

    async fn flush(&self) -> Result<()> {
        self.open(Operation::Flush)
    }

    async fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        None
    }
}

#[cfg(test)]
mod tests {
    use cache_core::{Epoch, ErrorKind, Judge, Lifetime, Space, Ttl};

    use super::*;

    fn noop() -> Noop {
        let now = Judge::default().clock().now();
        let life = Lifetime::starting(now, Ttl::Never, Duration::ZERO);
        Noop::of(Meta::new(now, life), Arc::new(7_u64))
    }

    fn held(found: Found) -> u64 {
        let Found::Shared(shared) = found else {
            panic!("{found:?}");
        };
        **shared.downcast::<u64>().unwrap()
    }

    #[tokio::test]
    async fn every_key_has_the_one_entry_whatever_was_written() {
        let (noop, space) = (noop(), Space::new("noop", "a", 1).unwrap());
        for id in [&b""[..], b"a", b"b"] {
            let key = Key::new(&space, Epoch::UNVERSIONED, id).unwrap();
            let now = Judge::default().clock().now();
            let meta = Meta::new(now, Lifetime::starting(now, Ttl::Never, Duration::ZERO));
            let entry = Entry::object(meta, Arc::new(8_u64));
            let stored = noop.put(key, entry, Condition::Always).await.unwrap();
            assert_eq!(stored, Put::Stored(meta.stamp));
            assert_eq!(held(noop.get_now(key).unwrap()), 7);
            assert_eq!(held(noop.get(key).await.unwrap()), 7);
        }
    }

    #[tokio::test]
    async fn powers_that_are_not_declared_are_refused() {
        let (noop, space) = (noop(), Space::new("noop", "a", 1).unwrap());
        let key = Key::new(&space, Epoch::UNVERSIONED, b"a").unwrap();
        assert_eq!(noop.info().capabilities.iter().count(), 0);
        assert!(noop.counters().is_none());
        let batch = noop.get_many(&[key, key]).await;
        assert_eq!(batch.len(), 2);
        for answer in batch {
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unsupported);
        }
        let counted = noop.count(Scope::namespace("noop")).await;
        assert_eq!(counted.unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[tokio::test]
    async fn a_closed_one_answers_nothing_at_once_and_closed_later() {
        let (noop, space) = (noop(), Space::new("noop", "a", 1).unwrap());
        let key = Key::new(&space, Epoch::UNVERSIONED, b"a").unwrap();
        noop.close().await.unwrap();
        assert!(noop.get_now(key).is_none());
        assert_eq!(noop.get(key).await.unwrap_err().kind(), ErrorKind::Closed);
    }
}
