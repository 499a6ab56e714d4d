//! The plan's domains on the cache: the five kinds of entity and killmails, loaded from ESI.
//!
//! Which backend stores them, and for how long, is the configuration's business; the TTLs that the types name are the
//! plan's (24 hours; systems and killmails 1 hour).

use std::time::Duration;

use cache_facade::{
    Cache, CacheBuilder, Cached, Domain, KeyPart, LoadContext, Loaded, Loader, Result, Ttl, domain,
};

use crate::Id;
use crate::esi::{EsiAnswer, EsiClient, EsiError, Lookup};
use crate::model::{Alliance, Character, Corporation, Killmail, SolarSystem, UniverseType};

/// The domains of EVE Online on a [`Cache`].
///
/// # Example
/// ```
/// use cache_facade::Cache;
/// use eve::cache::EveCache;
/// use eve::esi::{EsiClient, EsiConfig};
/// use eve::standin::StandIn;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let esi = StandIn::builder().start().await?;
/// let client = EsiClient::new(EsiConfig { base_url: esi.base_url(), ..EsiConfig::default() })?;
/// let cache = EveCache::register(Cache::builder(), &client).build()?;
/// let eve = EveCache::open(&cache)?;
///
/// assert!(eve.get_system(30_000_142).await?.is_none());
/// let jita = eve.load_system(30_000_142).await?.ok_or("absent")?;
/// assert_eq!(jita.name, "Jita");
/// assert!(eve.get_system("30000142").await?.is_some());
/// # esi.close().await;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EveCache {
    characters: Domain<Character>,
    corporations: Domain<Corporation>,
    alliances: Domain<Alliance>,
    systems: Domain<SolarSystem>,
    types: Domain<UniverseType>,
    killmails: Domain<Killmail>,
}

impl EveCache {
    /// Registers the domains, with loaders that ask ESI.
    #[must_use]
    pub fn register(builder: CacheBuilder, esi: &EsiClient) -> CacheBuilder {
        builder
            .domain(domain().loader(ById::new(esi, EsiClient::get_character)))
            .domain(domain().loader(ById::new(esi, EsiClient::get_corporation)))
            .domain(domain().loader(ById::new(esi, EsiClient::get_alliance)))
            .domain(domain().loader(ById::new(esi, EsiClient::get_system)))
            .domain(domain().loader(ById::new(esi, EsiClient::get_type)))
            .domain(domain().loader(ByHash(esi.clone())))
    }

    /// Opens the domains of a cache that was built with [`EveCache::register`].
    ///
    /// # Errors
    /// `InvalidArgument` if a domain was not registered.
    pub fn open(cache: &Cache) -> Result<Self> {
        Ok(Self {
            characters: cache.domain()?,
            corporations: cache.domain()?,
            alliances: cache.domain()?,
            systems: cache.domain()?,
            types: cache.domain()?,
            killmails: cache.domain()?,
        })
    }
}

/// The same five methods for each kind of entity: written once, so that no kind is forgotten.
macro_rules! entities {
    ($($field:ident $type:ty: $get:ident $load:ident $put:ident $put_with_ttl:ident, $what:literal, $id:literal;)*) => {
        impl EveCache {$(
            #[doc = concat!("Returns the domain of ", $what, "s, for everything that has no method here.")]
            #[must_use]
            pub const fn $field(&self) -> &Domain<$type> {
                &self.$field
            }

            #[doc = concat!("Returns the cached ", $what, " of ", $id, ", if there is a fresh one. ESI is not asked.")]
            ///
            /// # Errors
            /// If the store cannot answer.
            pub async fn $get(&self, id: impl KeyPart + Send + Sync) -> Result<Option<Cached<$type>>> {
                self.$field.get(id).await
            }

            #[doc = concat!("Returns the ", $what, " of ", $id, ", from the cache or from ESI; `None` if there is none.")]
            ///
            /// # Errors
            /// `Load` with the [`EsiError`] if ESI does not answer, `Timeout` if it is too slow.
            pub async fn $load(&self, id: impl KeyPart + Send + Sync) -> Result<Option<Cached<$type>>> {
                self.$field.get_or_load(id).await
            }

            #[doc = concat!("Stores the ", $what, " of ", $id, " for the domain's TTL.")]
            ///
            /// # Errors
            /// If the store cannot answer.
            pub async fn $put(&self, id: impl KeyPart + Send + Sync, value: $type) -> Result<()> {
                self.$field.put(id, value).await
            }

            #[doc = concat!("Stores the ", $what, " of ", $id, " for a TTL of its own.")]
            ///
            /// # Errors
            /// `InvalidArgument` for a TTL of zero; otherwise if the store cannot answer.
            pub async fn $put_with_ttl(&self, id: impl KeyPart + Send + Sync, value: $type, ttl: Ttl) -> Result<()> {
                self.$field.put_with_ttl(id, value, ttl).await
            }
        )*}
    };
}

entities! {
    characters Character: get_character load_character put_character put_character_with_ttl, "character", "an id";
    corporations Corporation: get_corporation load_corporation put_corporation put_corporation_with_ttl, "corporation", "an id";
    alliances Alliance: get_alliance load_alliance put_alliance put_alliance_with_ttl, "alliance", "an id";
    systems SolarSystem: get_system load_system put_system put_system_with_ttl, "solar system", "an id";
    types UniverseType: get_type load_type put_type put_type_with_ttl, "type", "an id";
    killmails Killmail: get_killmail load_killmail put_killmail put_killmail_with_ttl, "killmail", "an id and its hash, `(id, hash)`";
}

/// Loads what has a plain id.
struct ById<T> {
    esi: EsiClient,
    ask: fn(&EsiClient, Id) -> Lookup<T>,
}

impl<T> ById<T> {
    fn new(esi: &EsiClient, ask: fn(&EsiClient, Id) -> Lookup<T>) -> Self {
        Self {
            esi: esi.clone(),
            ask,
        }
    }
}

impl<T: serde::de::DeserializeOwned + Send + Sync + 'static> Loader<T> for ById<T> {
    type Id = Id;
    type Error = EsiError;

    async fn load(
        &self,
        id: Id,
        context: LoadContext<T>,
    ) -> std::result::Result<Loaded<T>, EsiError> {
        load((self.ask)(&self.esi, id), &context).await
    }
}

/// Loads killmails, which ESI hands out only to who knows their hash.
struct ByHash(EsiClient);

impl Loader<Killmail> for ByHash {
    type Id = (Id, String);
    type Error = EsiError;

    async fn load(
        &self,
        (id, hash): (Id, String),
        context: LoadContext<Killmail>,
    ) -> std::result::Result<Loaded<Killmail>, EsiError> {
        load(self.0.get_killmail(id, &hash), &context).await
    }
}

/// Asks ESI, unconditionally: what is past its TTL is not kept, so there is nothing to ask about.
async fn load<T: serde::de::DeserializeOwned + Send + Sync>(
    lookup: Lookup<T>,
    context: &LoadContext<T>,
) -> std::result::Result<Loaded<T>, EsiError> {
    Ok(match lookup.within(context.time_limit()).send().await? {
        // `no-store`, or an `Expires` that has passed: for this caller alone.
        EsiAnswer::Found {
            value,
            expires: Some(Duration::ZERO),
            ..
        } => Loaded::DoNotStore(value),
        EsiAnswer::Found { value, .. } => Loaded::Value(value),
        EsiAnswer::NotModified { .. } => Loaded::NotModified,
        EsiAnswer::Absent => Loaded::Absent,
    })
}
