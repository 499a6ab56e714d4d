#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod timings;

mod op;
mod tier;

mod metered;

pub use metered::{Metered, MeteredLayer, SAMPLED};
pub use tier::Tier;
pub use timings::{Latency, Timings};
