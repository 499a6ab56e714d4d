//! A setup and what it opened, with their types erased: cases are compiled once, whatever the backend.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::{AnyBackend, OwnedKey, Result};

use crate::{Env, Raw, Setup};

/// A setup whose backend's type is erased.
#[async_trait]
pub(crate) trait Opener: Send + Sync {
    async fn open(&self, env: &Env) -> Result<Opened>;
    async fn reopen(&self, env: &Env) -> Result<Opened>;
    fn patience(&self) -> Duration;
}

/// A backend, and the way to write below it.
pub(crate) struct Opened {
    pub(crate) backend: AnyBackend,
    pub(crate) planter: Arc<dyn Planter>,
}

/// Writes below a backend.
#[async_trait]
pub(crate) trait Planter: Send + Sync {
    async fn plant(&self, key: &OwnedKey, raw: Raw) -> Result<bool>;
}

pub(crate) struct Typed<S>(pub(crate) Arc<S>);

#[async_trait]
impl<S: Setup> Opener for Typed<S> {
    async fn open(&self, env: &Env) -> Result<Opened> {
        Ok(self.erased(self.0.open(env).await?))
    }

    async fn reopen(&self, env: &Env) -> Result<Opened> {
        Ok(self.erased(self.0.reopen(env).await?))
    }

    fn patience(&self) -> Duration {
        self.0.patience()
    }
}

impl<S: Setup> Typed<S> {
    fn erased(&self, backend: S::Backend) -> Opened {
        let backend = Arc::new(backend);
        Opened {
            backend: AnyBackend::new(Arc::clone(&backend)),
            planter: Arc::new(Ground {
                setup: Arc::clone(&self.0),
                backend,
            }),
        }
    }
}

struct Ground<S: Setup> {
    setup: Arc<S>,
    backend: Arc<S::Backend>,
}

#[async_trait]
impl<S: Setup> Planter for Ground<S> {
    async fn plant(&self, key: &OwnedKey, raw: Raw) -> Result<bool> {
        self.setup.plant(&self.backend, key.as_key(), raw).await
    }
}
