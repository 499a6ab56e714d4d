//! The other side: sled alone, as an application uses it by hand. Keys by `format!`, values by the codec, and what holds a
//! thread up in `spawn_blocking`, or not.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use bincode::config::standard;
use sled::{Config, Db};
use tokio::task::spawn_blocking;

use crate::Result;
use crate::pairs::{Record, Side};

/// What the full stack has by default: bytes of pages in memory, and milliseconds between two flushes.
const PAGE_CACHE_BYTES: u64 = 64 << 20;
const FLUSH_MILLIS: u64 = 500;

/// Opens a database with the settings of the full stack.
///
/// # Errors
/// If it cannot be opened.
pub(crate) fn open(path: &Path) -> Result<Db> {
    let config = Config::new()
        .path(path)
        .cache_capacity(PAGE_CACHE_BYTES)
        .flush_every_ms(Some(FLUSH_MILLIS));
    Ok(config.open()?)
}

/// The database, on threads for blocking work.
pub(super) struct Hopping<R>(Inline<R>);

/// The database, on the thread of the caller.
pub(super) struct Inline<R> {
    db: Db,
    marker: PhantomData<fn() -> R>,
}

impl<R> Clone for Hopping<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> Clone for Inline<R> {
    fn clone(&self) -> Self {
        Self {
            db: self.db.clone(),
            marker: PhantomData,
        }
    }
}

impl<R: Record> Inline<R> {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            db: db.clone(),
            marker: PhantomData,
        }
    }

    fn find(&self, id: u64) -> Result<Option<R>> {
        let bytes = self.db.get(key::<R>(id))?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    fn find_all(&self, ids: &[u64]) -> Result<Vec<Option<R>>> {
        ids.iter().map(|id| self.find(*id)).collect()
    }

    fn store(&self, id: u64, record: &R) -> Result {
        let bytes = bincode::serde::encode_to_vec(record, standard())?;
        self.db.insert(key::<R>(id), bytes)?;
        Ok(())
    }
}

impl<R: Record> Hopping<R> {
    pub(super) fn new(db: &Db) -> Self {
        Self(Inline::new(db))
    }

    async fn hop<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inline<R>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inline = self.0.clone();
        spawn_blocking(move || work(&inline)).await?
    }
}

impl<R: Record> Side<R> for Inline<R> {
    async fn get(&self, id: u64) -> Result<Option<u64>> {
        Ok(self.find(id)?.map(|record| record.number()))
    }

    async fn put(&self, id: u64, record: &Arc<R>) -> Result {
        self.store(id, record)
    }

    async fn get_many(&self, ids: &[u64]) -> Result<usize> {
        Ok(right(ids, &self.find_all(ids)?))
    }
}

impl<R: Record> Side<R> for Hopping<R> {
    async fn get(&self, id: u64) -> Result<Option<u64>> {
        let found = self.hop(move |inline| inline.find(id)).await?;
        Ok(found.map(|record| record.number()))
    }

    async fn put(&self, id: u64, record: &Arc<R>) -> Result {
        let record = Arc::clone(record);
        self.hop(move |inline| inline.store(id, &record)).await
    }

    async fn get_many(&self, ids: &[u64]) -> Result<usize> {
        let asked = ids.to_vec();
        let found = self.hop(move |inline| inline.find_all(&asked)).await?;
        Ok(right(ids, &found))
    }
}

/// Returns how many ids have their record.
fn right<R: Record>(ids: &[u64], found: &[Option<R>]) -> usize {
    let is_right = |(id, found): (&u64, &Option<R>)| {
        found.as_ref().is_some_and(|record| record.number() == *id)
    };
    ids.iter().zip(found).filter(|pair| is_right(*pair)).count()
}

fn key<R: Record>(id: u64) -> String {
    format!("{}:{id}", R::DOMAIN)
}

fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    let (record, _) = bincode::serde::decode_from_slice(bytes, standard())?;
    Ok(record)
}
