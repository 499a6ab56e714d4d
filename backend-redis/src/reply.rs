//! What the server's replies mean.

use cache_core::envelope::{HEADER_BYTES, Header};
use cache_core::{Operation, Put, Removed, Result, Stamp};
use redis::Value;

use crate::error;

/// Reads the reply to a `GET`: the value's own bytes, or nothing.
pub(crate) fn bytes(answer: Value, operation: Operation) -> Result<Option<Vec<u8>>> {
    match answer {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        _ => Err(error::strange(operation)),
    }
}

/// Reads the reply to a `SET` or to a script that stores under a condition: stored, refused by the entry of this header,
/// or refused by what cannot be read.
pub(crate) fn put(answer: Value, stamp: Stamp, operation: Operation) -> Result<Put> {
    match answer {
        Value::Okay | Value::Int(1) => Ok(Put::Stored(stamp)),
        Value::Int(0) => Ok(Put::Refused(None)),
        Value::BulkString(head) => {
            let head = head.first_chunk::<HEADER_BYTES>();
            let header = head.and_then(|head| Header::from_bytes(head).ok());
            let header = header.ok_or_else(|| error::strange(operation))?;
            Ok(Put::Refused(Some(header.meta)))
        }
        _ => Err(error::strange(operation)),
    }
}

/// Reads the number of keys that were removed, of one.
pub(crate) fn removed(answer: &Value, operation: Operation) -> Result<Removed> {
    match answer {
        Value::Int(0) => Ok(Removed::Missing),
        Value::Int(_) => Ok(Removed::Existed),
        _ => Err(error::strange(operation)),
    }
}
