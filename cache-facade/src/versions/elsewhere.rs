//! A change at one release's address reaches its ids under the addresses of the others.
//!
//! Whoever takes over a value of another release, by a migration or a deployment, leaves a lease at its own address, reads the
//! other's, and stores over its lease. A change has to remove the value before it removes the lease for the last time, and
//! cannot know who takes over from whom: so where there are several addresses, it removes once more for each at which somebody is
//! at work, to which the value may have been carried meanwhile.

use std::future::Future;

use cache_core::{Backend, Key, Put, Removed, Result};
use futures_util::future::{join, join3};

use super::shared::Shared;
use super::standing::{Other, Standing};

/// Addresses, by domain.
type Addresses<'a> = Vec<(&'a Standing, Vec<Other>)>;

impl<B: Backend> Shared<B> {
    /// Removes keys at all addresses.
    ///
    /// Whoever is not listed by then reads and loads nothing that is older than this change.
    pub(super) async fn remove_everywhere(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let standings = self.standings(keys);
        if standings.is_empty() {
            return self.remove_all(keys).await;
        }
        let known = known(&standings);
        let before = self.remove_at(keys, &known);
        let (own, before, records) =
            join3(self.remove_all(keys), before, self.records(&standings)).await;
        let after = match listed(known, records) {
            Ok((listed, unknown)) => {
                let unknown = self.remove_at(keys, &unknown).await;
                all(unknown, self.remove_again(keys, with_own(listed), 0).await)
            }
            Err(error) => vec![Err(error); keys.len()],
        };
        let elsewhere = all(before, after).into_iter();
        elsewhere
            .zip(own)
            .map(|(elsewhere, own)| elsewhere.and(own))
            .collect()
    }

    /// Removes a key from the addresses of others before and after doing something at its own.
    pub(super) async fn around_own<O>(
        &self,
        key: Key<'_>,
        own: impl Future<Output = Result<O>>,
    ) -> Result<O> {
        let standings = self.standings(&[key]);
        let (known, keys) = (known(&standings), [key]);
        let before = self.remove_at(&keys, &known);
        let (before, records) = join(before, self.records(&standings)).await;
        let (listed, unknown) = listed(known, records)?;
        let unknown = self.remove_at(&keys, &unknown).await;
        let own = own.await?;
        // Who took over from the own address before that, and who did from another's.
        let again = self.remove_again(&keys, listed, 1).await;
        all(all(before, unknown), again)
            .into_iter()
            .collect::<Result<()>>()?;
        Ok(own)
    }

    /// Puts keys, and then removes elsewhere those that were stored.
    ///
    /// Of two releases that both put an id, each after its own value was stored, at least one removes the other's: for both
    /// to stay, each to be seen by one release alone, each removal would have to come before the other's put.
    pub(super) async fn before_others(
        &self,
        keys: &[Key<'_>],
        own: impl Future<Output = Vec<Result<Put>>>,
    ) -> Vec<Result<Put>> {
        let standings = self.standings(keys);
        let (mut puts, records) = join(own, self.records(&standings)).await;
        let nowhere = standings.into_iter().map(|one| (one, Vec::new())).collect();
        let stored = puts.iter().enumerate();
        let stored = stored.filter(|(_, put)| matches!(put, Ok(Put::Stored(_))));
        let (places, keys): (Vec<_>, Vec<_>) = stored
            .filter_map(|(place, _)| Some((place, *keys.get(place)?)))
            .unzip();
        let removed = match listed(nowhere, records) {
            Ok((listed, _)) => {
                let once = self.remove_at(&keys, &listed).await;
                all(once, self.remove_again(&keys, listed, 0).await)
            }
            Err(error) => vec![Err(error); keys.len()],
        };
        for (place, removed) in places.into_iter().zip(removed) {
            if let (Some(put), Err(error)) = (puts.get_mut(place), removed) {
                *put = Err(error);
            }
        }
        puts
    }

    /// Removes keys as often as it takes after the first time. `spared` says how many addresses of each domain are not among these.
    async fn remove_again(
        &self,
        keys: &[Key<'_>],
        mut addresses: Addresses<'_>,
        spared: usize,
    ) -> Vec<Result<()>> {
        let mut results = vec![Ok(()); keys.len()];
        for pass in 1.. {
            addresses.retain(|(standing, all)| standing.passes(all.len() + spared) > pass);
            if addresses.is_empty() {
                break;
            }
            results = all(results, self.remove_at(keys, &addresses).await);
        }
        results
    }

    /// Removes each key at the addresses of its domain. One that fails does not hide the others.
    async fn remove_at(&self, keys: &[Key<'_>], addresses: &Addresses<'_>) -> Vec<Result<()>> {
        let mut results = vec![Ok(()); keys.len()];
        let (mut places, mut elsewhere) = (Vec::new(), Vec::new());
        for (place, key) in keys.iter().enumerate() {
            let others = addresses
                .iter()
                .filter(|(standing, _)| standing.is_of(*key));
            for (space, epoch) in others.flat_map(|(_, others)| others) {
                match Key::new(space, *epoch, key.id()) {
                    Ok(key) => {
                        places.push(place);
                        elsewhere.push(key);
                    }
                    Err(error) => set(&mut results, place, Err(error)),
                }
            }
        }
        if !elsewhere.is_empty() {
            let removed = self.remove_all(&elsewhere).await;
            for (place, removed) in places.into_iter().zip(removed) {
                set(&mut results, place, removed.map(drop));
            }
        }
        results
    }
}

fn known<'a>(standings: &[&'a Standing]) -> Addresses<'a> {
    let standings = standings.iter();
    standings.map(|one| (*one, one.others().to_vec())).collect()
}

/// Adds what the records list to what was known: all, and those alone that were not known. What a lost record no longer
/// lists is still among all.
fn listed<'a>(
    known: Addresses<'a>,
    records: Vec<Result<std::sync::Arc<[Other]>>>,
) -> Result<(Addresses<'a>, Addresses<'a>)> {
    let (mut all, mut unknown) = (Vec::new(), Vec::new());
    for ((standing, mut addresses), record) in known.into_iter().zip(records) {
        let new = record?;
        let new = new.iter().filter(|other| !addresses.contains(other));
        let new: Vec<Other> = new.cloned().collect();
        addresses.extend(new.iter().cloned());
        all.push((standing, addresses));
        unknown.push((standing, new));
    }
    Ok((all, unknown))
}

/// Adds each domain's own address.
fn with_own(mut addresses: Addresses<'_>) -> Addresses<'_> {
    for (standing, all) in &mut addresses {
        all.push(standing.own());
    }
    addresses
}

fn all(first: Vec<Result<()>>, second: Vec<Result<()>>) -> Vec<Result<()>> {
    let both = first.into_iter().zip(second);
    both.map(|(first, second)| first.and(second)).collect()
}

/// The first error of a place stays.
fn set(results: &mut [Result<()>], place: usize, result: Result<()>) {
    if let (Err(error), Some(kept @ Ok(()))) = (result, results.get_mut(place)) {
        *kept = Err(error);
    }
}
