#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

// The derives name this crate by its own name, in its own doctests and tests too.
#[allow(unused_extern_crates, reason = "used where something is derived")]
extern crate self as cache_facade;

mod builder;
mod cache;
pub mod config;
mod none;
mod release;
mod spec;
mod stores;

mod cacheable;
pub mod weight;

mod batch;
mod counter;
mod domain;
mod loader;
mod lookup;
mod stats;
mod write;

mod ahead;
mod base;
mod change;
mod core;
mod counters;
mod deadline;
mod flight;
#[cfg(test)]
mod flight_tests;
mod hooks;
#[cfg(feature = "versioning")]
mod inherited_base;
mod inner;
mod load;
mod metered;
#[cfg(feature = "versioning")]
mod migration;
#[cfg(feature = "versioning")]
mod pace;
mod report;
#[cfg(feature = "metrics")]
mod snapshot;
mod sync;
#[cfg(feature = "versioning")]
mod versions;
mod waits;

pub use builder::CacheBuilder;
pub use cache::Cache;
pub use cache_core::{
    Backend, BackendInfo, Capability, Clock, CodecKind, DomainStats, Error, ErrorKind, Event,
    EventKind, Extensions, InvalidationCounts, KeyPart, MissCounts, Observer, Operation,
    ReadOutcome, Removed, Result, Sampling, Schema, Stats, SystemClock, Timestamp, Ttl, schema,
};
#[cfg(feature = "derive")]
#[cfg_attr(docsrs, doc(cfg(feature = "derive")))]
pub use cache_derive::{Cacheable, Schema};
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use cache_metrics as metrics;
pub use cacheable::Cacheable;
pub use counter::Counter;
pub use domain::Domain;
pub use loader::{FnLoader, LoadContext, Loaded, Loader, LoaderError, loader_fn};
pub use lookup::{Cached, Lookup, MissReason};
#[cfg(feature = "versioning")]
#[cfg_attr(docsrs, doc(cfg(feature = "versioning")))]
pub use pace::Pace;
pub use release::release_epoch;
pub use spec::{DomainSpec, domain, objects};
pub use stats::CacheStats;
#[cfg(feature = "versioning")]
#[cfg_attr(docsrs, doc(cfg(feature = "versioning")))]
pub use versions::{
    Action, AddressStatus, Compatibility, Converted, DeployReport, Deployed, HistoryRow,
    HookContext, HookReport, Invalidated, Listed, OnFailure, Purge, PurgeReport, PurgedAddress,
    RollbackReport, SeenRelease, Status, Strategy, Verified, VersionManager, VersionStatus,
    Versioned, VersionedLayer, Watermark,
};
pub use weight::{Weigh, Weight};
pub use write::PutOptions;
