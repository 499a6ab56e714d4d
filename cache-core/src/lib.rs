#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod error;

mod clock;
mod judge;
mod stamp;
mod ttl;

pub mod address;
mod key;
mod key_part;
mod scope;
mod space;

mod entry;
pub mod envelope;
mod extension;
mod found;
mod meta;
mod object;
mod shared;

pub mod codec;
pub mod schema;

mod backend;
mod counters;
mod erased;
mod info;
mod layer;
pub mod loops;
mod pages;

mod domain_stats;
mod event;
pub mod slots;
pub mod striped;

pub mod duration_text;
mod secret;

pub use backend::{Backend, PutItem};
pub use clock::{Clock, SystemClock, Timestamp};
pub use codec::CodecKind;
pub use counters::Counters;
pub use domain_stats::{DomainStats, InvalidationCounts, MissCounts};
pub use entry::{Entry, Payload};
pub use erased::AnyBackend;
pub use error::{Error, ErrorKind, Operation, Result};
pub use event::{Event, EventKind, EvictionCause, Observer, ReadOutcome, Sampling};
pub use extension::Extensions;
pub use found::{Condition, Found, Put, Reason, Removed};
pub use futures_core::Stream;
pub use info::{BackendInfo, Capabilities, Capability, PayloadForm, ServerWide, Stats};
pub use judge::{Judge, Life};
pub use key::{Epoch, Key, MAX_ID_BYTES, OwnedKey};
pub use key_part::{IdBuf, KeyPart};
pub use layer::Layer;
pub use meta::{Flags, Meta};
pub use object::Object;
pub use pages::{Page, Pages};
pub use schema::Schema;
pub use scope::Scope;
pub use secret::Secret;
pub use shared::{AnyShared, Shared};
pub use space::{RESERVED_DOMAIN, Space};
pub use stamp::Stamp;
pub use ttl::{Lifetime, MAX_TTL, Ttl};
