//! Hits of a stack on a Redis server: two stacks take turns on it.

use std::sync::Arc;

use backend_redis::{RedisBackend, RedisConfig, Server as Address, Topology};
use cache_core::{
    AnyBackend, Backend, CodecKind, Condition, Entry, Epoch, Found, Judge, Key, Payload, Space,
};

use super::hit::{meta, space};
use super::stacks::{Stack, Store};
use crate::Result;
use crate::on_redis::{DEADLINE, HOST, Server};
use crate::pairs::Side;
use crate::pilot::Pilot;

/// A stack over a connection of its own.
#[derive(Clone)]
pub(super) struct OnRedis {
    store: AnyBackend,
    space: Space,
}

impl OnRedis {
    /// Makes a stack. It connects with its first call.
    ///
    /// # Errors
    /// If the backend cannot be made.
    pub(super) fn new(stack: &Stack, server: &Server) -> Result<Self> {
        let mut config = RedisConfig::default();
        config.topology = Topology::Alone(Address::new(HOST, server.port()));
        config.deadline = DEADLINE;
        let redis = RedisBackend::new(&config, Judge::default())?;
        Ok(Self {
            store: (stack.erase)(Store::Redis(redis)),
            space: space(stack)?,
        })
    }

    fn key<'a>(&'a self, id: &'a [u8; 8]) -> Result<Key<'a>> {
        Ok(Key::new(&self.space, Epoch::UNVERSIONED, id)?)
    }
}

impl Side<Pilot> for OnRedis {
    async fn get(&self, id: u64) -> Result<Option<u64>> {
        let id = id.to_be_bytes();
        number_in(self.store.get(self.key(&id)?).await?)
    }

    async fn put(&self, id: u64, record: &Arc<Pilot>) -> Result {
        let id = id.to_be_bytes();
        let bytes = CodecKind::Bincode.encode(&**record)?;
        let entry = Entry::encoded(meta(), CodecKind::Bincode, bytes.into());
        let key = self.key(&id)?;
        self.store.put(key, entry, Condition::Always).await?;
        Ok(())
    }

    async fn get_many(&self, ids: &[u64]) -> Result<usize> {
        let spelt: Vec<[u8; 8]> = ids.iter().map(|id| id.to_be_bytes()).collect();
        let keys: Vec<Key<'_>> = spelt.iter().map(|id| self.key(id)).collect::<Result<_>>()?;
        let found = self.store.get_many(&keys).await;
        let mut right = 0;
        for (id, found) in ids.iter().zip(found) {
            right += usize::from(number_in(found?)? == Some(*id));
        }
        Ok(right)
    }
}

/// Decodes what was found, as whoever asks for a value does.
fn number_in(found: Found) -> Result<Option<u64>> {
    let Found::Entry(Entry {
        payload: Payload::Encoded(bytes),
        ..
    }) = found
    else {
        return Ok(None);
    };
    let pilot: Pilot = CodecKind::Bincode.decode(&bytes)?;
    Ok(Some(pilot.number))
}
