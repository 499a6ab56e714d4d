//! The old side: what is written by hand where there is no facade. A key by `format!`, the library, a time to live, the codec
//! where the library keeps bytes, and on a miss the upstream. That there is no such entity is kept too, for as long as the
//! facade keeps it: else the two would not ask the upstream equally often.
//!
//! There is no single flight, no fence against values that were changed meanwhile, no deadline of its own, no statistics.

mod moka;
mod redis;
mod sled;

use std::time::Duration;

use bincode::config::standard;
use cache_facade::config::CacheConfig;

use super::kinds::{Body, ttl};
use crate::Result;

pub(super) use self::moka::MokaByHand;
pub(super) use self::redis::RedisByHand;
pub(super) use self::sled::SledByHand;

/// How long what is absent is kept, where a type does not say so.
fn absent_ttl() -> Duration {
    CacheConfig::default().negative_ttl
}

/// How long this is kept.
fn life<T: Body>(value: Option<&T>, absent: Duration) -> Duration {
    if value.is_some() { ttl::<T>() } else { absent }
}

fn key<T: Body>(id: eve::Id) -> String {
    format!("{}:{id}", T::DOMAIN)
}

fn encode_into<T: Body>(mut bytes: Vec<u8>, value: Option<&T>) -> Result<Vec<u8>> {
    bincode::serde::encode_into_std_write(value, &mut bytes, standard())?;
    Ok(bytes)
}

fn decode<T: Body>(bytes: &[u8]) -> Result<Option<T>> {
    let (value, _) = bincode::serde::decode_from_slice(bytes, standard())?;
    Ok(value)
}
