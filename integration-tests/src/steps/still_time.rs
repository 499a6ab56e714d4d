//! Paused time that stays where it is while a real server is asked.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Keeps tokio's paused time from moving by itself, as it does whenever a runtime has nothing to do but to wait: for a
/// server too. While this is held, time moves by `tokio::time::advance` alone.
///
/// After `longest`, in real time, it lets go: then whatever hangs meets its deadline at once, and the test ends.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use integration_tests::steps::StillTime;
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
/// # runtime.block_on(async {
/// let before = tokio::time::Instant::now();
/// let still = StillTime::new(Duration::from_secs(60));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let accepted = tokio::time::timeout(Duration::from_secs(1), listener.accept());
/// let (accepted, connected) = tokio::join!(accepted, tokio::net::TcpStream::connect(listener.local_addr()?));
/// assert!(accepted.is_ok() && connected.is_ok());
/// assert_eq!(before.elapsed(), Duration::ZERO);
/// # drop(still);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct StillTime {
    _held: Sender<()>,
}

impl StillTime {
    /// Holds the time of the runtime that this is called in.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        let (held, dropped) = channel();
        // Tokio moves no paused time while a blocking task runs.
        drop(tokio::task::spawn_blocking(move || {
            dropped.recv_timeout(longest)
        }));
        Self { _held: held }
    }
}
