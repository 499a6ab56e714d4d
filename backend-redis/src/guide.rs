//! Who is in charge now: the current map, and one search at a time for a newer one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use cache_core::Result;
use tokio::time::{Instant, timeout_at};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::map::{Map, Node};
use crate::sentinel::Sentinel;
use crate::server::Server;

/// How long one search may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// The shortest time between the end of a search and the next one.
const REST: Duration = Duration::from_millis(50);

/// So long what is known holds where no error would tell that it does not: a master that sentinels have replaced answers as
/// before until they tell it, some ten seconds later.
const HOLDS: Duration = Duration::from_secs(1);

/// How the servers in charge are found.
#[derive(Debug)]
pub(crate) enum Finder {
    /// It is always the same one.
    Fixed(Node),
    Sentinel(Sentinel),
    Cluster(Cluster),
}

/// Keeps the map.
#[derive(Debug)]
pub(crate) struct Guide {
    finder: Finder,
    map: RwLock<Option<Arc<Map>>>,
    /// One search at a time.
    turn: tokio::sync::Mutex<()>,
    last: Mutex<Last>,
    closed: AtomicBool,
}

/// How the last search ended.
#[derive(Debug, Default)]
struct Last {
    searches: u64,
    ended: Option<Instant>,
    failure: Option<Failure>,
}

impl Guide {
    pub(crate) fn new(finder: Finder) -> Self {
        let map = match &finder {
            Finder::Fixed(node) => Some(Arc::new(Map::of_one(node.clone()))),
            Finder::Sentinel(_) | Finder::Cluster(_) => None,
        };
        Self {
            finder,
            map: RwLock::new(map),
            turn: tokio::sync::Mutex::default(),
            last: Mutex::default(),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Forgets the map, and with it the lines, once the calls that are under way have ended.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = None;
        match &self.finder {
            Finder::Fixed(node) => node.line.close(),
            Finder::Sentinel(sentinel) => sentinel.close(),
            Finder::Cluster(cluster) => cluster.close(),
        }
    }

    /// Returns the map, and searches for it if there is none.
    pub(crate) async fn map(self: &Arc<Self>, until: Instant) -> Result<Arc<Map>, Failure> {
        match self.current() {
            Some(map) => {
                if matches!(self.finder, Finder::Sentinel(_)) {
                    self.look_now_and_then();
                }
                Ok(map)
            }
            // In a box of its own: the state of a search is large, and every call would carry room for it.
            None => Box::pin(self.renewed(until)).await,
        }
    }

    /// Searches in the background, unless somebody does or has just done.
    pub(crate) fn look_again(self: &Arc<Self>) {
        let has_runtime = tokio::runtime::Handle::try_current().is_ok();
        if has_runtime && !self.is_fixed() && !self.is_resting() && self.turn.try_lock().is_ok() {
            drop(self.search());
        }
    }

    /// The same, if the last search is a while ago.
    pub(crate) fn look_now_and_then(self: &Arc<Self>) {
        let ended = self.last().ended;
        if ended.is_none_or(|ended| ended.elapsed() >= HOLDS) {
            self.look_again();
        }
    }

    /// Returns a map of a search that has not ended yet.
    pub(crate) async fn renewed(self: &Arc<Self>, until: Instant) -> Result<Arc<Map>, Failure> {
        if self.is_closed() {
            return Err(Failure::Closed);
        }
        if self.is_resting()
            && let Some(failure) = self.last().failure.clone()
        {
            return Err(failure);
        }
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Failure::NoRuntime);
        }
        match timeout_at(until, self.search()).await {
            Ok(Ok(found)) => found?,
            // The task was ended with its runtime.
            Ok(Err(_)) => return Err(Failure::NoRuntime),
            Err(_) => {
                return Err(Failure::Nobody(
                    "the servers in charge were not found in time",
                ));
            }
        }
        self.current().ok_or(Failure::Closed)
    }

    /// Returns the line to a server that a redirection names.
    pub(crate) fn node(&self, server: &Server) -> Result<Node, Failure> {
        match &self.finder {
            Finder::Cluster(cluster) => cluster.node(self.current().as_deref(), server),
            Finder::Fixed(_) | Finder::Sentinel(_) => Err(Failure::Nobody(
                "the server is part of a cluster; it is reached as one",
            )),
        }
    }

    fn current(&self) -> Option<Arc<Map>> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.clone()
    }

    /// Searches in a task of its own: a caller that gives up does not end it.
    fn search(self: &Arc<Self>) -> tokio::task::JoinHandle<Result<(), Failure>> {
        let seen = self.last().searches;
        let guide = Arc::clone(self);
        tokio::spawn(async move {
            let _turn = guide.turn.lock().await;
            // One that ended meanwhile is as good as our own.
            if guide.last().searches == seen {
                let outcome = guide.find().await;
                guide.ended(outcome.err());
            }
            match &guide.last().failure {
                Some(failure) => Err(failure.clone()),
                None => Ok(()),
            }
        })
    }

    async fn find(&self) -> Result<(), Failure> {
        let (old, until) = (self.current(), Instant::now() + PATIENCE);
        let found = match &self.finder {
            Finder::Fixed(node) => Map::of_one(node.clone()),
            Finder::Sentinel(sentinel) => sentinel.find(old.as_deref(), until).await?,
            Finder::Cluster(cluster) => cluster.find(old.as_deref(), until).await?,
        };
        let mut place = self.map.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_closed() {
            return Err(Failure::Closed);
        }
        *place = Some(Arc::new(found));
        Ok(())
    }

    fn ended(&self, failure: Option<Failure>) {
        let mut last = self.last();
        last.searches += 1;
        last.ended = Some(Instant::now());
        last.failure = failure;
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.finder, Finder::Cluster(_))
    }

    fn is_fixed(&self) -> bool {
        matches!(self.finder, Finder::Fixed(_))
    }

    fn is_resting(&self) -> bool {
        self.last()
            .ended
            .is_some_and(|ended| ended.elapsed() < REST)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
