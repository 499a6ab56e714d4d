//! Loaders: where values come from on a miss.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Error, ErrorKind, Extensions, KeyPart, Operation, Result, Ttl};
use tokio_util::sync::CancellationToken;

use crate::lookup::Cached;

/// Any error of a loader, erased; [`Error::downcast_ref`](cache_core::Error::downcast_ref) gives it back.
pub type LoaderError = Box<dyn StdError + Send + Sync>;

/// What a loader answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loaded<T> {
    /// A value, fresh for the domain's TTL.
    Value(T),
    /// A value, fresh for this long; zero means that it is not stored.
    For(Duration, T),
    /// A value with its own TTL and the validators for the next conditional request.
    Validated {
        /// The value.
        value: T,
        /// How long it is fresh.
        ttl: Ttl,
        /// How long after that it is kept for a conditional request. Until the answer has come, callers may be served the
        /// stale value after `load_timeout.soft`.
        stale_for: Duration,
        /// What the source wants to be asked with next time.
        validators: Extensions,
    },
    /// There is no such thing; kept for the domain's negative TTL.
    Absent,
    /// The stale value of the context is still right: it is fresh again for the domain's TTL.
    NotModified,
    /// A value for the callers that is not stored.
    DoNotStore(T),
}

impl<T> From<T> for Loaded<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<Option<T>> for Loaded<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

/// What a loader is told.
#[derive(Debug)]
pub struct LoadContext<T> {
    pub(crate) stale: Option<Cached<T>>,
    pub(crate) validators: Option<Arc<Extensions>>,
    pub(crate) limit: Duration,
    pub(crate) closing: CancellationToken,
}

impl<T> LoadContext<T> {
    /// Returns the value that is past its fresh period, if there is one.
    #[must_use]
    pub fn stale(&self) -> Option<&Cached<T>> {
        self.stale.as_ref()
    }

    /// Returns the validators that the stale value was stored with.
    #[must_use]
    pub fn validators(&self) -> Option<&Extensions> {
        self.validators.as_deref()
    }

    /// Returns how long the callers wait: `load_timeout.hard`. A load that goes on is still stored, up to four times that.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.limit
    }

    /// Ends when the cache begins to close: a loader that runs long can use the grace period to stop in order.
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + use<T> {
        self.closing.clone().cancelled_owned()
    }
}

/// Loads the values of a domain. Registered with the domain, so that whoever has a key can load.
///
/// # Example
/// ```
/// use cache_facade::{Cache, Cacheable, LoadContext, Loaded, Loader, domain};
/// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
/// # #[cacheable(domain = "system", ttl = "1h")]
/// # struct System { name: String }
///
/// struct Systems;
///
/// impl Loader<System> for Systems {
///     type Id = u64;
///     type Error = std::io::Error;
///
///     async fn load(&self, id: u64, _: LoadContext<System>) -> Result<Loaded<System>, std::io::Error> {
///         Ok(Loaded::Value(System { name: format!("system {id}") }))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let cache = Cache::builder().domain(domain::<System>().loader(Systems)).build()?;
/// let system = cache.domain::<System>()?.get_or_load(30_000_142).await?.ok_or("absent")?;
/// assert_eq!(system.name, "system 30000142");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Loader<T>: Send + Sync + 'static {
    /// The ids that it loads; an id that does not read as one is an error `InvalidKey`.
    type Id: KeyPart<Owned = Self::Id> + Send + 'static;

    /// Its own error, shared with all callers.
    type Error: Into<LoaderError>;

    /// Loads a value.
    ///
    /// # Errors
    /// Whatever went wrong; it is not cached.
    ///
    /// # Cancellation
    /// The load goes on when its caller is dropped. It is dropped after four times `load_timeout.hard`, or when the cache
    /// closes.
    fn load(
        &self,
        id: Self::Id,
        context: LoadContext<T>,
    ) -> impl Future<Output = Result<Loaded<T>, Self::Error>> + Send;
}

/// Makes a loader of an async closure over ids of one type. It may answer a value, an `Option`, or [`Loaded`].
///
/// # Example
/// ```
/// use cache_facade::{Cache, Cacheable, domain, loader_fn};
/// # #[derive(Cacheable, serde::Serialize, serde::Deserialize)]
/// # #[cacheable(domain = "system", ttl = "1h")]
/// # struct System { name: String }
/// let cache = Cache::builder()
///     .domain(domain::<System>().loader(loader_fn(|id: u64, _| async move {
///         Ok::<_, std::io::Error>((id != 7).then(|| System { name: format!("system {id}") }))
///     })))
///     .build()?;
/// # Ok::<(), cache_facade::Error>(())
/// ```
pub fn loader_fn<T, Id, F, O, E, L>(load: F) -> FnLoader<F, Id>
where
    F: Fn(Id, LoadContext<T>) -> O + Send + Sync + 'static,
    O: Future<Output = Result<L, E>> + Send,
    L: Into<Loaded<T>>,
{
    FnLoader {
        load,
        id: PhantomData,
    }
}

/// A loader made by [`loader_fn`].
pub struct FnLoader<F, Id> {
    load: F,
    id: PhantomData<fn(Id)>,
}

impl<F, Id> fmt::Debug for FnLoader<F, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnLoader")
    }
}

impl<T, Id, F, O, E, L> Loader<T> for FnLoader<F, Id>
where
    T: Send + Sync + 'static,
    Id: KeyPart<Owned = Id> + Send + 'static,
    F: Fn(Id, LoadContext<T>) -> O + Send + Sync + 'static,
    O: Future<Output = Result<L, E>> + Send,
    L: Into<Loaded<T>>,
    E: Into<LoaderError>,
{
    type Id = Id;
    type Error = E;

    async fn load(&self, id: Id, context: LoadContext<T>) -> Result<Loaded<T>, E> {
        (self.load)(id, context).await.map(Into::into)
    }
}

/// The future of one call of a loader, its error erased.
pub(crate) type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<Loaded<T>>> + Send + 'a>>;

/// A loader whose id and error types are erased.
pub(crate) trait AnyLoader<T>: Send + Sync {
    fn load_bytes(self: Arc<Self>, id: &[u8], context: LoadContext<T>) -> Loading<'static, T>;
}

impl<T: Send + Sync + 'static, L: Loader<T>> AnyLoader<T> for L {
    fn load_bytes(self: Arc<Self>, id: &[u8], context: LoadContext<T>) -> Loading<'static, T> {
        let id = L::Id::parse_id(id);
        Box::pin(async move { self.load(id?, context).await.map_err(erase) })
    }
}

/// What starts one load.
pub(crate) type Call<'a, T> = Box<dyn FnOnce(LoadContext<T>) -> Loading<'a, T> + Send + 'a>;

/// Makes a call of a closure, which is run once at most.
pub(crate) fn call_of<'a, T, F, O, L, E>(load: F) -> Call<'a, T>
where
    F: FnOnce(LoadContext<T>) -> O + Send + 'a,
    O: Future<Output = Result<L, E>> + Send + 'a,
    L: Into<Loaded<T>>,
    E: Into<LoaderError>,
{
    Box::new(move |context| {
        let loading = load(context);
        Box::pin(async move { loading.await.map(Into::into).map_err(erase) })
    })
}

/// Erases a loader's error once; all waiters share it.
pub(crate) fn erase(error: impl Into<LoaderError>) -> Error {
    let cause: Arc<dyn StdError + Send + Sync> = Arc::from(error.into());
    Error::new(ErrorKind::Load, "the loader failed")
        .operation(Operation::Load)
        .with_source(cause)
}
