//! The fence across processes, in processes: two nodes that share nothing but one Redis server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod node;

mod changes;
mod ends;
mod loads;
