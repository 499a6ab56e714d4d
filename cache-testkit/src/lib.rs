#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
mod failure;
mod setup;

mod harness;
mod opened;
mod rng;
mod values;

pub mod conformance;
pub mod linearize;
pub mod model;

mod faulty;
mod memory;
mod recorder;
mod yielding;

pub use clock::{ManualClock, PausedClock};
pub use failure::{Failure, Outcome};
pub use faulty::{Fault, FaultLayer, Faults, Faulty, Gate};
pub use memory::{MemoryBackend, MemoryDisk};
pub use recorder::{EventRecorder, RecordedEvent};
pub use setup::{Env, Raw, Setup};
pub use yielding::Yielding;
