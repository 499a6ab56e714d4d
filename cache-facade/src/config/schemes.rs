//! The schemes that a backend's URL may have: one table, which a new backend adds its lines to.

use cache_core::Result;

use super::names;

/// A kind of backend.
pub(super) struct Scheme {
    pub(super) name: &'static str,
    /// The Cargo feature that brings it; `None` where none is needed.
    feature: Option<&'static str>,
    is_available: bool,
    /// Whether host, user or path may follow: false for what lives in the process.
    pub(super) has_place: bool,
}

static SCHEMES: [Scheme; 9] = [
    Scheme {
        name: "moka",
        feature: Some("moka"),
        is_available: cfg!(feature = "moka"),
        has_place: false,
    },
    Scheme {
        name: "none",
        feature: None,
        is_available: true,
        has_place: false,
    },
    redis("redis"),
    redis("redis+cluster"),
    redis("redis+sentinel"),
    redis("rediss"),
    redis("rediss+cluster"),
    redis("rediss+sentinel"),
    Scheme {
        name: "sled",
        feature: Some("sled"),
        is_available: cfg!(feature = "sled"),
        has_place: true,
    },
];

const fn redis(name: &'static str) -> Scheme {
    Scheme {
        name,
        feature: Some("redis"),
        is_available: cfg!(feature = "redis"),
        has_place: true,
    }
}

/// Returns the scheme of that name.
///
/// # Errors
/// `InvalidConfig` if there is none; the message lists what is accepted.
pub(super) fn find(scheme: &str) -> Result<&'static Scheme> {
    SCHEMES
        .iter()
        .find(|known| known.name == scheme)
        .ok_or_else(|| {
            let text = names::unknown("scheme", scheme, SCHEMES.iter().map(|known| known.name));
            names::invalid(format!(
                "backend: {text}; or `env:NAME`, a variable that holds the URL"
            ))
        })
}

/// Checks that this build can open a backend of a scheme, `moka` for example.
///
/// # Errors
/// `InvalidConfig` if this release has no such backend (the message lists the accepted schemes), or if it has one that is
/// not compiled in (the message names the Cargo feature).
///
/// # Example
/// ```
/// use cache_facade::config::ensure_compiled_in;
/// ensure_compiled_in("none")?;
/// let error = ensure_compiled_in("mokka").unwrap_err();
/// assert!(error.to_string().contains("unknown scheme `mokka`; accepted: `moka`, `none`, `redis`, "));
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn ensure_compiled_in(scheme: &str) -> Result<()> {
    compiled_in(find(scheme)?)
}

fn compiled_in(scheme: &Scheme) -> Result<()> {
    match scheme.feature {
        Some(feature) if !scheme.is_available => Err(names::invalid(format!(
            "the backend `{}` is not compiled in; it needs the feature `{feature}`",
            scheme.name
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_that_is_not_compiled_in_names_its_feature() {
        let absent = Scheme {
            name: "moka",
            feature: Some("moka"),
            is_available: false,
            has_place: false,
        };
        assert_eq!(
            compiled_in(&absent).unwrap_err().to_string(),
            "invalid_config: the backend `moka` is not compiled in; it needs the feature `moka`"
        );
        assert_eq!(ensure_compiled_in("moka").is_ok(), cfg!(feature = "moka"));
        for scheme in ["redis", "rediss+cluster", "redis+sentinel"] {
            assert_eq!(ensure_compiled_in(scheme).is_ok(), cfg!(feature = "redis"));
        }
        assert_eq!(ensure_compiled_in("sled").is_ok(), cfg!(feature = "sled"));
        assert!(ensure_compiled_in("none").is_ok());
    }

    #[test]
    fn a_scheme_that_this_release_does_not_have_lists_those_it_has() {
        for scheme in ["rocksdb", "memcached", ""] {
            let error = ensure_compiled_in(scheme).unwrap_err().to_string();
            assert!(
                error.contains("accepted: `moka`, `none`, `redis`, ")
                    && error.contains("`sled`; or `env:NAME`"),
                "{error}"
            );
            assert!(!error.contains("feature"), "{error}");
        }
    }
}
