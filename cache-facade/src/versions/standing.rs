//! One domain as one release sees it: its own address, whether its row stands, and the addresses of the others.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use cache_core::{Epoch, Error, Key, Meta, OwnedKey, Result, Space, Timestamp};
use tokio::sync::Mutex;

use super::live_set::{Address, LiveSet};
use super::{record, state};
use crate::spec::RAW_DOMAIN;

/// A row that was last seen longer ago is renewed by whoever finds it so.
const RENEWED_AFTER: Duration = Duration::from_secs(300);

/// A process that only reads looks at the record this often: it may have been lost.
const CHECKED_AFTER: Duration = Duration::from_secs(5);

/// Who did not look at the record for this long may have lost the row, and enters again before reading on.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(240);

/// A row that could not be renewed is as good as none from then on: a store that answers reads and refuses writes takes nobody's
/// reads away before.
const LOST_AFTER: Duration = Duration::from_secs(900);

/// A row that was unseen for this long is that of nobody who reads or loads: [`LOST_AFTER`] and [`FORGOTTEN_AFTER`] have passed,
/// and many times what the slowest load takes.
pub(super) const ABANDONED_AFTER: Duration = Duration::from_secs(1_800);

/// Clocks of hosts may differ by this much. Where an address was first listed less long ago, or by a clock that is ahead, a process
/// counts from when it read that, by its own clock.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// What the ids of records begin with; the domain follows.
const RECORD: &str = "live:";

/// Returns the id of a domain's record. Of free-form keys, each type has one: there, values of different types have nothing to
/// do with each other.
pub(super) fn record_of(space: &Space) -> String {
    if space.domain() == RAW_DOMAIN {
        format!("{RECORD}{RAW_DOMAIN}.{:016x}", space.schema())
    } else {
        format!("{RECORD}{}", space.domain())
    }
}

/// Returns the domain of which an id of the reserved domain is the record.
pub(super) fn domain_of(id: &[u8]) -> Option<&str> {
    let of = id.strip_prefix(RECORD.as_bytes())?;
    let of = of.split(|byte| *byte == b'.').next()?;
    std::str::from_utf8(of).ok()
}

/// Says whether an id of the reserved domain is that of a record, of this domain or of any.
pub(super) fn is_record(id: &[u8], domain: Option<&str>) -> bool {
    domain_of(id).is_some_and(|of| domain.is_none_or(|domain| of == domain))
}

/// What a change needs to know to reach an id under another release's address.
pub(super) type Other = (Space, Epoch);

pub(super) struct Standing {
    space: Space,
    epoch: Epoch,
    /// The key of the record.
    pub(super) record: OwnedKey,
    /// The key of what all domains of the namespace have together.
    pub(super) marks: OwnedKey,
    /// What was created before this moment is not read, in milliseconds.
    mark: AtomicU64,
    /// Whether it was read.
    knows_mark: AtomicBool,
    /// How long a change may be under way that does not know of an address.
    settling: Duration,
    /// Since when the record counts on the own address, and when this process first read that.
    sighted: StdMutex<Option<(Timestamp, Timestamp)>>,
    /// When every change under way knows of the own address, in milliseconds.
    settled: AtomicU64,
    stands: AtomicBool,
    /// When the record was last looked at for the own row, in milliseconds.
    checked: AtomicU64,
    /// When somebody last set out to look, in milliseconds.
    asked: AtomicU64,
    others: RwLock<Arc<[Other]>>,
    /// The record as it was last seen with the own row in it: whoever finds another one knows what is missing there.
    whole: StdMutex<LiveSet>,
    /// Under how many addresses somebody may be at work.
    active: AtomicUsize,
    /// Held by the one that enters.
    pub(super) entering: Mutex<Entered>,
    /// How often somebody tried to enter.
    pub(super) tries: AtomicU64,
}

/// What the last try to enter came to.
#[derive(Debug, Default)]
pub(super) struct Entered {
    pub(super) tries: u64,
    pub(super) failure: Option<Error>,
}

/// What a look at the record said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The own row is there, and was renewed lately.
    Stands,
    /// The own row is there, and is to be renewed.
    Old,
    /// The own row is not there, or was not renewed for so long that it counts as gone.
    Missing,
}

impl Seen {
    pub(super) fn of(seen: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(seen) = seen else {
            return Self::Missing;
        };
        match Duration::from_millis(now.as_millis().abs_diff(seen.as_millis())) {
            age if age > LOST_AFTER => Self::Missing,
            age if age > RENEWED_AFTER => Self::Old,
            _ => Self::Stands,
        }
    }
}

impl Standing {
    /// # Errors
    /// None that can happen: the namespace was accepted before.
    pub(super) fn new(space: &Space, epoch: Epoch, settling: Duration) -> Result<Self> {
        Ok(Self {
            record: record::key(space.namespace(), &record_of(space))?,
            marks: record::key(space.namespace(), state::ID)?,
            mark: AtomicU64::new(0),
            knows_mark: AtomicBool::new(false),
            space: space.clone(),
            epoch,
            settling,
            sighted: StdMutex::new(None),
            settled: AtomicU64::new(u64::MAX),
            stands: AtomicBool::new(false),
            checked: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            others: RwLock::new(Arc::new([])),
            whole: StdMutex::default(),
            active: AtomicUsize::new(0),
            entering: Mutex::new(Entered::default()),
            tries: AtomicU64::new(0),
        })
    }

    /// Says whether a key is one at the own address.
    pub(super) fn is_of(&self, key: Key<'_>) -> bool {
        self.space == *key.space() && self.epoch == key.epoch()
    }

    /// Says whether entries may be read and stored: the own row stands, and what is no longer read is known.
    pub(super) fn stands(&self) -> bool {
        self.stands.load(SeqCst)
    }

    pub(super) fn leave(&self) {
        self.stands.store(false, SeqCst);
    }

    pub(super) fn domain(&self) -> &str {
        self.space.domain()
    }

    fn mark(&self) -> u64 {
        self.mark.load(SeqCst)
    }

    pub(super) fn has_mark(&self) -> bool {
        self.mark() > 0
    }

    /// Says whether an entry is older than what is still read.
    #[inline]
    pub(super) fn is_below(&self, meta: &Meta) -> bool {
        meta.created.as_millis() < self.mark()
    }

    /// Takes note of the mark that the store tells.
    pub(super) fn learn_mark(&self, mark: Timestamp) {
        self.raise(mark);
        self.knows_mark.store(true, SeqCst);
    }

    /// A mark only rises.
    pub(super) fn raise(&self, mark: Timestamp) {
        self.mark.fetch_max(mark.as_millis(), SeqCst);
    }

    /// Returns how long it is until values may be taken over to the own address.
    pub(super) fn settles_in(&self, now: Timestamp) -> Duration {
        Timestamp::from_millis(self.settled.load(SeqCst)).since(now)
    }

    /// Says whether the record was not looked at for so long that the row may be gone.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        is_older(self.checked.load(SeqCst), FORGOTTEN_AFTER, now)
    }

    /// Says whether it is time to look at the record, to one caller of many at the same time.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let asked = self.asked.load(SeqCst);
        is_older(asked, CHECKED_AFTER, now)
            && self
                .asked
                .compare_exchange(asked, now.as_millis(), SeqCst, SeqCst)
                .is_ok()
    }

    /// Takes note that the record was looked at for the own row. What a change learns of the others is no such look: who writes
    /// all the time has to renew the row too.
    pub(super) fn is_checked(&self, now: Timestamp) {
        self.asked.store(now.as_millis(), SeqCst);
        self.checked.store(now.as_millis(), SeqCst);
    }

    /// Returns how often a change has to remove a value that is at so many addresses.
    ///
    /// It may be carried from address to address meanwhile, by those who are at work under the later ones, each time from a place
    /// that is not reached yet to one that was.
    pub(super) fn passes(&self, addresses: usize) -> usize {
        passes(addresses, self.active.load(SeqCst))
    }

    /// Returns where others have entries.
    pub(super) fn others(&self) -> Arc<[Other]> {
        Arc::clone(&self.others.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn own(&self) -> Other {
        (self.space.clone(), self.epoch)
    }

    pub(super) fn address(&self) -> Address {
        Address::of(&self.space, self.epoch)
    }

    /// Learns what the record says; `None` is no record. Returns where others have entries by that; who they are is not
    /// forgotten with a lost record, nor with one that was begun anew since.
    pub(super) fn learn(
        &self,
        set: Option<&LiveSet>,
        release: &str,
        now: Timestamp,
    ) -> Result<(Seen, Arc<[Other]>)> {
        let (seen, others) = match set.map(|set| self.restored(set, release, now)) {
            Some(set) => {
                self.learn_when_settled(&set, now);
                let active = set.seen_since(before(now, ABANDONED_AFTER));
                self.active.store(active, SeqCst);
                // What is to be brought back has to be written first.
                let seen = match &set {
                    Cow::Borrowed(set) => set.seen(self.address(), release),
                    Cow::Owned(_) => None,
                };
                (seen, self.learn_others(set.addresses())?)
            }
            None => (None, self.others()),
        };
        let seen = Seen::of(seen, now);
        let stands = seen != Seen::Missing && self.knows_mark.load(SeqCst);
        self.stands.store(stands, SeqCst);
        Ok((seen, others))
    }

    /// Returns a record with the rows of the one that it was begun anew in place of, should any be missing.
    pub(super) fn restored<'a>(
        &self,
        set: &'a LiveSet,
        release: &str,
        now: Timestamp,
    ) -> Cow<'a, LiveSet> {
        let mut whole = locked(&self.whole);
        if set.is_another(&whole) {
            let mut restored = set.clone();
            if restored.restore(&whole, now) {
                return Cow::Owned(restored);
            }
        }
        if *whole != *set && set.seen(self.address(), release).is_some() {
            whole.clone_from(set);
        }
        Cow::Borrowed(set)
    }

    /// Takes note of the record that this process wrote: it has room for no more than that.
    pub(super) fn wrote(&self, set: &LiveSet) {
        locked(&self.whole).clone_from(set);
    }

    fn learn_when_settled(&self, set: &LiveSet, now: Timestamp) {
        let Some(since) = set.since(self.address(), before(now, ABANDONED_AFTER)) else {
            return;
        };
        let mut sighted = locked(&self.sighted);
        let seen = sighted.filter(|(of, _)| *of == since);
        let (_, seen) = *sighted.insert(seen.unwrap_or((since, now)));
        let began = if since.after(CLOCKS_DIFFER) < now {
            since
        } else {
            seen
        };
        let settled = began.after(self.settling);
        self.settled.store(settled.as_millis(), SeqCst);
    }

    fn learn_others(&self, mut addresses: BTreeSet<Address>) -> Result<Arc<[Other]>> {
        addresses.remove(&self.address());
        let known = self.others();
        let is_known = |(space, epoch): &Other| addresses.contains(&Address::of(space, *epoch));
        if known.len() == addresses.len() && known.iter().all(is_known) {
            return Ok(known);
        }
        let (namespace, domain) = (self.space.namespace(), self.space.domain());
        let others: Result<Vec<Other>> = addresses
            .into_iter()
            .map(|one| Ok((Space::new(namespace, domain, one.schema)?, one.epoch)))
            .collect();
        let others: Arc<[Other]> = others?.into();
        *self.others.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&others);
        Ok(others)
    }
}

fn locked<T>(mutex: &StdMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns how often a value at so many addresses has to be removed, if at so many of them somebody is at work. One may come back to
/// work meanwhile.
pub(super) fn passes(addresses: usize, at_work: usize) -> usize {
    addresses.min(at_work.max(1) + 1)
}

/// Returns the moment so long before another one.
pub(super) fn before(moment: Timestamp, by: Duration) -> Timestamp {
    let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(moment.as_millis().saturating_sub(millis))
}

/// Says whether a moment in milliseconds is longer ago than this, whichever way the clock went.
fn is_older(moment: u64, than: Duration, now: Timestamp) -> bool {
    Duration::from_millis(now.as_millis().abs_diff(moment)) > than
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing")
            .field("space", &self.space)
            .field("epoch", &self.epoch)
            .field("stands", &self.stands())
            .field("others", &self.others().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLING: Duration = Duration::from_secs(2);

    /// Whoever listed the address may have a clock that is ahead, by little or by much.
    #[test]
    fn a_clock_that_is_ahead_does_not_keep_an_address_from_settling() {
        let space = Space::new("app", "character", 7).unwrap();
        let now = Timestamp::from_millis(1 << 40);
        for ahead in [0, 60, 3_600, 86_400].map(Duration::from_secs) {
            let standing = Standing::new(&space, Epoch(1 << 32), SETTLING).unwrap();
            let mut set = LiveSet::default();
            set.enter(standing.address(), "1.4.0", now.after(ahead));
            standing.learn(Some(&set), "1.5.0", now).unwrap();
            assert_eq!(standing.settles_in(now), SETTLING, "{ahead:?}");
            let later = now.after(SETTLING);
            standing.learn(Some(&set), "1.5.0", later).unwrap();
            assert_eq!(standing.settles_in(later), Duration::ZERO, "{ahead:?}");
        }
    }

    #[test]
    fn an_address_that_was_listed_long_ago_has_settled() {
        let space = Space::new("app", "character", 7).unwrap();
        let now = Timestamp::from_millis(1 << 40);
        let standing = Standing::new(&space, Epoch(1 << 32), SETTLING).unwrap();
        let mut set = LiveSet::default();
        set.enter(standing.address(), "1.4.0", before(now, 2 * CLOCKS_DIFFER));
        standing.learn(Some(&set), "1.5.0", now).unwrap();
        assert_eq!(standing.settles_in(now), Duration::ZERO);
    }
}
