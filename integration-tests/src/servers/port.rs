//! Free ports of the loopback interface.

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;

use super::Unavailable;

/// Below the ports that systems give to outgoing connections: a port that a stopped server leaves is free for its restart.
const FIRST: u16 = 11_000;
const COUNT: u16 = 21_000;

const ATTEMPTS: u64 = 200;

/// Finds a port that nobody listens on; somebody else may take it before it is used, so who uses it must be able to try
/// again.
pub(crate) fn free() -> Result<u16, Unavailable> {
    let random = RandomState::new();
    let candidates = (0..ATTEMPTS).map(|attempt| {
        let offset = random.hash_one(attempt) % u64::from(COUNT);
        FIRST.saturating_add(u16::try_from(offset).unwrap_or_default())
    });
    candidates
        .into_iter()
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| Unavailable::new("no free port was found"))
}
