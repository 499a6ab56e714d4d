//! Which addresses are converted into which, for a release.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{AnyBackend, Backend, Epoch, Key, Layer, Result};
use tokio::time::sleep;

use super::super::live_set::Address;
use super::Manager;
use super::compatibility::Deployable;
use super::convert::{Conversion, Converted};
use super::places::{Listed, Place};
use super::strategy::Strategy;
use crate::deadline::within;
use crate::migration::Kept;
use crate::pace::Pace;
use crate::spec::RAW_DOMAIN;
use crate::versions::{Versioned, VersionedLayer, settling};

/// The conversions of a release, and what cannot be converted.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) conversions: Vec<Conversion>,
    /// Addresses that nothing converts to the release's types.
    pub(super) unconvertible: Vec<Place>,
}

impl Manager {
    /// Plans what becomes of entries of an epoch.
    ///
    /// A domain of this process's own release knows its types. Of others, and of free-form keys, an address with the same
    /// schema takes the entries as they are: where the schema is the same, the type is.
    pub(super) fn plan(&self, listed: &Listed, from: Epoch, to: &Deployable) -> Plan {
        let mut plan = Plan::default();
        let is_own = self.release() == Some(to.text.as_str());
        let sources = listed.iter().map(|(place, _)| place);
        for place in sources.filter(|place| place.epoch() == from) {
            let mut domains = self.domains();
            let known = domains.find(|domain| is_own && domain.space().domain() == place.domain);
            let target = match known {
                Some(domain) => of_domain(domain, place),
                None => of_type(listed, place, to),
            };
            match target {
                Target::There => {}
                Target::At(address, by) => plan.conversions.push(Conversion {
                    from: place.clone(),
                    to: Place {
                        domain: place.domain.clone(),
                        address,
                    },
                    by,
                }),
                Target::None => plan.unconvertible.push(place.clone()),
            }
        }
        plan
    }

    /// Carries a plan out.
    pub(super) async fn convert_all_of(
        &self,
        plan: &Plan,
        to: &Deployable,
        strategy: &Strategy,
    ) -> Result<Vec<Converted>> {
        let target = self.target(to);
        self.enter_all(plan, &target).await?;
        let mut pace = Pace::new(strategy.rate);
        let mut converted = Vec::new();
        for conversion in &plan.conversions {
            let hottest = &strategy.hottest;
            converted.push(
                self.convert(conversion, &target, hottest, &mut pace)
                    .await?,
            );
        }
        Ok(converted)
    }

    /// Returns the layer of the cache in this process, if there is one.
    pub(super) fn versions(&self) -> Option<&Versioned<AnyBackend>> {
        self.cache.as_ref()?.core().versions.as_ref()
    }

    /// Returns the store as a release sees it; as this process does, if it is one of that release.
    fn target(&self, to: &Deployable) -> Versioned<AnyBackend> {
        let is_own = self.release() == Some(to.text.as_str());
        if let Some(versions) = self.versions().filter(|_| is_own) {
            return versions.for_loads();
        }
        let layer = VersionedLayer::new(to.text.clone(), self.judge.clone());
        let layer = layer.deadline(self.deadline);
        layer.layer(self.store.clone()).for_loads()
    }

    /// Lists the release at every address that it is going to have entries at, so that changes reach them; and waits for changes
    /// that began before.
    async fn enter_all(&self, plan: &Plan, target: &Versioned<AnyBackend>) -> Result<()> {
        let mut settles_in = Duration::ZERO;
        for conversion in &plan.conversions {
            let space = conversion.to.space(&self.namespace)?;
            let any = Key::new(&space, conversion.to.epoch(), b"")?;
            within(self.limit, target.head(any)).await?;
            settles_in = settles_in.max(target.settles_in(any));
        }
        let longest = settling(self.deadline);
        if let Some(versions) = self.versions() {
            within(self.limit, versions.look_again()).await?;
            if !versions.has_company() && !plan.conversions.is_empty() {
                // Changes of this process: those that began before it looked again know of no new address.
                settles_in = longest;
            }
        }
        sleep(settles_in.min(longest)).await;
        Ok(())
    }
}

enum Target {
    /// The entries are where they belong.
    There,
    At(Address, Option<Arc<dyn Kept>>),
    None,
}

fn of_domain(domain: &Arc<dyn Kept>, place: &Place) -> Target {
    let own = Address::of(domain.space(), domain.epoch());
    if own == place.address {
        Target::There
    } else if own.schema == place.address.schema {
        Target::At(own, None)
    } else if domain.takes_from(place.address.schema) {
        Target::At(own, Some(Arc::clone(domain)))
    } else {
        Target::None
    }
}

fn of_type(listed: &Listed, place: &Place, to: &Deployable) -> Target {
    if place.epoch() == to.epoch || place.epoch() == Epoch::UNVERSIONED {
        return Target::There;
    }
    let address = Address {
        epoch: to.epoch,
        ..place.address
    };
    let same = Place {
        domain: place.domain.clone(),
        address,
    };
    if place.domain == RAW_DOMAIN || listed.contains(&same) {
        Target::At(address, None)
    } else {
        Target::None
    }
}
