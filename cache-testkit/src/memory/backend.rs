//! The operations: each locks once, and delegates.

use std::time::Duration;

use cache_core::{
    Backend, BackendInfo, Capability, Condition, Counters, Entry, Error, ErrorKind, Found, Key,
    Meta, Operation, Page, Pages, PayloadForm, Put, PutItem, Removed, Result, Scope, Stamp, Stats,
    loops,
};
use futures_util::Stream;

use super::MemoryBackend;
use super::held::Held;

impl Backend for MemoryBackend {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    /// Answers where objects are kept, as an in-process store does; a byte store has to be asked with `get`.
    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        if self.info.payload == PayloadForm::Encoded {
            return None;
        }
        self.found(key).ok()
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        self.found(key)
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        let mut state = self.open(Operation::Put)?;
        self.check_size(&entry)?;
        let meta = entry.meta;
        let held = Held::of(entry, self.info.payload, key.space().schema()).ok_or_else(|| {
            let message = "this store takes encoded values";
            self.error(ErrorKind::InvalidArgument, message)
        })?;
        Ok(state.shelf.put(&self.judge, key, (meta, held), when))
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        Ok(self.open(Operation::Remove)?.shelf.remove(key, only))
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        let state = self.open(Operation::Head)?;
        let held = state.shelf.get(key);
        let meta = held.and_then(|held| held.meta(key.space().schema()).ok());
        Ok(meta.filter(|meta| self.judge.is_live(meta)))
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let mut state = self.open(Operation::Retime)?;
        Ok(state.shelf.retime(self.info.payload, key, &to, over))
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        if let Err(error) = self.powered(Capability::Batch, Operation::GetMany) {
            return keys.iter().map(|_| Err(error.clone())).collect();
        }
        loops::get_each(self, keys).await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        if let Err(error) = self.powered(Capability::Batch, Operation::PutMany) {
            return items.iter().map(|_| Err(error.clone())).collect();
        }
        loops::put_each(self, items).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        if let Err(error) = self.powered(Capability::Batch, Operation::RemoveMany) {
            return keys.iter().map(|_| Err(error.clone())).collect();
        }
        loops::remove_each(self, keys).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.open(Operation::Clear)?.shelf.clear(scope);
        Ok(())
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Pages::of(self.live(scope, Operation::Scan))
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        let live = self.live(scope, Operation::Count)?;
        Ok(u64::try_from(live.len()).unwrap_or(u64::MAX))
    }

    async fn stats(&self) -> Result<Stats> {
        Ok(self.open(Operation::Stats)?.shelf.stats())
    }

    async fn ping(&self) -> Result<Duration> {
        self.open(Operation::Ping).map(|_| Duration::ZERO)
    }

    async fn flush(&self) -> Result<()> {
        let state = self.open(Operation::Flush)?;
        if let Some(disk) = &self.disk {
            *disk.lock() = state.shelf.clone();
        }
        Ok(())
    }

    async fn close(&self) -> Result<()> {
        self.lock().closed = true;
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        let declared = self.info.capabilities.has(Capability::Counters);
        declared.then_some(self)
    }
}

impl MemoryBackend {
    fn found(&self, key: Key<'_>) -> Result<Found> {
        let state = self.open(Operation::Get)?;
        let held = state.shelf.get(key);
        Ok(held.map_or(Found::Absent, |held| {
            held.found(&self.judge, key.space().schema())
        }))
    }

    fn live(&self, scope: Scope<'_>, operation: Operation) -> Result<Page, Error> {
        let state = self.powered(Capability::Scan, operation)?;
        Ok(state.shelf.live(&self.judge, scope))
    }
}
