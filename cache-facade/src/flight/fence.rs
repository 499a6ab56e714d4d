//! The fence around a change: fence, act, and fence once more before answering.
//!
//! The first pass stops loads that began before the change. The second is for flights that opened in between: their leaders
//! may have read the old value before the change reached the store, so nobody may join them after the answer. Fencing
//! twice, publishing conditionally and leaving the table before the end are all needed; any two are not enough.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use cache_core::{Key, Scope};
use futures_util::future::{Either, select};

use super::flight::Flight;
use super::table::FlightTable;

/// How long to wait for leaders that are publishing.
pub(crate) trait Patience: Send {
    /// Ends when the patience has run out; ends at once when asked again after that.
    fn run_out(&mut self) -> impl Future<Output = ()> + Send;
}

/// What is about to change.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    Keys(&'a [Key<'a>]),
    Scope(Scope<'a>),
}

/// Acts on a target with its flights fenced before and after.
///
/// Returns what the act answered, and whether all leaders ended in time. If not, a value that was loaded before may still be
/// published: the caller has to answer `Timeout`.
pub(crate) async fn fenced<R: Clone + Send, O>(
    flights: &FlightTable<R>,
    target: Target<'_>,
    patience: &mut impl Patience,
    act: impl Future<Output = O> + Send,
) -> (O, bool) {
    let before = pass(flights, target, patience).await;
    let outcome = act.await;
    let after = pass(flights, target, patience).await;
    (outcome, before && after)
}

async fn pass<R: Clone + Send>(
    flights: &FlightTable<R>,
    target: Target<'_>,
    patience: &mut impl Patience,
) -> bool {
    let mut in_time = true;
    match target {
        Target::Keys(keys) => {
            for &key in keys {
                while let Some(publishing) = flights.fence(key) {
                    if !ends_in_time(&publishing, patience).await {
                        in_time = false;
                        break;
                    }
                }
            }
        }
        Target::Scope(scope) => {
            while in_time {
                let publishing = flights.fence_scope(&scope);
                if publishing.is_empty() {
                    break;
                }
                for flight in publishing {
                    in_time &= ends_in_time(&flight, patience).await;
                }
            }
        }
    }
    in_time
}

async fn ends_in_time<R: Clone + Send>(
    flight: &Arc<Flight<R>>,
    patience: &mut impl Patience,
) -> bool {
    let end = pin!(flight.closed());
    let run_out = pin!(patience.run_out());
    matches!(select(end, run_out).await, Either::Left(_))
}
