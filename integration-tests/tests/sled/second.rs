//! A second process, or a second backend of one process, on the same directory.

use std::time::{Duration, Instant};

use backend_sled::SledBackend;
use cache_core::{Backend, ErrorKind};

use crate::child::Process;

/// What a refusal may take: a second of waiting for a predecessor, and some.
const BOUND: Duration = Duration::from_secs(5);

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "how long a refusal takes")]
async fn a_directory_that_another_process_holds_is_refused_and_free_when_it_ended() {
    let root = tempfile::tempdir().unwrap();
    let open = || SledBackend::builder().path(root.path()).build();
    let mut other = Process::start("hold", root.path(), &[]);
    assert_eq!(other.line().as_deref(), Some("open"));

    let began = Instant::now();
    let error = open().unwrap_err();
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("another process"), "{error}");

    assert!(other.ended().status.success());
    let backend = open().unwrap();
    assert_eq!(backend.quarantined(), None);

    // And the other way round.
    let refused = Process::start("hold", root.path(), &[]).ended();
    assert!(!refused.status.success());
    assert!(
        refused.errors.contains("another process"),
        "{}",
        refused.errors
    );
    assert!(open().unwrap_err().to_string().contains("another backend"));
    backend.close().await.unwrap();
    open().unwrap().close().await.unwrap();
}

#[test]
fn a_directory_is_free_as_soon_as_its_process_was_killed() {
    let root = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let other = Process::start("hold", root.path(), &[]);
        assert_eq!(other.line().as_deref(), Some("open"));
        drop(other);
        let backend = SledBackend::builder().path(root.path()).build().unwrap();
        assert_eq!(backend.quarantined(), None);
    }
}
