//! Redis by hand: `GET` and decode, `SET .. PX` on a miss, over the connection that finds its server again.

use std::sync::Arc;
use std::time::Duration;

use eve::Id;
use redis::aio::ConnectionManager;
use redis::cmd;

use super::super::kinds::Body;
use super::super::service::{Service, Tally};
use super::super::upstream::Upstream;
use super::{absent_ttl, decode, encode_into, key, life};
use crate::Result;

pub(in super::super) struct RedisByHand {
    connection: ConnectionManager,
    absent: Duration,
    upstream: Arc<Upstream>,
}

impl RedisByHand {
    pub(in super::super) fn new(connection: ConnectionManager, upstream: &Arc<Upstream>) -> Self {
        Self {
            connection,
            absent: absent_ttl(),
            upstream: Arc::clone(upstream),
        }
    }
}

impl Service for RedisByHand {
    type Value<T: Body> = T;

    async fn find<T: Body>(&self, id: Id) -> Result<Option<T>> {
        let (mut connection, key) = (self.connection.clone(), key::<T>(id));
        let mut get = cmd("GET");
        get.arg(&key);
        let bytes: Option<Vec<u8>> = get.query_async(&mut connection).await?;
        if let Some(bytes) = bytes {
            return decode(&bytes);
        }
        let value = self.upstream.load::<T>(id);
        let life = life(value.as_ref(), self.absent).as_millis();
        let bytes = encode_into(Vec::new(), value.as_ref())?;
        let mut set = cmd("SET");
        set.arg(&key).arg(bytes).arg("PX").arg(u64::try_from(life)?);
        set.query_async::<()>(&mut connection).await?;
        Ok(value)
    }

    async fn end(self, _: &Tally) -> Result {
        Ok(())
    }
}
