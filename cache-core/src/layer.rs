//! Layers: settings that wrap a backend in another one.

use crate::Backend;

/// Wraps a backend: `XLayer` holds settings, `X<B>` does the work.
///
/// Layers are generic, and the finished stack is erased once; the first layer that is applied is the innermost.
pub trait Layer<B> {
    /// The wrapped backend.
    type Backend: Backend;

    /// Wraps a backend.
    fn layer(&self, inner: B) -> Self::Backend;
}
