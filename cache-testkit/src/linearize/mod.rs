//! A linearizability checker for one key: what threads saw while they wrote at the same time must be explained by some
//! order of the operations, each at one moment between its call and its answer.
//!
//! The search goes through the orders as Wing and Gong do ("Testing and verifying concurrent objects", 1993), and
//! remembers which sets of operations with which outcome led nowhere, as Lowe does ("Testing for linearizability", 2017).

mod history;
mod play;
mod register;
mod run;
mod search;

pub use self::history::{Answer, Call, History, Step, Value};
pub use self::run::{check, run};
pub use self::search::is_linearizable;
