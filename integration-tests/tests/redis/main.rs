//! The suite of the testkit on every kind of Redis: one server, a cluster, the master that sentinels watch, and a server that
//! speaks TLS alone and limits its user.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test asserts")]

mod setup;

mod alone;
mod cluster;
mod sentinel;
mod tls;
mod valkey;

mod foreign;
mod gathered;
mod refused;
mod siblings;
