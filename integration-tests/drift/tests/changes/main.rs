//! One module per change of a type: `before` and `after` never read each other's bytes.

mod added;
mod generic;
mod nested;
mod opaque;
mod recursive;
mod removed;
mod renamed;
mod retyped;
mod serde_enums;
mod serde_fields;
mod serde_names;
mod serde_proxies;
mod swapped;
mod tuples;
mod variants;

/// What each version of a type derives, and what each change is tried with.
mod prelude {
    pub(crate) use cache_core::CodecKind::{self, Bincode, Json, Postcard};
    pub(crate) use cache_facade::{Cacheable, Schema};
    pub(crate) use drift_tests::{misread, never_meet};
    pub(crate) use serde::{Deserialize, Serialize};

    /// For types that every codec reads.
    pub(crate) const EVERY: &[CodecKind] = &CodecKind::ALL;
    /// For types whose shape only the bytes tell.
    pub(crate) const SELF_DESCRIBING: &[CodecKind] = &[Json];
}
