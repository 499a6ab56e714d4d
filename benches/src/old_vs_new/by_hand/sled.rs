//! sled by hand: `get`, a header that says when the value ends, decode; `insert` on a miss. Both run on the thread of the
//! caller, as a call of a library without futures does.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eve::Id;
use sled::Db;

use super::super::kinds::Body;
use super::super::service::{Service, Tally};
use super::super::upstream::Upstream;
use super::{absent_ttl, decode, encode_into, key, life};
use crate::Result;
use crate::on_sled::Dirs;

/// The bytes of the header: milliseconds since the Unix epoch, big endian.
const HEADER: usize = 8;

/// The database, and the directory that goes with it.
pub(in super::super) struct SledByHand {
    db: Db,
    absent: Duration,
    upstream: Arc<Upstream>,
    _dirs: Dirs,
}

impl SledByHand {
    pub(in super::super) fn new(db: Db, upstream: &Arc<Upstream>, dirs: Dirs) -> Self {
        Self {
            db,
            absent: absent_ttl(),
            upstream: Arc::clone(upstream),
            _dirs: dirs,
        }
    }
}

impl Service for SledByHand {
    type Value<T: Body> = T;

    async fn find<T: Body>(&self, id: Id) -> Result<Option<T>> {
        let (key, now) = (key::<T>(id), now()?);
        if let Some(bytes) = self.db.get(&key)?
            && let Some((end, bytes)) = bytes.split_first_chunk::<HEADER>()
            && now < u64::from_be_bytes(*end)
        {
            return decode(bytes);
        }
        let value = self.upstream.load::<T>(id);
        let life = life(value.as_ref(), self.absent).as_millis();
        let end = now.saturating_add(u64::try_from(life)?);
        let bytes = encode_into(end.to_be_bytes().to_vec(), value.as_ref())?;
        self.db.insert(key, bytes)?;
        Ok(value)
    }

    async fn end(self, _: &Tally) -> Result {
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "by hand, the clock is the system's"
)]
fn now() -> Result<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}
