//! sled as a process meets it: killed while it writes, damaged files, a second process, a disk that is full or read-only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test asserts"
)]

mod child;
mod seed;

mod crash;
mod damage;
mod disk;
mod mount;
mod second;
mod slow;
