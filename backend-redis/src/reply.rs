//! What the server's replies mean.

use cache_core::envelope::{HEADER_BYTES, Header};
use cache_core::{Put, Removed, Result, Stamp};
use redis::Value;

use crate::failure::Failure;

/// Reads the reply to a `GET`: the value's own bytes, or nothing.
pub(crate) fn bytes(answer: Value) -> Result<Option<Vec<u8>>, Failure> {
    match answer {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        _ => Err(Failure::Strange),
    }
}

/// Reads the reply to a `SET` or to a script that stores under a condition: stored, refused by the entry of this header,
/// or refused by what cannot be read.
pub(crate) fn put(answer: Value, stamp: Stamp) -> Result<Put, Failure> {
    match answer {
        Value::Okay | Value::Int(1) => Ok(Put::Stored(stamp)),
        Value::Int(0) => Ok(Put::Refused(None)),
        Value::BulkString(head) => {
            let head = head.first_chunk::<HEADER_BYTES>();
            let header = head.and_then(|head| Header::from_bytes(head).ok());
            let header = header.ok_or(Failure::Strange)?;
            Ok(Put::Refused(Some(header.meta)))
        }
        _ => Err(Failure::Strange),
    }
}

/// Reads the number of keys that were removed, of one.
pub(crate) fn removed(answer: &Value) -> Result<Removed, Failure> {
    match answer {
        Value::Int(0) => Ok(Removed::Missing),
        Value::Int(_) => Ok(Removed::Existed),
        _ => Err(Failure::Strange),
    }
}
