//! What an application does before and after the current release changes.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio::time::timeout;

use super::VersionManager;

/// What a hook is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HookContext {
    /// The manager itself, for everything that it can do: nothing is held while a hook runs.
    pub versions: VersionManager,
    /// The release that is or was current, if there was one.
    pub from: Option<String>,
    /// The release that becomes, or has become, the current one.
    pub to: String,
}

/// What happens if a hook fails, panics, or takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnFailure {
    /// The deployment is given up, and the release that was current stays so, or is so again.
    Abort,
    /// It is reported, and the deployment goes on.
    Report,
}

/// How a hook ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HookReport {
    /// The name that it was registered under.
    pub name: String,
    /// Whether it ran before the switch.
    pub is_before: bool,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// What was to happen then.
    pub on_failure: OnFailure,
}

impl HookReport {
    pub(super) fn aborts(&self) -> bool {
        self.failure.is_some() && self.on_failure == OnFailure::Abort
    }
}

type Run = dyn Fn(HookContext) -> BoxFuture<'static, Result<(), String>> + Send + Sync;

#[derive(Clone)]
pub(super) struct Hook {
    name: String,
    is_before: bool,
    on_failure: OnFailure,
    run: Arc<Run>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({:?}, {:?})", self.name, self.on_failure)
    }
}

impl Hook {
    pub(super) fn new<F, E>(
        name: &str,
        is_before: bool,
        on_failure: OnFailure,
        run: impl Fn(HookContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let run = move |context| {
            let outcome = run(context);
            async { outcome.await.map_err(|error| error.to_string()) }.boxed()
        };
        Self {
            name: name.to_owned(),
            is_before,
            on_failure,
            run: Arc::new(run),
        }
    }

    pub(super) const fn is_before(&self) -> bool {
        self.is_before
    }

    /// Runs it within a limit. A panic is a failure.
    pub(super) async fn run(&self, context: HookContext, limit: Duration) -> HookReport {
        let began = tokio::time::Instant::now();
        // The call itself may panic as well as what it returns.
        let run = async { (self.run)(context).await };
        let run = AssertUnwindSafe(run).catch_unwind();
        let failure = match timeout(limit, run).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some(error),
            Ok(Err(panic)) => Some(format!("panicked: {}", said(panic.as_ref()))),
            Err(_) => Some(format!("did not end within {} ms", limit.as_millis())),
        };
        HookReport {
            name: self.name.clone(),
            is_before: self.is_before,
            millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            failure,
            on_failure: self.on_failure,
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
