//! The manager of releases: what is deployed, and what becomes of the entries of those that were.
//!
//! It works on the store below the layer of releases: here, addresses of others are read and written on purpose. What it keeps
//! are two records in the reserved domain, `versions` and `history`.

mod calls;
mod compatibility;
mod convert;
mod deploy;
mod history;
mod hooks;
mod invalidate;
mod places;
mod plan;
mod purge;
mod records;
mod report;
mod rollback;
mod state_file;
mod strategy;
pub(crate) mod utc;
mod verify;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{AnyBackend, Error, ErrorKind, Judge, OwnedKey, Result, Timestamp};
use serde::Serialize;

use self::compatibility::Deployable;
use self::hooks::Hook;
use super::record;
use super::state;
use crate::cache::Cache;

pub use self::compatibility::Compatibility;
pub use self::convert::Converted;

pub use self::history::{Action, HistoryRow, Status};
pub use self::hooks::{HookContext, HookReport, OnFailure};
pub use self::invalidate::Invalidated;
pub use self::places::{AddressStatus, SeenRelease};
pub use self::purge::{Purge, PurgeReport, PurgedAddress};
pub use self::report::DeployReport;
pub use self::rollback::RollbackReport;
pub use self::strategy::Strategy;
pub use self::verify::Verified;

/// Calls of the manager have at least this long: it is not on the way of a request.
const LEAST_LIMIT: Duration = Duration::from_secs(2);

/// Deploys releases, leads back to earlier ones, and takes care of the entries that they leave.
///
/// A release needs none of this to start and to be safe: see [`VersionManager::deploy`] for what a deployment adds. Clones share
/// everything.
///
/// # Example
/// ```
/// use cache_facade::{Cache, OnFailure, Strategy, config::CacheConfig};
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let url = format!("sled://{}/cache", directory.path().display());
/// let cache = Cache::builder().config(CacheConfig::from_url(&url)?).release("1.5.0").build()?;
/// let versions = cache.versions()?.before("announce", OnFailure::Report, |context| async move {
///     println!("{} follows {:?}", context.to, context.from);
///     Ok::<_, std::io::Error>(())
/// });
/// let report = versions.deploy("1.5.0", Strategy::safe()).await?;
/// assert!(report.is_deployed);
/// assert_eq!(versions.current().await?.ok_or("none")?.release, "1.5.0");
/// # cache.close().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct VersionManager {
    manager: Arc<Manager>,
    hooks: Arc<[Hook]>,
}

#[derive(Debug)]
struct Manager {
    /// Below the layer of releases.
    store: AnyBackend,
    namespace: String,
    judge: Judge,
    limit: Duration,
    /// How long a call of the applications may take.
    deadline: Duration,
    state: OwnedKey,
    history: OwnedKey,
    /// The cache of this process, with the domains that it knows. A tool has none.
    cache: Option<Cache>,
}

/// Which release is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Deployed {
    /// Its version.
    pub release: String,
    /// Its row of the history.
    pub id: u64,
    /// Since when it is the current one. Serialized as UTC.
    #[serde(serialize_with = "utc::serialize")]
    pub since: Timestamp,
}

/// What there is of releases on a store.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VersionStatus {
    /// Which release is deployed, if one was.
    pub current: Option<Deployed>,
    /// The release of this process; a tool has none.
    pub own: Option<String>,
    /// The addresses that are listed or hold entries.
    pub addresses: Vec<AddressStatus>,
    /// What was created before these moments is not read; `*` is every domain.
    pub watermarks: Vec<Watermark>,
}

/// What is no longer read of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Watermark {
    /// The domain; `*` for every one.
    pub domain: String,
    /// What was created before it is a miss. Serialized as UTC.
    #[serde(serialize_with = "utc::serialize")]
    pub before: Timestamp,
}

impl VersionManager {
    /// Makes the manager of a cache.
    pub(crate) fn of_cache(cache: Cache) -> Result<Self> {
        let core = Arc::clone(cache.core());
        let Some(versions) = &core.versions else {
            let message = "releases are managed where the cache has one, on a store that outlives the process; set `CacheBuilder::release`";
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        Self::new(
            versions.get_ref().clone(),
            &core.namespace,
            core.judge.clone(),
            core.deadline,
            Some(cache),
        )
    }

    /// Makes a manager for a tool, which has no types of an application: what is converted are entries whose type is the same
    /// in both releases. `store` is one that [`CacheConfig::open_backend`](crate::config::CacheConfig::open_backend) returned.
    ///
    /// A call to the store may take `limit`, 2 seconds at least, unless the store's own deadline is shorter. Calls of the
    /// applications are taken to end within 500 ms: before it takes anything over, it waits for four of them.
    ///
    /// # Errors
    /// `InvalidArgument` if the namespace is none.
    pub fn of_store(
        store: AnyBackend,
        namespace: &str,
        judge: Judge,
        limit: Duration,
    ) -> Result<Self> {
        Self::new(store, namespace, judge, limit, None)
    }

    fn new(
        store: AnyBackend,
        namespace: &str,
        judge: Judge,
        limit: Duration,
        cache: Option<Cache>,
    ) -> Result<Self> {
        let manager = Manager {
            store,
            state: record::key(namespace, state::ID)?,
            history: record::key(namespace, history::ID)?,
            namespace: namespace.to_owned(),
            judge,
            limit: limit.max(LEAST_LIMIT),
            deadline: if cache.is_some() {
                limit
            } else {
                Duration::ZERO
            },
            cache,
        };
        Ok(Self {
            manager: Arc::new(manager),
            hooks: Arc::new([]),
        })
    }

    /// Adds something to do before a release becomes the current one, after what was added before. Warming the cache is one
    /// such thing.
    #[must_use]
    pub fn before<F, E>(
        self,
        name: &str,
        on_failure: OnFailure,
        hook: impl Fn(HookContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display,
    {
        self.with(Hook::new(name, true, on_failure, hook))
    }

    /// Adds something to do after a release became the current one and was verified.
    #[must_use]
    pub fn after<F, E>(
        self,
        name: &str,
        on_failure: OnFailure,
        hook: impl Fn(HookContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display,
    {
        self.with(Hook::new(name, false, on_failure, hook))
    }

    fn with(self, hook: Hook) -> Self {
        let hooks = self.hooks.iter().cloned().chain([hook]);
        Self {
            hooks: hooks.collect(),
            ..self
        }
    }

    /// Returns the release that is deployed; `None` if none ever was.
    ///
    /// # Errors
    /// `Codec` if the record is not readable; otherwise if the store cannot answer.
    pub async fn current(&self) -> Result<Option<Deployed>> {
        let current = self.manager.state().await?.current;
        Ok(current.map(|current| Deployed {
            release: current.release,
            id: current.id,
            since: Timestamp::from_millis(current.since),
        }))
    }

    /// Returns what was done, the newest first: 256 rows at most.
    ///
    /// # Errors
    /// As [`VersionManager::current`].
    pub async fn history(&self) -> Result<Vec<HistoryRow>> {
        let state = self.manager.state().await?;
        let history = self.manager.history().await?;
        Ok(history.told(&state))
    }

    /// Compares two releases.
    ///
    /// # Errors
    /// `InvalidArgument` if one is no semantic version.
    pub fn compatible(&self, a: &str, b: &str) -> Result<Compatibility> {
        compatibility::compare(a, b)
    }

    /// Returns what there is of releases on the store. It walks through all entries of the namespace.
    ///
    /// # Errors
    /// `Unsupported` if the store cannot list what it holds; otherwise as [`VersionManager::current`].
    pub async fn status(&self) -> Result<VersionStatus> {
        let state = self.manager.state().await?;
        let listed = self.manager.listed().await?;
        let census = self.manager.census(0).await?;
        let marks = state.marks().map(|(domain, before)| Watermark {
            domain: domain.to_owned(),
            before,
        });
        Ok(VersionStatus {
            current: self.current().await?,
            own: self.manager.release().map(str::to_owned),
            addresses: census.told(&listed),
            watermarks: marks.collect(),
        })
    }

    /// Makes a release the current one: checks, records, runs the hooks before, converts if the strategy is
    /// [`gradual`](Strategy::gradual), switches, reads some entries back, runs the hooks after, and removes what the strategy
    /// removes.
    ///
    /// Processes read and store under their own release whatever is current: the deployment is what a pipeline does around
    /// starting them, with a record that a rollback follows. Deploying the current release again does what is left of its
    /// deployment. A hook that fails under [`OnFailure::Abort`], a switch by somebody else meanwhile, and entries that do not
    /// read back as they have to, end it: the report says why, and the current release is the one from before.
    ///
    /// # Errors
    /// `InvalidArgument` if the release is no semantic version, or older than the current one, or the file for the state cannot
    /// be written; `Unsupported` if the store cannot list what it holds; otherwise if the store cannot answer, and what was
    /// current is put back as far as it does.
    ///
    /// # Cancellation
    /// A deployment that is dropped is one whose process was killed: deployed again, it ends in the same state.
    pub async fn deploy(&self, release: &str, strategy: Strategy) -> Result<DeployReport> {
        Box::pin(self.run(release, &strategy)).await
    }

    /// Converts the entries of earlier types of this process's domains, those of
    /// [`DomainSpec::migrate_from`](crate::DomainSpec::migrate_from), for the rest of their time. Running it again converts what
    /// came since. The earlier entries stay, for releases that read them; `rate` is entries per second, 0 is no limit.
    ///
    /// # Errors
    /// `Unsupported` for a tool, which has no types; otherwise if the store cannot answer.
    pub async fn migrate(&self, rate: u32) -> Result<Vec<Converted>> {
        Box::pin(self.manager.migrate(rate)).await
    }

    /// Gives each entry of a release a twin at another one's address, for the rest of its time, where the type is the same in
    /// both and the other release is listed with it. Nothing is switched, and what the other release has of its own stays.
    ///
    /// # Errors
    /// `InvalidArgument` if one is no semantic version; otherwise if the store cannot answer.
    pub async fn copy(&self, from: &str, to: &str, rate: u32) -> Result<Vec<Converted>> {
        let (from, to) = (Deployable::new(from)?, Deployable::new(to)?);
        let strategy = Strategy::gradual().rate(rate);
        Box::pin(self.manager.copy(&from, &to, &strategy)).await
    }

    fn manager(&self) -> &Manager {
        &self.manager
    }
}
