#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod timings;

mod op;
mod tier;

mod metered;
mod snapshot;

mod export;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "prometheus")]
mod prometheus;

mod monitor;

pub use export::{BUCKETS, Exporter, Form, METRICS, Metric};
#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
pub use http::Http;
pub use metered::{Metered, MeteredLayer, SAMPLED};
pub use monitor::{
    Alert, AlertEvent, AlertStatus, Figures, Monitor, MonitorConfig, Report, State, Thresholds,
};
#[cfg(feature = "prometheus")]
#[cfg_attr(docsrs, doc(cfg(feature = "prometheus")))]
pub use prometheus::Prometheus;
pub use snapshot::{DomainSnapshot, Snapshot, Source, TierSnapshot};
pub use tier::Tier;
pub use timings::{Latency, Timings};
