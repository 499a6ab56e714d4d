//! Spaces: namespace, domain and schema of a type of value, resolved once per handle so that a key carries a reference.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use crate::address::Frame;
use crate::{Error, ErrorKind, Result};

/// The domain that holds the cache's own records; only operations that name it reach it.
pub const RESERVED_DOMAIN: &str = "_cache";

const MAX_NAMESPACE_BYTES: usize = 128;
const MAX_DOMAIN_BYTES: usize = 64;

/// A namespace, a domain and the schema of what is stored there.
///
/// Spaces are interned: equal names give the same space, and each living space has a dense [index](Self::index) that no
/// other living space of the process has. Clones are cheap and compare by identity.
///
/// # Example
/// ```
/// # use cache_core::Space;
/// let space = Space::new("app", "character", 7)?;
/// assert_eq!(space, Space::new("app", "character", 7)?);
/// assert_ne!(space, Space::new("app", "character", 8)?);
/// assert!(Space::new("app", "No Domain", 7).is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Space(Arc<Inner>);

struct Inner {
    name: Arc<Name>,
    index: u32,
    /// The hasher after it has read the names: a key's hash goes on from here.
    hasher: FoldHasher<'static>,
    frame: Frame,
}

#[derive(PartialEq, Eq, Hash)]
struct Name {
    namespace: Box<str>,
    domain: Box<str>,
    schema: u64,
}

/// Living spaces by name. It holds weak references, so its size is bounded by the spaces in use.
#[derive(Default)]
struct Interner {
    spaces: HashMap<Arc<Name>, Weak<Inner>>,
    free: Vec<u32>,
    next: u32,
}

static INTERNER: LazyLock<Mutex<Interner>> = LazyLock::new(Mutex::default);

fn interner() -> MutexGuard<'static, Interner> {
    INTERNER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Space {
    /// Resolves a space.
    ///
    /// # Errors
    /// `InvalidArgument` if the namespace is empty or longer than 128 bytes, or the domain does not match
    /// `[a-z][a-z0-9_]*` (or is longer than 64 bytes) and is not [`RESERVED_DOMAIN`].
    pub fn new(namespace: &str, domain: &str, schema: u64) -> Result<Self> {
        check_namespace(namespace)?;
        check_domain(domain)?;
        Ok(Self::intern(Name {
            namespace: namespace.into(),
            domain: domain.into(),
            schema,
        }))
    }

    fn intern(name: Name) -> Self {
        let mut interner = interner();
        if let Some(known) = interner.spaces.get(&name).and_then(Weak::upgrade) {
            return Self(known);
        }
        let index = interner.free.pop().unwrap_or_else(|| {
            interner.next += 1;
            interner.next - 1
        });
        let name = Arc::new(name);
        let inner = Arc::new(Inner {
            index,
            hasher: hasher_after(&name),
            frame: Frame::new(&name.namespace, &name.domain, name.schema),
            name: Arc::clone(&name),
        });
        interner.spaces.insert(name, Arc::downgrade(&inner));
        Self(inner)
    }

    /// Returns the namespace: what separates applications or tenants on one store.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.0.name.namespace
    }

    /// Returns the domain: one type of value.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.0.name.domain
    }

    /// Returns the fingerprint of the type that is stored.
    #[must_use]
    pub fn schema(&self) -> u64 {
        self.0.name.schema
    }

    /// Returns a small number that no other living space of this process has.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.0.index
    }

    pub(crate) fn frame(&self) -> &Frame {
        &self.0.frame
    }

    pub(crate) fn hasher(&self) -> FoldHasher<'static> {
        self.0.hasher.clone()
    }
}

fn hasher_after(name: &Name) -> FoldHasher<'static> {
    // The shared seed is drawn once per process: hashes mean nothing outside it.
    let mut hasher = FoldHasher::with_seed(0, SharedSeed::global_random());
    name.hash(&mut hasher);
    hasher
}

fn check_namespace(namespace: &str) -> Result<()> {
    if namespace.is_empty() || namespace.len() > MAX_NAMESPACE_BYTES {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "namespace: accepted are 1 to 128 bytes of text",
        ));
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<()> {
    let mut bytes = domain.bytes();
    let well_formed = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if domain == RESERVED_DOMAIN || (well_formed && domain.len() <= MAX_DOMAIN_BYTES) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        "domain: accepted is `[a-z][a-z0-9_]*` of at most 64 bytes",
    ))
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut interner = interner();
        // A space of the same name may have been made between the last clone's end and this lock; it has its own index.
        if interner
            .spaces
            .get(&self.name)
            .is_some_and(|known| known.strong_count() == 0)
        {
            interner.spaces.remove(&self.name);
        }
        interner.free.push(self.index);
    }
}

impl PartialEq for Space {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Space {}

impl Hash for Space {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.index.hash(state);
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Space({}/{}.{:016x})",
            self.namespace(),
            self.domain(),
            self.schema()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn living_spaces_have_different_indexes_and_dead_ones_leave_theirs() {
        let a = Space::new("interner", "a", 1).unwrap();
        let b = Space::new("interner", "b", 1).unwrap();
        assert_ne!(a.index(), b.index());
        drop(b);
        assert!(
            !interner()
                .spaces
                .keys()
                .any(|name| &*name.namespace == "interner" && &*name.domain == "b")
        );
        assert_eq!(a, Space::new("interner", "a", 1).unwrap());
    }

    #[test]
    fn names_outside_the_grammar_are_refused() {
        let long = "n".repeat(129);
        for (namespace, domain) in [
            ("", "a"),
            (long.as_str(), "a"),
            ("n", ""),
            ("n", "A"),
            ("n", "1a"),
            ("n", "a-b"),
            ("n", "_x"),
        ] {
            assert_eq!(
                Space::new(namespace, domain, 0).unwrap_err().kind(),
                ErrorKind::InvalidArgument
            );
        }
        assert!(Space::new("a*?[]\\:%", RESERVED_DOMAIN, 0).is_ok());
    }

    #[test]
    fn creation_and_end_on_many_threads_keep_indexes_apart() {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(|| {
                    for round in 0..2_000_u64 {
                        let one = Space::new("churn", "one", round % 3).unwrap();
                        let two = Space::new("churn", "two", round % 3).unwrap();
                        assert_ne!(one.index(), two.index());
                        assert_eq!(one, Space::new("churn", "one", round % 3).unwrap());
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
