#![doc = include_str!("../README.md")]

pub mod cache;
pub mod esi;
pub mod killmail;
pub mod model;
pub mod standin;

mod json_fault;
mod kind;

pub use json_fault::JsonFault;
pub use kind::{Id, Kind};
