//! What a side of a pair can do, and what it is asked to.

use std::future::Future;
use std::sync::Arc;

use super::record::Record;
use crate::Result;

/// How many ids a batch asks for.
pub(crate) const BATCH: usize = 100;

/// One way to a store, for records of one type. Each task has a clone.
pub(crate) trait Side<R: Record>: Clone + Send + Sync + 'static {
    /// Reads a record and returns the number in it.
    fn get(&self, id: u64) -> impl Future<Output = Result<Option<u64>>> + Send;

    /// Stores a record for an hour.
    fn put(&self, id: u64, record: &Arc<R>) -> impl Future<Output = Result> + Send;

    /// Reads records in one question, and returns how many of them were the right ones.
    fn get_many(&self, ids: &[u64]) -> impl Future<Output = Result<usize>> + Send;
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Get,
    Put,
    GetMany,
}

impl Operation {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::GetMany => "get_many_100",
        }
    }
}

/// What is asked, and by how many tasks at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) operation: Operation,
    pub(crate) tasks: usize,
}

impl Operation {
    /// Lets one task ask so often, from a place of the stock on; returns how often the answer was right.
    ///
    /// # Errors
    /// Whatever the store answers.
    pub(super) async fn ask<R: Record, S: Side<R>>(
        self,
        side: &S,
        stock: &super::Stock<R>,
        from: usize,
        times: usize,
    ) -> Result<usize> {
        let mut right = 0;
        for place in from..from + times {
            let Some((id, record)) = stock.at(place) else {
                continue;
            };
            right += match self {
                Self::Get => usize::from(side.get(id).await? == Some(id)),
                Self::Put => side.put(id, record).await.map(|()| 1)?,
                Self::GetMany => {
                    let found = side.get_many(stock.batch_at(place)).await?;
                    usize::from(found == BATCH)
                }
            };
        }
        Ok(right)
    }
}
