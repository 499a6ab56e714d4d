//! One domain as one release sees it: its own address, whether its row stands, and the addresses of the others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cache_core::{Epoch, Key, OwnedKey, RESERVED_DOMAIN, Result, Space, Timestamp};
use tokio::sync::Mutex;

use super::live_set::{Address, LiveSet};
use crate::spec::RAW_DOMAIN;

/// A row that was last seen longer ago is renewed by whoever finds it so.
const RENEWED_AFTER: Duration = Duration::from_secs(300);

/// A process that only reads looks at the record this often: it may have been lost.
const CHECKED_AFTER: Duration = Duration::from_secs(5);

/// What the ids of records begin with; the domain follows.
const RECORD: &str = "live:";

/// Returns the id of a domain's record. Of free-form keys, each type has one: there, values of different types have nothing to
/// do with each other.
fn record_of(space: &Space) -> String {
    if space.domain() == RAW_DOMAIN {
        format!("{RECORD}{RAW_DOMAIN}.{:016x}", space.schema())
    } else {
        format!("{RECORD}{}", space.domain())
    }
}

/// Says whether an id of the reserved domain is that of a record, of this domain or of any.
pub(super) fn is_record(id: &[u8], domain: Option<&str>) -> bool {
    let of = id.strip_prefix(RECORD.as_bytes());
    let of = of.and_then(|of| of.split(|byte| *byte == b'.').next());
    of.is_some_and(|of| domain.is_none_or(|domain| of == domain.as_bytes()))
}

/// What a change needs to know to reach an id under another release's address.
pub(super) type Other = (Space, Epoch);

pub(super) struct Standing {
    space: Space,
    epoch: Epoch,
    /// The key of the record.
    pub(super) record: OwnedKey,
    stands: AtomicBool,
    /// When the record was last looked at, in milliseconds.
    checked: AtomicU64,
    others: RwLock<Arc<[Other]>>,
    /// Held by the one that enters.
    pub(super) entering: Mutex<()>,
}

/// What a look at the record said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The own row is there, and was renewed lately.
    Stands,
    /// The own row is there, and is to be renewed.
    Old,
    /// The own row is not there.
    Missing,
}

impl Seen {
    fn of(seen: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(seen) = seen else {
            return Self::Missing;
        };
        let age = now.as_millis().abs_diff(seen.as_millis());
        if Duration::from_millis(age) > RENEWED_AFTER {
            Self::Old
        } else {
            Self::Stands
        }
    }
}

impl Standing {
    /// # Errors
    /// None that can happen: the namespace was accepted before.
    pub(super) fn new(space: &Space, epoch: Epoch) -> Result<Self> {
        let records = Space::new(space.namespace(), RESERVED_DOMAIN, 0)?;
        let id = record_of(space);
        Ok(Self {
            record: Key::new(&records, Epoch::UNVERSIONED, id.as_bytes())?.to_owned(),
            space: space.clone(),
            epoch,
            stands: AtomicBool::new(false),
            checked: AtomicU64::new(0),
            others: RwLock::new(Arc::new([])),
            entering: Mutex::new(()),
        })
    }

    /// Says whether a key is one at the own address.
    pub(super) fn is_of(&self, key: Key<'_>) -> bool {
        self.space == *key.space() && self.epoch == key.epoch()
    }

    /// Says whether entries may be read and stored.
    pub(super) fn stands(&self) -> bool {
        self.stands.load(SeqCst)
    }

    /// Says whether it is time to look at the record, to one caller of many at the same time.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let checked = self.checked.load(SeqCst);
        // Whichever way the clock went.
        let age = now.as_millis().abs_diff(checked);
        Duration::from_millis(age) > CHECKED_AFTER
            && self
                .checked
                .compare_exchange(checked, now.as_millis(), SeqCst, SeqCst)
                .is_ok()
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
    /// forgotten with a lost record.
    pub(super) fn learn(
        &self,
        set: Option<&LiveSet>,
        release: &str,
        now: Timestamp,
    ) -> Result<(Seen, Arc<[Other]>)> {
        let seen = set.and_then(|set| set.seen(self.address(), release));
        let others = match set {
            Some(set) => self.learn_others(set.addresses())?,
            None => self.others(),
        };
        self.checked.store(now.as_millis(), SeqCst);
        self.stands.store(seen.is_some(), SeqCst);
        Ok((Seen::of(seen, now), others))
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
