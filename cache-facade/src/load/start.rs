//! How a load is run: in a task of its own, or in its caller's future.

use std::sync::Arc;

use cache_core::Key;

use super::Left;
use super::host::LoadHost;
use crate::core::Answer;
use crate::flight::{Leader, lead, publish};
use crate::inner::Inner;
use crate::loader::Call;

/// A load that goes on after its callers left is dropped after this many times `load_timeout.hard`.
const ABANDON_AFTER: u32 = 4;

/// How a load is run by the caller that leads it.
pub(crate) trait Start<T>: Send {
    /// Runs the load, or starts it.
    fn start(
        self,
        inner: &Arc<Inner<T>>,
        key: Key<'_>,
        leader: Leader<Answer>,
        left: Left,
    ) -> impl Future<Output = ()> + Send;
}

/// In a task of its own: the load goes on when its caller is dropped.
pub(crate) struct InTask<T>(pub(crate) Call<'static, T>);

impl<T: Send + Sync + 'static> Start<T> for InTask<T> {
    async fn start(self, inner: &Arc<Inner<T>>, key: Key<'_>, leader: Leader<Answer>, left: Left) {
        let limit = inner.policy.hard.saturating_mul(ABANDON_AFTER);
        let mut host = LoadHost::new(inner, key, leader.flight().id(), left, limit, self.0);
        let task = async move {
            if let Some(publication) = lead(leader, &mut host).await {
                host.publishes();
                publish(publication, &*host.inner).await;
            }
        };
        inner.core.run(Box::pin(task)).await;
    }
}

/// In the caller's future, so that the loader can borrow; only the publish has a task of its own.
pub(crate) struct Inline<'a, T>(pub(crate) Call<'a, T>);

impl<T: Send + Sync + 'static> Start<T> for Inline<'_, T> {
    async fn start(self, inner: &Arc<Inner<T>>, key: Key<'_>, leader: Leader<Answer>, left: Left) {
        let _under_way = inner.core.under_way();
        let mut host = LoadHost::new(
            inner,
            key,
            leader.flight().id(),
            left,
            inner.policy.hard,
            self.0,
        );
        if let Some(publication) = lead(leader, &mut host).await {
            host.publishes();
            let inner = Arc::clone(inner);
            let core = Arc::clone(&inner.core);
            core.run(Box::pin(async move { publish(publication, &*inner).await }))
                .await;
        }
    }
}
