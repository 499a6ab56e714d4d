//! Keys that no cache wrote: for tools that take over what an application kept on the same servers by hand.
//!
//! They have no envelope, so nothing here goes through a [`Backend`](cache_core::Backend); and nothing here stores.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Operation, Result};
use futures_util::TryStreamExt;
use futures_util::stream::Stream;
use redis::{Cmd, Value};

use crate::config::RedisConfig;
use crate::exchange::Answer;
use crate::failure::Failure;
use crate::link::Link;
use crate::{script, walk};

/// The keys of the servers as they are, whoever wrote them.
///
/// It connects with its first call, from inside a tokio runtime, on connections of its own. Every call ends within
/// [`RedisConfig::deadline`]; a walk makes many.
///
/// # Example
/// ```no_run
/// use std::pin::pin;
/// use backend_redis::{ForeignKeys, RedisConfig};
/// use futures_util::TryStreamExt;
/// # async fn example() -> Result<(), cache_core::Error> {
/// let foreign = ForeignKeys::new(&RedisConfig::default())?;
/// let mut pages = pin!(foreign.keys(b"esi:character:"));
/// while let Some(page) = pages.try_next().await? {
///     let keys: Vec<&[u8]> = page.iter().map(Vec::as_slice).collect();
///     for found in foreign.read(&keys, 64 << 10).await {
///         println!("{:?}", found?);
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ForeignKeys {
    link: Link,
    max_payload: usize,
}

/// What stands under a key that no cache wrote.
#[derive(Clone, PartialEq, Eq)]
pub enum ForeignValue {
    /// A string.
    String {
        /// Its bytes.
        bytes: Bytes,
        /// How long it stays, to the millisecond; `None` for ever.
        left: Option<Duration>,
    },
    /// A string that is longer than was asked for, and was not read.
    Longer {
        /// Its length in bytes.
        length: u64,
    },
    /// A list, a hash or the like.
    OtherKind,
    /// Nothing.
    Absent,
}

impl fmt::Debug for ForeignValue {
    /// Says of what form it is, never what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String { bytes, left } => write!(f, "String({} bytes, {left:?})", bytes.len()),
            Self::Longer { length } => write!(f, "Longer({length} bytes)"),
            Self::OtherKind => f.write_str("OtherKind"),
            Self::Absent => f.write_str("Absent"),
        }
    }
}

/// What a removal met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignRemoved {
    /// What had been seen; it is gone.
    Removed,
    /// Something else, which stays.
    Changed,
    /// Nothing.
    Missing,
}

impl ForeignKeys {
    /// Makes the door of a configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn new(config: &RedisConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            link: Link::new(config)?,
            max_payload: usize::try_from(config.max_payload).unwrap_or(usize::MAX),
        })
    }

    /// Returns the size above which no string is read, in bytes: [`RedisConfig::max_payload`].
    #[must_use]
    pub fn max_payload(&self) -> usize {
        self.max_payload
    }

    /// Lists the keys that begin with these bytes, some 256 at a time, from all servers in charge: each key that stays
    /// during the whole walk at least once. The servers look at all of their keys for it, in many short steps.
    ///
    /// In a cluster it may miss keys of a slot that is on its way between servers during the walk: list them again once none is.
    ///
    /// # Errors
    /// The stream yields one, and ends, if a server does not answer.
    pub fn keys<'a>(
        &'a self,
        prefix: &[u8],
    ) -> impl Stream<Item = Result<Vec<Vec<u8>>>> + Send + use<'a> {
        walk::keys(&self.link, pattern(prefix)).map_err(|failure| failure.error(Operation::Scan))
    }

    /// Reads strings of at most `limit` bytes, with the time they have left: a result per key, in order, each of one moment;
    /// one round trip to each server. Never more than [`Self::max_payload`] bytes are read of one key.
    ///
    /// # Errors
    /// Per key, if its server does not answer.
    pub async fn read(&self, keys: &[&[u8]], limit: usize) -> Vec<Result<ForeignValue>> {
        let limit = limit.min(self.max_payload);
        let calls = keys.iter().map(|key| {
            let mut call = script::FOREIGN_READ.call_on(*key);
            call.arg(limit);
            call
        });
        self.ask(calls.collect(), Operation::GetMany, value).await
    }

    /// Removes the keys under which still stands what was seen there, given as pairs of key and bytes: a result per pair, in
    /// order.
    ///
    /// # Errors
    /// Per key, if its server does not answer.
    pub async fn remove(&self, seen: &[(&[u8], &[u8])]) -> Vec<Result<ForeignRemoved>> {
        let calls = seen.iter().map(|(key, bytes)| {
            let mut call = script::FOREIGN_REMOVE.call_on(*key);
            call.arg(*bytes);
            call
        });
        self.ask(calls.collect(), Operation::RemoveMany, removed)
            .await
    }

    async fn ask<T>(
        &self,
        calls: Vec<Cmd>,
        operation: Operation,
        read: fn(Value) -> Result<T, Failure>,
    ) -> Vec<Result<T>> {
        let answers = self.link.send_many(calls).await.into_iter();
        let read = |answer: Answer| answer.and_then(read);
        answers
            .map(|answer| read(answer).map_err(|failure| failure.error(operation)))
            .collect()
    }
}

/// Spells the pattern that all keys match, and no others, that begin with a prefix.
fn pattern(prefix: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for &byte in prefix {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern.push(b'*');
    pattern
}

/// Reads the reply of `lua/foreign_read.lua`.
fn value(answer: Value) -> Result<ForeignValue, Failure> {
    Ok(match answer {
        Value::Nil => ForeignValue::Absent,
        Value::BulkString(_) => ForeignValue::OtherKind,
        Value::Int(length) => ForeignValue::Longer {
            length: u64::try_from(length).map_err(|_| Failure::Strange)?,
        },
        Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
            Ok([Value::BulkString(bytes), Value::Int(left)]) => ForeignValue::String {
                bytes: bytes.into(),
                // Below zero: without an end.
                left: u64::try_from(left).ok().map(Duration::from_millis),
            },
            _ => return Err(Failure::Strange),
        },
        _ => return Err(Failure::Strange),
    })
}

/// Reads the reply of `lua/foreign_remove.lua`.
#[expect(clippy::needless_pass_by_value, reason = "of the same form as `value`")]
fn removed(answer: Value) -> Result<ForeignRemoved, Failure> {
    match answer {
        Value::Int(1) => Ok(ForeignRemoved::Removed),
        Value::Int(0) => Ok(ForeignRemoved::Missing),
        Value::Int(2) => Ok(ForeignRemoved::Changed),
        _ => Err(Failure::Strange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_means_itself() {
        assert_eq!(pattern(b"esi:character:"), b"esi:character:*");
        assert_eq!(pattern(b"a*b?[c]\\"), b"a\\*b\\?\\[c\\]\\\\*");
        assert_eq!(pattern(b""), b"*");
    }

    #[test]
    fn what_is_no_such_reply_is_refused() {
        for answer in [
            Value::Int(-1),
            Value::Okay,
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![Value::Nil, Value::Int(1)]),
        ] {
            assert!(value(answer.clone()).is_err(), "{answer:?}");
        }
        assert!(removed(Value::Int(3)).is_err());
        assert!(removed(Value::Nil).is_err());
    }

    #[test]
    fn no_value_is_shown() {
        let shown = ForeignValue::String {
            bytes: "hunter2".into(),
            left: None,
        };
        assert_eq!(format!("{shown:?}"), "String(7 bytes, None)");
    }
}
