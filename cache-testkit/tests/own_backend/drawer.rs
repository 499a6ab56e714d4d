//! A whole backend in under 100 lines of code: a map behind a mutex that declares `Batch` and `Scan`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache_core::*;
use futures_util::Stream;

const INFO: BackendInfo = BackendInfo {
    name: "drawer",
    capabilities: Capabilities::of(&[Capability::Batch, Capability::Scan]),
    payload: PayloadForm::Object,
};

pub(crate) struct Drawer {
    pub(crate) judge: Judge,
    pub(crate) largest: u32,
    pub(crate) entries: Mutex<Option<HashMap<OwnedKey, Entry>>>,
}

impl Drawer {
    fn open<T>(&self, act: impl FnOnce(&mut HashMap<OwnedKey, Entry>) -> T) -> Result<T> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let open = entries.as_mut().map(act);
        open.ok_or_else(|| Error::new(ErrorKind::Closed, "it was closed"))
    }
}

impl Backend for Drawer {
    fn info(&self) -> &BackendInfo {
        &INFO
    }
    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let entry = self.open(|entries| entries.get(&key.to_owned()).cloned())?;
        Ok(entry.map_or(Found::Absent, |entry| self.judge.found(entry)))
    }
    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        if entry.meta.weight > self.largest {
            return Err(Error::new(ErrorKind::TooLarge, "too large"));
        }
        self.open(|entries| {
            let standing = entries.get(&key.to_owned()).map(|entry| entry.meta);
            if !self.judge.admits(when, &entry.meta, standing.as_ref()) {
                return Put::Refused(standing);
            }
            let stamp = entry.meta.stamp;
            entries.insert(key.to_owned(), entry);
            Put::Stored(stamp)
        })
    }
    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.open(|entries| {
            let standing = entries.get(&key.to_owned()).map(|entry| entry.meta.stamp);
            let wanted = standing.filter(|stamp| only.is_none_or(|only| only == *stamp));
            let removed = wanted.and_then(|_| entries.remove(&key.to_owned()));
            removed.map_or(Removed::Missing, |_| Removed::Existed)
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
        self.open(|entries| entries.retain(|key, _| !scope.contains(&key.as_key())))
    }
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        Pages::of(self.open(|entries| {
            let held = entries.iter().map(|(key, entry)| (key.clone(), entry.meta));
            loops::live_in(&self.judge, scope, held)
        }))
    }
    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        loops::count_by_scan(self, scope).await
    }
    async fn stats(&self) -> Result<Stats> {
        self.open(|_| Stats::default())
    }
    async fn ping(&self) -> Result<Duration> {
        self.open(|_| Duration::ZERO)
    }
    async fn flush(&self) -> Result<()> {
        self.open(|_| ())
    }
    async fn close(&self) -> Result<()> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        *entries = None;
        Ok(())
    }
    fn counters(&self) -> Option<&dyn Counters> {
        None
    }
}
