//! Rollouts: releases of one service, each a process of a program of its own, on one Redis, with the traffic of real kills.
//!
//! The tests named `soak_` play a part of the carried day. With `CACHE_SOAK=1` they play for ten minutes; `ROLLOUT_KILLS` then
//! names a folder whose files (`*.jsonl` or `*.jsonl.zst`, in the order of their names) are played in place of the carried day.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod build;
mod figures;
mod kills;
mod service;
mod writes;

mod lie;
mod major;
mod patch;

/// Whether the full counts are asked for.
fn is_soak() -> bool {
    std::env::var_os("CACHE_SOAK").is_some_and(|value| value == "1")
}
