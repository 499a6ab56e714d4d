//! The crypto provider behind `https`.

use rustls::crypto::{CryptoProvider, ring};

/// Makes ring the provider of this process, unless the application has chosen one. reqwest is built without a provider
/// of its own and would panic without this.
pub(super) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which serves as well.
        let _ = ring::default_provider().install_default();
    }
}
