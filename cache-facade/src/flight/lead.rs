//! The way of a load through its flight: read again, load, publish under the condition that was read, end.

use std::future::Future;

use cache_core::{Condition, Entry};

use super::flight::Flight;
use super::table::Leader;

/// What the leader found when it read the key again.
pub(crate) enum Reread<R> {
    /// Somebody stored a fresh value meanwhile: nothing to load.
    Fresh(R),
    /// Nothing fresh.
    Load {
        /// What stands there.
        stale: Option<Entry>,
        /// The condition of the publish, as read: over exactly that entry, or over none. `None`: nothing may be stored.
        when: Option<Condition>,
    },
}

/// What a load yielded.
pub(crate) struct Load<R> {
    /// What the callers get.
    pub(crate) answer: R,
    /// What is to be stored, if anything.
    pub(crate) entry: Option<Entry>,
}

/// The parts of a load that are not the flight's business.
pub(crate) trait Host<R>: Send {
    /// Reads the key.
    fn reread(&mut self) -> impl Future<Output = Reread<R>> + Send;

    /// Calls the loader.
    fn load(&mut self, stale: Option<Entry>) -> impl Future<Output = Load<R>> + Send;

    /// Is told that the flight was fenced, so that nothing is stored; cleans up before the callers are answered.
    fn fenced(&mut self) -> impl Future<Output = ()> + Send;
}

/// Where a load is published.
pub(crate) trait Publisher<R>: Sync {
    /// Stores the entry under its condition; ends only when the store has answered. It may answer the flight's callers
    /// before that, never end the flight.
    fn store(
        &self,
        entry: Entry,
        when: Condition,
        answer: &R,
        flight: &Flight<R>,
    ) -> impl Future<Output = ()> + Send;
}

/// A load that won the right to publish. Its flight is publishing until [`publish`] has ended, so it must be run in a task
/// that no caller can drop.
pub(crate) struct Publication<R> {
    leader: Leader<R>,
    entry: Entry,
    when: Condition,
    answer: R,
}

/// Leads a flight until there is something to publish, or to its end.
pub(crate) async fn lead<R: Send + Sync>(
    leader: Leader<R>,
    host: &mut impl Host<R>,
) -> Option<Publication<R>> {
    let (stale, when) = match host.reread().await {
        Reread::Fresh(answer) => {
            leader.finish(answer);
            return None;
        }
        Reread::Load { stale, when } => (stale, when),
    };
    let Load { answer, entry } = host.load(stale).await;
    if let (Some(entry), Some(when)) = (entry, when) {
        if leader.flight().begin_publish() {
            return Some(Publication {
                leader,
                entry,
                when,
                answer,
            });
        }
        host.fenced().await;
    }
    leader.finish(answer);
    None
}

/// Publishes a load and ends its flight.
pub(crate) async fn publish<R: Send + Sync>(publication: Publication<R>, to: &impl Publisher<R>) {
    let Publication {
        leader,
        entry,
        when,
        answer,
    } = publication;
    to.store(entry, when, &answer, leader.flight()).await;
    leader.finish(answer);
}
