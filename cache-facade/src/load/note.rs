//! One call of a loader, as counts, timings and observers are told of it: at its start, and at its end, however it ends.

use std::sync::Arc;

use cache_core::{EventKind, OwnedKey, Result};

use crate::core::Answer;
use crate::counters::Count;
use crate::flight::Load;
use crate::inner::Inner;
use crate::metered::Stopwatch;

/// A call under way. Dropped before its end, it counts as one that did not end.
pub(super) struct LoadNote<T: Send + Sync + 'static> {
    inner: Arc<Inner<T>>,
    key: OwnedKey,
    watch: Stopwatch,
    count: Count,
}

impl<T: Send + Sync + 'static> LoadNote<T> {
    pub(super) fn begin(inner: &Arc<Inner<T>>, key: &OwnedKey) -> Self {
        inner.counts.add(Count::Loads);
        let observers = &inner.core.observers;
        observers.tell(Some(key.as_key()), EventKind::LoadStarted);
        Self {
            inner: Arc::clone(inner),
            key: key.clone(),
            watch: Stopwatch::start(),
            count: Count::LoadErrors,
        }
    }

    pub(super) fn end(mut self, loaded: &Result<Load<Answer>>) {
        if let Ok(Load {
            answer: Ok(held), ..
        }) = loaded
        {
            self.count = if held.value.is_some() {
                Count::LoadValues
            } else {
                Count::LoadAbsents
            };
        }
    }
}

impl<T: Send + Sync + 'static> Drop for LoadNote<T> {
    fn drop(&mut self) {
        self.inner.counts.add(self.count);
        self.watch.stop(&self.inner.counts.load_times);
        let is_ok = !matches!(self.count, Count::LoadErrors);
        let observers = &self.inner.core.observers;
        observers.tell(Some(self.key.as_key()), EventKind::LoadEnded(is_ok));
    }
}
