//! sled as a process meets it: killed while it writes, damaged files, a second process, a disk that is full or read-only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod child;
mod crash;
