//! Where the releases of a namespace have entries: the addresses that are listed, and what a walk finds there.

use std::collections::BTreeMap;

use cache_core::{Epoch, Key, Meta, OwnedKey, RESERVED_DOMAIN, Result, Scope, Space, Timestamp};
use serde::Serialize;

use super::super::live_set::{Address, LiveSet};
use super::super::{record, standing};
use super::{Manager, utc};

/// A release at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SeenRelease {
    /// Its version.
    pub release: String,
    /// When one of its processes was last seen, at most 5 minutes late while it has reads. Serialized as UTC.
    #[serde(serialize_with = "utc::serialize")]
    pub seen: Timestamp,
}

/// An address: where releases with the same type have the entries of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddressStatus {
    /// The domain.
    pub domain: String,
    /// The epoch; 0 for domains that are `unversioned`.
    pub epoch: u64,
    /// The fingerprint of the type, in 16 hex digits.
    pub schema: String,
    /// The releases that are listed there; none if the record does not list the address.
    pub releases: Vec<SeenRelease>,
    /// How many live entries a walk found there.
    pub entries: u64,
}

/// A domain's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) domain: String,
    pub(super) address: Address,
}

impl Place {
    fn of(key: &Key<'_>) -> Self {
        Self {
            domain: key.space().domain().to_owned(),
            address: Address::of(key.space(), key.epoch()),
        }
    }

    pub(super) fn scope<'a>(&'a self, namespace: &'a str) -> Scope<'a> {
        Scope {
            epoch: Some(self.address.epoch),
            schema: Some(self.address.schema),
            ..Scope::domain(namespace, &self.domain)
        }
    }

    pub(super) fn space(&self, namespace: &str) -> Result<Space> {
        Space::new(namespace, &self.domain, self.address.schema)
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.address.epoch
    }
}

/// What the records list.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed(BTreeMap<Place, Vec<SeenRelease>>);

impl Listed {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Place, &[SeenRelease])> {
        self.0.iter().map(|(place, seen)| (place, seen.as_slice()))
    }

    pub(super) fn contains(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub(super) struct Census {
    counts: BTreeMap<Place, u64>,
    /// Some entries, each as likely as any other.
    pub(super) samples: Vec<(OwnedKey, Meta)>,
}

impl Census {
    /// Adds an entry. The hash of a key has a seed that no key knows, so the lowest hashes are a random choice.
    fn add(&mut self, key: OwnedKey, meta: Meta, samples: usize) {
        *self.counts.entry(Place::of(&key.as_key())).or_default() += 1;
        let place = self
            .samples
            .partition_point(|(one, _)| one.hash() < key.hash());
        if place < samples {
            self.samples.insert(place, (key, meta));
            self.samples.truncate(samples);
        }
    }

    /// Returns how many entries were found at these addresses.
    pub(super) fn count(&self, places: &[Place]) -> u64 {
        let counts = places.iter().filter_map(|place| self.counts.get(place));
        counts.sum()
    }

    /// Returns how many entries were found where nothing is listed.
    pub(super) fn unlisted(&self, listed: &Listed) -> u64 {
        let counts = self.counts.iter();
        let unlisted = counts.filter(|(place, _)| !listed.contains(place));
        unlisted.map(|(_, count)| count).sum()
    }

    /// Returns what was found at each address, and what is listed without entries.
    pub(super) fn told(&self, listed: &Listed) -> Vec<AddressStatus> {
        let mut places: BTreeMap<&Place, u64> = listed.0.keys().map(|place| (place, 0)).collect();
        places.extend(self.counts.iter().map(|(place, count)| (place, *count)));
        let told = places.into_iter().map(|(place, entries)| AddressStatus {
            domain: place.domain.clone(),
            epoch: place.address.epoch.0,
            schema: format!("{:016x}", place.address.schema),
            releases: listed.0.get(place).cloned().unwrap_or_default(),
            entries,
        });
        told.collect()
    }
}

impl Manager {
    /// Reads every domain's record.
    pub(super) async fn listed(&self) -> Result<Listed> {
        let mut listed = Listed::default();
        let records = Scope::domain(&self.namespace, RESERVED_DOMAIN);
        let mut keys = Vec::new();
        self.walk(records, |key, _| {
            if standing::domain_of(key.as_key().id()).is_some() {
                keys.push(key);
            }
        })
        .await?;
        for key in keys {
            let found = self.store_get(key.as_key()).await?;
            let set: LiveSet = record::read(&found)?.unwrap_or_default();
            let domain = standing::domain_of(key.as_key().id()).unwrap_or_default();
            for (address, releases) in set.by_address() {
                let place = Place {
                    domain: domain.to_owned(),
                    address,
                };
                let seen = releases.into_iter().map(|(release, seen)| SeenRelease {
                    release: release.to_owned(),
                    seen,
                });
                listed.0.entry(place).or_default().extend(seen);
            }
        }
        Ok(listed)
    }

    /// Walks through all live entries of the namespace, its records excepted.
    pub(super) async fn census(&self, samples: usize) -> Result<Census> {
        let mut census = Census::default();
        self.walk(Scope::namespace(&self.namespace), |key, meta| {
            census.add(key, meta, samples);
        })
        .await?;
        Ok(census)
    }
}
