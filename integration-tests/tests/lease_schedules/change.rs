//! The changes, each with the truth raised just before.

use std::sync::atomic::Ordering::SeqCst;

use redis::aio::MultiplexedConnection;

use crate::node::{Node, Truth, reading};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Invalidate,
    Put,
    Update,
    Expire,
    Clear,
    /// By a client that knows nothing of the cache.
    Del,
}

impl Change {
    pub(crate) const ALL: [Self; 6] = [
        Self::Invalidate,
        Self::Put,
        Self::Update,
        Self::Expire,
        Self::Clear,
        Self::Del,
    ];

    /// Raises the truth, then changes the id; returns when the change was answered with `Ok`.
    pub(crate) async fn make(self, node: &Node, id: u64, truth: &Truth, raw: &mut Raw) {
        node.actor.step("raise the truth").await;
        truth.store(1, SeqCst);
        let (readings, new) = (&node.readings, reading(1, "C"));
        match self {
            Self::Invalidate => drop(readings.invalidate(id).await.unwrap()),
            Self::Put => readings.put(id, new).await.unwrap(),
            Self::Update => drop(readings.update(id, |_| Some(new.clone())).await.unwrap()),
            Self::Expire => drop(readings.expire(id).await.unwrap()),
            Self::Clear => readings.clear().await.unwrap(),
            Self::Del => {
                node.actor.step("DEL").await;
                raw.delete(id).await;
            }
        }
    }
}

/// A connection below the cache, and how an id is spelt there: the same for all, but for the id at its end.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) prefix: String,
}

impl Raw {
    pub(crate) async fn delete(&mut self, id: u64) {
        let mut delete = redis::cmd("DEL");
        delete.arg(format!("{}{id}", self.prefix));
        let _: u64 = delete.query_async(&mut self.connection).await.unwrap();
    }
}
