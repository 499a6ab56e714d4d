//! Who is listed for a domain, for tools that ask.

use cache_core::{Backend, Epoch, Result, Space, Timestamp};

use super::live_set::LiveSet;
use super::record;
use super::standing::record_of;

/// A release that is listed for a domain, and where it has its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// The release, as the application spells it.
    pub release: String,
    /// The epoch of its addresses; [`Epoch::UNVERSIONED`] for a domain that is `unversioned`.
    pub epoch: Epoch,
    /// The fingerprint of its type.
    pub schema: u64,
    /// When one of its processes was last seen, give or take five minutes.
    pub seen: Timestamp,
}

impl Listed {
    /// Reads who is listed for a domain on a store. Nothing is written: who asks is not listed.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no namespace or no domain has, `Codec` if the record is not readable; otherwise if
    /// the store cannot answer.
    ///
    /// # Example
    /// ```
    /// use cache_core::Judge;
    /// use cache_facade::Listed;
    /// use cache_testkit::MemoryBackend;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> cache_core::Result<()> {
    /// let store = MemoryBackend::encoded(Judge::default());
    /// assert_eq!(Listed::read(&store, "app", "character").await?, []);
    /// # Ok(()) }
    /// ```
    pub async fn read<B: Backend>(store: &B, namespace: &str, domain: &str) -> Result<Vec<Self>> {
        let space = Space::new(namespace, domain, 0)?;
        let key = record::key(namespace, &record_of(&space))?;
        let set: LiveSet = record::read(&store.get(key.as_key()).await?)?.unwrap_or_default();
        let rows = set
            .by_address()
            .into_iter()
            .flat_map(|(address, releases)| {
                releases.into_iter().map(move |(release, seen)| Self {
                    release: release.to_owned(),
                    epoch: address.epoch,
                    schema: address.schema,
                    seen,
                })
            });
        Ok(rows.collect())
    }
}
