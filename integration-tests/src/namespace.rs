//! Namespaces that no other test uses, also where all tests have one server.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Makes a namespace: the name and a random number.
///
/// ```
/// use integration_tests::namespace_of_its_own;
/// assert_ne!(namespace_of_its_own("test"), namespace_of_its_own("test"));
/// ```
#[must_use]
pub fn namespace_of_its_own(name: &str) -> String {
    format!("{name}-{:016x}", RandomState::new().build_hasher().finish())
}
