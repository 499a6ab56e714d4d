//! A backend of one's own, complete: a map behind a mutex. `tests/conformance.rs` runs the whole suite on it.

use std::sync::{Mutex, PoisonError};

use cache_core::{Operation as Op, *};

type Map = std::collections::HashMap<OwnedKey, Entry>;

/// Judge, largest weight, and the map until it is closed.
pub(crate) struct MapBackend(Judge, u32, Mutex<Option<Map>>);

const INFO: &BackendInfo = &BackendInfo {
    name: "map",
    capabilities: Capabilities::of(&[Capability::Batch, Capability::Scan]),
    payload: PayloadForm::Object,
};

impl MapBackend {
    pub(crate) fn new(judge: Judge, max_weight: u32) -> Self {
        Self(judge, max_weight, Mutex::new(Some(Map::new())))
    }
    fn with<O>(&self, operation: Op, act: impl FnOnce(&mut Map) -> O) -> Result<O> {
        let mut map = self.2.lock().unwrap_or_else(PoisonError::into_inner);
        map.as_mut().map(act).ok_or(Error::closed(operation, "map"))
    }
}

impl Backend for MapBackend {
    fn info(&self) -> &BackendInfo {
        INFO
    }
    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let held = self.with(Op::Get, |map| map.get(&key.to_owned()).cloned())?;
        Ok(held.map_or(Found::Absent, |entry| self.0.found(entry)))
    }
    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        let (key, meta) = (key.to_owned(), entry.meta);
        self.with(Op::Put, |map| match map.get(&key).map(|old| old.meta) {
            _ if meta.weight > self.1 => Err(Error::new(ErrorKind::TooLarge, "too heavy")),
            old if !self.0.admits(when, &meta, old.as_ref()) => Ok(Put::Refused(old)),
            _ => Ok(map.insert(key, entry)).map(|_| Put::Stored(meta.stamp)),
        })?
    }
    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let (key, named) = (key.to_owned(), |old: Meta| {
            only.is_none_or(|it| it == old.stamp)
        });
        self.with(Op::Remove, |map| match map.get(&key).map(|old| old.meta) {
            Some(old) if named(old) => map
                .remove(&key)
                .map_or(Removed::Missing, |_| Removed::Existed),
            _ => Removed::Missing,
        })
    }
    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        loops::head_by_get(self, key).await
    }
    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        loops::retime_by_put(self, key, to, over).await
    }
    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        loops::get_each(self, keys).await
    }
    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        loops::put_each(self, items).await
    }
    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        loops::remove_each(self, keys).await
    }
    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        let stays = |key: &OwnedKey, _: &mut Entry| !scope.contains(&key.as_key());
        self.with(Op::Clear, |map| map.retain(stays))
    }
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        let meta = |(key, entry): (&OwnedKey, &Entry)| (key.clone(), entry.meta);
        let held = self.with(Op::Scan, |map| map.iter().map(meta).collect::<Page>());
        Pages::of(held.map(|held| loops::live_in(&self.0, scope, held)))
    }
    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        loops::count_by_scan(self, scope).await
    }
    async fn stats(&self) -> Result<Stats> {
        self.with(Op::Stats, |_| Stats::default())
    }
    async fn ping(&self) -> Result<std::time::Duration> {
        self.with(Op::Ping, |_| Default::default())
    }
    async fn flush(&self) -> Result<()> {
        self.with(Op::Flush, |_| ())
    }
    async fn close(&self) -> Result<()> {
        *self.2.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
    fn counters(&self) -> Option<&dyn Counters> {
        None
    }
}
