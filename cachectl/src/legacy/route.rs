//! Where the values of each row go: the address under which the release looks for them.

use cache_core::{Backend, Epoch, OwnedKey, Space, Ttl};
use cache_facade::Listed;

use super::mapping::{Mapping, Row};
use super::pattern::Pattern;
use crate::fault::Fault;
use crate::inspect::no_answer;

/// A row, with the place that its values go to.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) keys: Pattern,
    pub(super) endless: Option<Ttl>,
    pub(super) space: Space,
    epoch: Epoch,
}

impl Route {
    /// Finds the places of all rows. Where a row names no schema, it is the one that the release is listed with.
    ///
    /// # Errors
    /// A usage fault if the release is not listed with one schema, or the store's own.
    pub(super) async fn all<B: Backend>(mapping: Mapping, store: &B) -> Result<Vec<Self>, Fault> {
        let Mapping {
            namespace,
            release,
            rows,
        } = mapping;
        let mut routes = Vec::with_capacity(rows.len());
        for row in rows {
            let schema = match row.schema {
                Some(schema) => schema,
                None => listed(&row, &namespace, &release, store).await?,
            };
            let space = Space::new(&namespace, &row.domain, schema);
            routes.push(Self {
                keys: row.keys,
                endless: row.endless,
                space: space.map_err(|error| Fault::of("the mapping", error))?,
                epoch: row.epoch,
            });
        }
        Ok(routes)
    }

    /// Returns some key of the place.
    pub(super) fn any(&self) -> cache_core::Result<OwnedKey> {
        OwnedKey::new(self.space.clone(), self.epoch, Vec::new())
    }

    /// Returns the new key of an old one; `None` if the old one does not match, or is longer than ids may be.
    pub(super) fn key(&self, old: &[u8]) -> Option<OwnedKey> {
        let id = self.keys.id(old)?;
        OwnedKey::new(self.space.clone(), self.epoch, id).ok()
    }
}

/// Reads the schema that the release is listed with.
async fn listed<B: Backend>(
    row: &Row,
    namespace: &str,
    release: &str,
    store: &B,
) -> Result<u64, Fault> {
    let rows = Listed::read(store, namespace, &row.domain).await;
    let rows = rows.map_err(no_answer)?;
    let of_release = || rows.iter().filter(|listed| listed.release == release);
    let here = of_release().filter(|listed| listed.epoch == row.epoch);
    let mut schemas: Vec<u64> = here.map(|listed| listed.schema).collect();
    schemas.sort_unstable();
    schemas.dedup();
    match schemas.as_slice() {
        [schema] => Ok(*schema),
        [] => Err(not_listed(row, release, of_release().next(), &rows)),
        several => Err(Fault::usage(format!(
            "domain `{}`: release `{release}` is listed with several types; accepted as `schema` of the row is one of {}",
            row.domain,
            list(several.iter().map(|schema| format!("{schema:016x}")))
        ))),
    }
}

/// Says why there is no schema, and what helps.
fn not_listed(row: &Row, release: &str, elsewhere: Option<&Listed>, all: &[Listed]) -> Fault {
    let domain = &row.domain;
    let why = match elsewhere {
        Some(listed) if listed.epoch == Epoch::UNVERSIONED => {
            "there it is `unversioned`; the row has to say so: `unversioned = true`".to_owned()
        }
        Some(_) => "there it is not `unversioned`; the row must not say so".to_owned(),
        None if all.is_empty() => format!(
            "nobody is listed there; start release `{release}` once, with the feature `versioning`, let it read from the domain, \
             and try again, or give the row a `schema`"
        ),
        None => format!(
            "release `{release}` is not listed there, but {}; start it once, let it read from the domain, and try again, or give \
             the row a `schema`",
            list(all.iter().map(|listed| format!("`{}`", listed.release)))
        ),
    };
    Fault::usage(format!("domain `{domain}`: {why}"))
}

/// Lists names, each once.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names.join(", ")
}
