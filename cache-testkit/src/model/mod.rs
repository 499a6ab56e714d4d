//! Random operations against a backend and against a plain map with the same semantics: what the backend answers must be
//! what the map allows.
//!
//! The map decides by rules of its own, written down once more and shorter, not by [`cache_core::Judge`]: a fault in the
//! judge would show as well. Where the semantics leave a choice (a dead entry may be swept at any time) it keeps every
//! possibility until an answer rules it out.

mod batches;
mod check;
mod drive;
mod ground;
mod operation;
mod possible;

pub use self::check::{check, run};
