//! The object-safe twin of [`Backend`]: the only place that boxes. A finished stack is erased once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;

use crate::{
    Backend, BackendInfo, Condition, Counters, Entry, Found, Key, Meta, Page, Put, PutItem,
    Removed, Result, Scope, Stamp, Stats,
};

type PageStream<'a> = Pin<Box<dyn Stream<Item = Result<Page>> + Send + 'a>>;

/// Methods are named `dyn_*`, so that none can call itself by mistake.
#[async_trait]
trait DynBackend: Send + Sync {
    fn dyn_info(&self) -> &BackendInfo;
    fn dyn_get_now(&self, key: Key<'_>) -> Option<Found>;
    async fn dyn_get(&self, key: Key<'_>) -> Result<Found>;
    async fn dyn_put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put>;
    async fn dyn_remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed>;
    async fn dyn_head(&self, key: Key<'_>) -> Result<Option<Meta>>;
    async fn dyn_retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put>;
    async fn dyn_get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>>;
    async fn dyn_put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>>;
    async fn dyn_remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>>;
    async fn dyn_clear(&self, scope: Scope<'_>) -> Result<()>;
    fn dyn_scan<'a>(&'a self, scope: Scope<'a>) -> PageStream<'a>;
    async fn dyn_count(&self, scope: Scope<'_>) -> Result<u64>;
    async fn dyn_stats(&self) -> Result<Stats>;
    async fn dyn_ping(&self) -> Result<Duration>;
    async fn dyn_flush(&self) -> Result<()>;
    async fn dyn_close(&self) -> Result<()>;
    fn dyn_counters(&self) -> Option<&dyn Counters>;
}

#[async_trait]
impl<B: Backend> DynBackend for B {
    fn dyn_info(&self) -> &BackendInfo {
        self.info()
    }

    fn dyn_get_now(&self, key: Key<'_>) -> Option<Found> {
        self.get_now(key)
    }

    async fn dyn_get(&self, key: Key<'_>) -> Result<Found> {
        self.get(key).await
    }

    async fn dyn_put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.put(key, entry, when).await
    }

    async fn dyn_remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        self.remove(key, only).await
    }

    async fn dyn_head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        self.head(key).await
    }

    async fn dyn_retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        self.retime(key, to, over).await
    }

    async fn dyn_get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.get_many(keys).await
    }

    async fn dyn_put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.put_many(items).await
    }

    async fn dyn_remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        self.remove_many(keys).await
    }

    async fn dyn_clear(&self, scope: Scope<'_>) -> Result<()> {
        self.clear(scope).await
    }

    fn dyn_scan<'a>(&'a self, scope: Scope<'a>) -> PageStream<'a> {
        Box::pin(self.scan(scope))
    }

    async fn dyn_count(&self, scope: Scope<'_>) -> Result<u64> {
        self.count(scope).await
    }

    async fn dyn_stats(&self) -> Result<Stats> {
        self.stats().await
    }

    async fn dyn_ping(&self) -> Result<Duration> {
        self.ping().await
    }

    async fn dyn_flush(&self) -> Result<()> {
        self.flush().await
    }

    async fn dyn_close(&self) -> Result<()> {
        self.close().await
    }

    fn dyn_counters(&self) -> Option<&dyn Counters> {
        self.counters()
    }
}

/// A backend whose type is erased: what a cache holds. Clones share it.
#[derive(Clone)]
pub struct AnyBackend(Arc<dyn DynBackend>);

impl AnyBackend {
    /// Erases a backend, or a whole stack of layers.
    #[must_use]
    pub fn new(backend: impl Backend) -> Self {
        Self(Arc::new(backend))
    }
}

impl fmt::Debug for AnyBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyBackend({})", self.info().name)
    }
}

/// Implements [`Backend`] for a pointer to one; `$twin` maps a method to what it is called on the other side.
macro_rules! forward_backend {
    ($($self:ident => $inner:expr, $get_now:ident $info:ident $get:ident $put:ident $remove:ident $head:ident $retime:ident
        $get_many:ident $put_many:ident $remove_many:ident $clear:ident $scan:ident $count:ident $stats:ident $ping:ident
        $flush:ident $close:ident $counters:ident)*) => {$(
        fn info(&$self) -> &BackendInfo {
            $inner.$info()
        }

        #[inline]
        fn get_now(&$self, key: Key<'_>) -> Option<Found> {
            $inner.$get_now(key)
        }

        async fn get(&$self, key: Key<'_>) -> Result<Found> {
            $inner.$get(key).await
        }

        async fn put(&$self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
            $inner.$put(key, entry, when).await
        }

        async fn remove(&$self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
            $inner.$remove(key, only).await
        }

        async fn head(&$self, key: Key<'_>) -> Result<Option<Meta>> {
            $inner.$head(key).await
        }

        async fn retime(&$self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
            $inner.$retime(key, to, over).await
        }

        async fn get_many(&$self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
            $inner.$get_many(keys).await
        }

        async fn put_many(&$self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
            $inner.$put_many(items).await
        }

        async fn remove_many(&$self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
            $inner.$remove_many(keys).await
        }

        async fn clear(&$self, scope: Scope<'_>) -> Result<()> {
            $inner.$clear(scope).await
        }

        fn scan<'a>(&'a $self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
            $inner.$scan(scope)
        }

        async fn count(&$self, scope: Scope<'_>) -> Result<u64> {
            $inner.$count(scope).await
        }

        async fn stats(&$self) -> Result<Stats> {
            $inner.$stats().await
        }

        async fn ping(&$self) -> Result<Duration> {
            $inner.$ping().await
        }

        async fn flush(&$self) -> Result<()> {
            $inner.$flush().await
        }

        async fn close(&$self) -> Result<()> {
            $inner.$close().await
        }

        fn counters(&$self) -> Option<&dyn Counters> {
            $inner.$counters()
        }
    )*};
}

#[deny(clippy::missing_trait_methods)]
impl Backend for AnyBackend {
    forward_backend! { self => self.0, dyn_get_now dyn_info dyn_get dyn_put dyn_remove dyn_head dyn_retime dyn_get_many dyn_put_many
    dyn_remove_many dyn_clear dyn_scan dyn_count dyn_stats dyn_ping dyn_flush dyn_close dyn_counters }
}

/// A shared backend is a backend: a caller can keep its own handle beside the cache's.
#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Arc<B> {
    forward_backend! { self => (**self), get_now info get put remove head retime get_many put_many
    remove_many clear scan count stats ping flush close counters }
}
