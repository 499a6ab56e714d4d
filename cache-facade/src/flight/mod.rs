//! Flights: one running load per key, which is also the fence around it.
//!
//! A flight is open while somebody loads its key; everybody who misses the key meanwhile joins. Whoever changes the key
//! fences the flight: a load that began before the change is answered to its own callers and stored nowhere.
//!
//! Everything here uses std atomics, a mutex and wakers only (through `crate::sync`), and no clock and no runtime, so that
//! every schedule can be explored. Not here: deadlines, tasks, counters, values; the facade brings them in.

mod fence;
#[expect(
    clippy::module_inception,
    reason = "the file is named after the one type in it"
)]
mod flight;
mod lead;
mod table;

pub(crate) use fence::{Patience, Target, fenced};
pub(crate) use flight::Flight;
pub(crate) use lead::{Host, Load, Publisher, Reread, lead, publish};
pub(crate) use table::{Entered, FlightTable, Leader};
