//! The synchronisation that flight and fence use, behind one door: the schedule explorer in `tests/` compiles the same files
//! with its own door, and so decides who runs when.

pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};
