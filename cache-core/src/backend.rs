//! The behaviour that every store has. What each operation means in every edge case is in `docs/semantics.md`; the suite
//! in `cache-testkit` runs it.

use std::future::Future;
use std::time::Duration;

use futures_core::Stream;

use crate::{
    BackendInfo, Condition, Counters, Entry, Found, Key, Meta, Page, Put, Removed, Result, Scope,
    Stamp, Stats,
};

/// One put of a batch.
#[derive(Clone, Debug)]
pub struct PutItem<'a> {
    /// Where to.
    pub key: Key<'a>,
    /// What.
    pub entry: Entry,
    /// When it is stored.
    pub when: Condition,
}

/// A store of entries.
///
/// # Contract
/// * Times are judged by the entry's own stamps through a [`crate::Judge`], on reads and in conditions, never by the
///   store's own expiry, which only bounds memory.
/// * A put with its times is one atomic step, and so is a conditional put. Conditions are required of every backend.
/// * A miss is a value ([`Found::Absent`], [`Found::Dead`], [`Found::Unreadable`]); an error means that the question could
///   not be answered. What cannot be read stays stored.
/// * A power that is not declared in [`BackendInfo::capabilities`] answers `Unsupported`.
/// * After `close`, every call answers `Closed`.
///
/// Authors write plain `async fn`. No method but `get_now` has a default, so that no wrapper forgets to forward one; the
/// loops for stores without native batches are functions in [`crate::loops`].
///
/// # Cancellation
/// A dropped write may or may not have taken effect, now or later; it never takes effect in part.
pub trait Backend: Send + Sync + 'static {
    /// Returns what the backend says about itself.
    fn info(&self) -> &BackendInfo;

    /// Answers at once where that is possible: in-process stores, without a box and without an await.
    ///
    /// `None` means that only [`Backend::get`] can tell (a byte store, a closed store, any error), and nothing has been
    /// counted; `Some(Found::Absent)` is final.
    fn get_now(&self, key: Key<'_>) -> Option<Found> {
        let _ = key;
        None
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn get(&self, key: Key<'_>) -> impl Future<Output = Result<Found>> + Send;

    /// Stores an entry under a condition, value and times in one step.
    ///
    /// # Behavior
    /// Replaces whatever stood there as a whole; nothing of the old entry survives. The stamp was made by the writer.
    ///
    /// # Errors
    /// `TooLarge` over the configured size: nothing was stored. Otherwise if the store cannot answer.
    fn put(
        &self,
        key: Key<'_>,
        entry: Entry,
        when: Condition,
    ) -> impl Future<Output = Result<Put>> + Send;

    /// Removes what stands there, entry or lease; with a stamp, only exactly that.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn remove(
        &self,
        key: Key<'_>,
        only: Option<Stamp>,
    ) -> impl Future<Output = Result<Removed>> + Send;

    /// Reads a live entry's meta, without its payload.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn head(&self, key: Key<'_>) -> impl Future<Output = Result<Option<Meta>>> + Send;

    /// Replaces times, stamp and the mark `expired` of exactly the entry or lease `over`, in one step; the payload stays.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn retime(
        &self,
        key: Key<'_>,
        to: Meta,
        over: Stamp,
    ) -> impl Future<Output = Result<Put>> + Send;

    /// Reads entries: a result per key, in the order asked. Needs `Batch`.
    ///
    /// # Behavior
    /// One failing shard does not hide the others; keys may repeat; nothing asked is nothing answered, without a round trip.
    fn get_many(&self, keys: &[Key<'_>]) -> impl Future<Output = Vec<Result<Found>>> + Send;

    /// Stores entries, each under its condition: a result per item, in order. Needs `Batch`.
    fn put_many(&self, items: Vec<PutItem<'_>>) -> impl Future<Output = Vec<Result<Put>>> + Send;

    /// Removes entries: a result per key, in order. Needs `Batch`.
    fn remove_many(&self, keys: &[Key<'_>]) -> impl Future<Output = Vec<Result<Removed>>> + Send;

    /// Removes every entry and lease of a scope, and nothing else; counters stay.
    ///
    /// # Errors
    /// If the store cannot answer. A part may be gone; clearing again is safe.
    fn clear(&self, scope: Scope<'_>) -> impl Future<Output = Result<()>> + Send;

    /// Lists the live entries of a scope in bounded pages. Needs `Scan`.
    ///
    /// # Behavior
    /// A key that lives through the whole scan is listed at least once; concurrent writes are allowed. Not resumable. A store of
    /// several servers may miss a key that moves from one to another meanwhile.
    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a;

    /// Counts the live entries of a scope, by looking at each: slow. Needs `Scan`.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn count(&self, scope: Scope<'_>) -> impl Future<Output = Result<u64>> + Send;

    /// Returns what the store has counted, in constant time.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn stats(&self) -> impl Future<Output = Result<Stats>> + Send;

    /// Measures a round trip.
    ///
    /// # Errors
    /// `Unavailable` if the store cannot be reached.
    fn ping(&self) -> impl Future<Output = Result<Duration>> + Send;

    /// Makes acknowledged writes survive the end of the process, on persistent stores; elsewhere it does nothing.
    ///
    /// # Errors
    /// If the store cannot answer.
    fn flush(&self) -> impl Future<Output = Result<()>> + Send;

    /// Ends background work and connections. Closing again does nothing.
    ///
    /// # Errors
    /// If the store could not end cleanly; it is closed all the same.
    fn close(&self) -> impl Future<Output = Result<()>> + Send;

    /// Returns the counters. `Some` exactly where `Counters` is declared.
    fn counters(&self) -> Option<&dyn Counters>;
}
