#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod lookup;
pub mod report;
pub mod values;
