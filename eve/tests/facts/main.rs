//! What the crate promises, told through its public interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, in its helpers too"
)]

mod answers;
mod bodies;
mod budget;
mod canned;
mod day;
mod files;
mod refusals;
mod retries;
mod shutdown;
mod support;
