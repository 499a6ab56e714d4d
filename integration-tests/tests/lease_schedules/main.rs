//! The fence across processes, explored: every schedule of nodes that load an id and of one that changes it, over a real
//! Redis server. Only the chosen node moves, up to its next operation on the store, so a schedule is the same every time.
//!
//! With the leases switched off, or with a publish that is stored whatever stands there, or with renewals that get lost,
//! the same exploration finds what goes wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod change;
mod explore;
mod ground;
mod node;
mod oracle;
mod run;

mod changes;
mod lengths;
mod twins;
