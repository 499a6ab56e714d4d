//! What the crate promises, told through its public interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, in its helpers too"
)]

mod answers;
mod bodies;
mod budget;
mod canned;
mod day;
mod files;
mod refusals;
mod retries;
mod shutdown;
mod support;

/// A plain client, for what the client under test would not send. With the feature `tls` it needs a crypto provider, which
/// only that client installs by itself.
fn http() -> reqwest::Client {
    #[cfg(feature = "tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
