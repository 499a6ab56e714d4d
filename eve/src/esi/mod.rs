//! A client for ESI, EVE Online's public HTTP interface.
//!
//! One [`EsiClient`] and its clones share a connection pool, a count of requests and, above all, one *error budget*:
//! ESI allows a hundred answers other than 2xx and 3xx per minute and then shuts everybody out of everything. The
//! client reads what is left of the budget from each answer, lets no more calls go out than could all fail without
//! passing [`EsiConfig::error_floor`], and otherwise waits for the next minute. Once ESI does shut it out (420, or 429
//! on newer routes), it sends nothing until the time that ESI named has passed.
//!
//! What is not here on purpose: no cache and no de-duplication of equal calls (the cache in front does both), no pages,
//! no logged-in routes.

mod answer;
mod body;
mod budget;
mod call;
mod client;
mod config;
mod error;
mod headers;
mod lookup;
mod requests;
mod retry;
mod route;
#[cfg(feature = "tls")]
mod tls;

pub use answer::{EsiAnswer, Validators};
pub use client::EsiClient;
pub use config::EsiConfig;
pub use error::{EsiError, EsiErrorKind};
pub use lookup::Lookup;
pub use requests::RequestCounts;
