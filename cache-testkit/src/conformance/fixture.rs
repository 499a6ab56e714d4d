//! What a case works with: a fresh backend, keys and entries in the form that it takes, and checks that read as facts.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    AnyBackend, Backend, Capability, Clock, Condition, Entry, Epoch, Found, Lifetime, Meta,
    OwnedKey, Page, PayloadForm, Put, Removed, Scope, Space, Stamp, Timestamp, Ttl,
};
use futures_util::TryStreamExt;
use tokio::task::JoinHandle;

use crate::failure::{check, check_eq};
use crate::opened::{Opened, Opener, Planter};
use crate::values::{self, same, text_of};
use crate::{Env, Failure, Outcome, Raw};

/// How long the entries of cases are fresh, and then stale.
pub(super) const FRESH: Duration = Duration::from_secs(60);
pub(super) const STALE: Duration = Duration::from_secs(60);

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);

/// Between two questions of what may happen late.
const PAUSE: Duration = Duration::from_millis(2);

pub(super) struct Fixture {
    pub(super) env: Env,
    pub(super) backend: AnyBackend,
    planter: Arc<dyn Planter>,
    opener: Arc<dyn Opener>,
}

impl Fixture {
    pub(super) async fn open(opener: Arc<dyn Opener>, env: Env) -> Outcome<Self> {
        let Opened { backend, planter } = opener
            .open(&env)
            .await
            .map_err(|error| Failure::new(format!("it cannot be opened: {error}")))?;
        Ok(Self {
            env,
            backend,
            planter,
            opener,
        })
    }

    // --- keys ---

    pub(super) fn space(&self) -> Outcome<Space> {
        Ok(Space::new(&self.env.namespace, "pilot", 7)?)
    }

    pub(super) fn key(&self, id: &str) -> Outcome<OwnedKey> {
        Self::key_of(&self.space()?, id.as_bytes())
    }

    pub(super) fn key_of(space: &Space, id: &[u8]) -> Outcome<OwnedKey> {
        Ok(OwnedKey::new(space.clone(), Epoch(1), id)?)
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope::namespace(&self.env.namespace)
    }

    // --- entries ---

    pub(super) fn now(&self) -> Timestamp {
        self.env.clock.now()
    }

    /// The meta of an entry that begins now.
    pub(super) fn meta(&self) -> Meta {
        Self::meta_from(self.now())
    }

    pub(super) fn meta_from(created: Timestamp) -> Meta {
        Meta::new(
            created,
            Lifetime::starting(created, Ttl::After(FRESH), STALE),
        )
    }

    /// An entry of a text, in the form that the backend takes.
    pub(super) fn value(&self, text: &str) -> Entry {
        self.value_with(self.meta(), text)
    }

    pub(super) fn value_with(&self, meta: Meta, text: &str) -> Entry {
        values::value(self.form(), meta, text)
    }

    pub(super) fn negative(&self) -> Entry {
        Entry::negative(self.meta())
    }

    pub(super) fn lease(&self) -> Entry {
        Entry::lease(self.meta())
    }

    // --- operations ---

    /// Stores an entry whatever stands there.
    pub(super) async fn put(&self, key: &OwnedKey, entry: Entry) -> Outcome<Entry> {
        let stored = self
            .backend
            .put(key.as_key(), entry.clone(), Condition::Always)
            .await?;
        check_eq!(stored, Put::Stored(entry.meta.stamp), "put Always");
        Ok(entry)
    }

    pub(super) async fn put_when(
        &self,
        key: &OwnedKey,
        entry: &Entry,
        when: Condition,
    ) -> Outcome<Put> {
        Ok(self.backend.put(key.as_key(), entry.clone(), when).await?)
    }

    pub(super) async fn get(&self, key: &OwnedKey) -> Outcome<Found> {
        Ok(self.backend.get(key.as_key()).await?.unshared())
    }

    pub(super) fn get_now(&self, key: &OwnedKey) -> Option<Found> {
        self.backend.get_now(key.as_key()).map(Found::unshared)
    }

    pub(super) async fn head(&self, key: &OwnedKey) -> Outcome<Option<Meta>> {
        Ok(self.backend.head(key.as_key()).await?)
    }

    pub(super) async fn retime(&self, key: &OwnedKey, to: Meta, over: Stamp) -> Outcome<Put> {
        Ok(self.backend.retime(key.as_key(), to, over).await?)
    }

    pub(super) async fn remove(&self, key: &OwnedKey, only: Option<Stamp>) -> Outcome<Removed> {
        Ok(self.backend.remove(key.as_key(), only).await?)
    }

    /// Every page of a scan.
    pub(super) async fn pages(&self, scope: Scope<'_>) -> Outcome<Vec<Page>> {
        Ok(self.backend.scan(scope).try_collect().await?)
    }

    /// Every key that a scan lists, once.
    pub(super) async fn listed(&self, scope: Scope<'_>) -> Outcome<HashMap<OwnedKey, Meta>> {
        Ok(self.pages(scope).await?.into_iter().flatten().collect())
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        self.backend.info().capabilities.has(capability)
    }

    pub(super) fn form(&self) -> PayloadForm {
        self.backend.info().payload
    }

    /// Opens again what this fixture wrote, its backend dropped without `close`, as if the process had ended.
    pub(super) async fn reopened(self) -> Outcome<Self> {
        let Self {
            env,
            backend,
            planter,
            opener,
        } = self;
        // A store that lets one process in at a time has to be let go of first.
        drop((backend, planter));
        let deadline = tokio::time::Instant::now() + opener.patience();
        loop {
            match opener.reopen(&env).await {
                Ok(Opened { backend, planter }) => {
                    return Ok(Self {
                        env,
                        backend,
                        planter,
                        opener,
                    });
                }
                Err(error) if tokio::time::Instant::now() >= deadline => {
                    return Err(Failure::new(format!("it cannot be opened again: {error}")));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Asks again until the answer is yes, or the setup's patience is at an end.
    pub(super) async fn eventually<F: Future<Output = Outcome<bool>>>(
        &self,
        what: &str,
        mut ask: impl FnMut() -> F,
    ) -> Outcome {
        let patience = self.opener.patience();
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            if ask().await? {
                return Ok(());
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(Failure::new(format!("{what}: not within {patience:?}")));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Writes below the backend; a setup that cannot skips the case.
    pub(super) async fn plant(&self, key: &OwnedKey, raw: Raw) -> Outcome {
        if self.planter.plant(key, raw).await? {
            Ok(())
        } else {
            Err(Failure::lacking("plant"))
        }
    }

    // --- facts ---

    /// The key holds exactly this entry: meta, payload and extensions.
    pub(super) async fn expect_entry(&self, key: &OwnedKey, expected: &Entry) -> Outcome {
        match self.get(key).await? {
            Found::Entry(entry) => same(&entry, expected),
            other => Err(Failure::new(format!("met {other:?}, expected an entry"))),
        }
    }

    pub(super) async fn expect_value(&self, key: &OwnedKey, text: &str) -> Outcome {
        match self.get(key).await? {
            Found::Entry(entry) => {
                check_eq!(text_of(&entry)?, text, "the value");
                Ok(())
            }
            other => Err(Failure::new(format!("met {other:?}, expected `{text}`"))),
        }
    }

    /// The key holds nothing, or something dead.
    pub(super) async fn expect_nothing_live(&self, key: &OwnedKey) -> Outcome {
        let found = self.get(key).await?;
        check!(
            is_nothing(&found),
            "met {found:?}, expected nothing that lives"
        );
        Ok(())
    }

    pub(super) async fn expect_nothing(&self, key: &OwnedKey) -> Outcome {
        match self.get(key).await? {
            Found::Absent => Ok(()),
            other => Err(Failure::new(format!("met {other:?}, expected nothing"))),
        }
    }
}

/// Waits for tasks; the first failure is the outcome.
pub(super) async fn all<T: Send + 'static>(
    tasks: impl IntoIterator<Item = JoinHandle<Outcome<T>>>,
) -> Outcome<Vec<T>> {
    let mut answers = Vec::new();
    for task in tasks {
        let answer = task
            .await
            .map_err(|error| Failure::new(format!("a task did not end well: {error}")))?;
        answers.push(answer?);
    }
    Ok(answers)
}

/// Checks that a key holds nothing that anybody may see; a dead entry may still be held.
pub(super) fn is_nothing(found: &Found) -> bool {
    matches!(found, Found::Absent | Found::Dead)
}
