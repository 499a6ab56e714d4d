//! Counters: the window and the addition in one transaction. Apart, a window that ends between the two would leave a counter
//! without an end.

use std::time::Duration;

use async_trait::async_trait;
use cache_core::{Counters, Key, Operation, Result, address};
use redis::{Value, cmd};

use crate::RedisBackend;
use crate::error;

/// The longest window, in milliseconds: a hundred years. The server adds it to its clock in 64 bits.
const LONGEST_WINDOW: u128 = 100 * 365 * 86_400_000;

#[async_trait]
impl Counters for RedisBackend {
    async fn add(&self, key: Key<'_>, by: i64, window: Duration) -> Result<i64> {
        let (operation, link) = (Operation::Add, &self.shared.link);
        link.open().map_err(|failure| failure.error(operation))?;
        if window.is_zero() {
            return Err(error::zero_window());
        }
        let millis = window.as_nanos().div_ceil(1_000_000).min(LONGEST_WINDOW);
        let address = address::counter(&key);
        let mut set = cmd("SET");
        set.arg(&address)
            .arg(0)
            .arg("PX")
            .arg(millis.to_string())
            .arg("NX");
        let mut add = cmd("INCRBY");
        add.arg(&address).arg(by);
        let whole = vec![cmd("MULTI"), set, add, cmd("EXEC")];
        let done = link.transact(whole).await;
        match done.map_err(|failure| failure.error(operation))? {
            Value::Array(results) => match results.as_slice() {
                [_, Value::Int(value)] => Ok(*value),
                _ => Err(error::strange(operation)),
            },
            _ => Err(error::strange(operation)),
        }
    }
}
