//! The changes that a load can race with, and a load that waits for one.

use cache_facade::{Cache, Domain, Result, Ttl};
use tokio::task::JoinHandle;

use crate::fixture::{Fixture, Thing, thing, waiting};
use crate::source::{Pause, Source};

/// A change of the key 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Invalidate,
    InvalidateMany,
    Put,
    PutForItsOwnTtl,
    PutMany,
    PutIfAbsent,
    Update,
    Expire,
    Clear,
    ClearCache,
}

pub(crate) const CHANGES: [Change; 10] = [
    Change::Invalidate,
    Change::InvalidateMany,
    Change::Put,
    Change::PutForItsOwnTtl,
    Change::PutMany,
    Change::PutIfAbsent,
    Change::Update,
    Change::Expire,
    Change::Clear,
    Change::ClearCache,
];

/// What the source said before the change and says after it, and what is put.
pub(crate) const OLD: u64 = 1;
pub(crate) const NEW: u64 = 2;
pub(crate) const PUT: u64 = 3;

impl Change {
    pub(crate) async fn act(self, cache: &Cache, things: &Domain<Thing>) -> Result<()> {
        match self {
            Self::Invalidate => things.invalidate(7).await.map(drop),
            Self::InvalidateMany => last(things.invalidate_many([6, 7]).await),
            Self::Put => things.put(7, thing(PUT)).await,
            Self::PutForItsOwnTtl => things.put_with_ttl(7, thing(PUT), Ttl::Never).await,
            Self::PutMany => last(things.put_many([(6, thing(0)), (7, thing(PUT))]).await),
            Self::PutIfAbsent => {
                let put = things.put_if_absent(7, thing(PUT), Ttl::Default);
                put.await.map(drop)
            }
            Self::Update => things.update(7, |_| Some(thing(PUT))).await.map(drop),
            Self::Expire => things.expire(7).await.map(drop),
            Self::Clear => things.clear().await,
            Self::ClearCache => cache.clear().await,
        }
    }

    /// What every read after the answer yields.
    pub(crate) fn outcome(self) -> u64 {
        match self {
            Self::Put
            | Self::PutForItsOwnTtl
            | Self::PutMany
            | Self::PutIfAbsent
            | Self::Update => PUT,
            Self::Invalidate
            | Self::InvalidateMany
            | Self::Expire
            | Self::Clear
            | Self::ClearCache => NEW,
        }
    }
}

fn last<T>(mut answers: Vec<Result<T>>) -> Result<()> {
    answers.pop().unwrap().map(drop)
}

pub(crate) type Caller = JoinHandle<u64>;

pub(crate) fn ask(things: &Domain<Thing>) -> Caller {
    let things = things.clone();
    tokio::spawn(async move { things.get_or_load(7).await.unwrap().unwrap().number })
}

/// A load that has read the old value and stands before its answer, with a second caller who waits for it.
pub(crate) async fn loading(fx: &Fixture, source: &Source, pause: &Pause) -> [Caller; 2] {
    source.set(OLD);
    let first = ask(&fx.things);
    pause.reached_by(1).await;
    let second = ask(&fx.things);
    waiting(&fx.things, 1).await;
    source.set(NEW);
    [first, second]
}

/// Both callers of the load get what it loaded.
pub(crate) async fn are_answered(callers: [Caller; 2]) {
    for caller in callers {
        assert_eq!(caller.await.unwrap(), OLD, "callers are answered");
    }
}
