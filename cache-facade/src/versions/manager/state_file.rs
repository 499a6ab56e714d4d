//! The state before a deployment, as a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cache_core::{Error, ErrorKind, Result, Timestamp};

use super::report::DeployReport;
use super::utc;

/// Writes what was current and how many entries stood where.
///
/// # Errors
/// `InvalidArgument` if the file cannot be written.
pub(super) async fn save(
    path: PathBuf,
    now: Timestamp,
    current: Option<&str>,
    report: &DeployReport,
) -> Result<()> {
    let text = serde_json::json!({
        "at": utc::text(now),
        "current": current,
        "deploying": report.to,
        "addresses": report.before,
    });
    let write = move || write(&path, &text.to_string());
    let written = tokio::task::spawn_blocking(write).await;
    written.unwrap_or_else(|_| Err(unwritten()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| unwritten().with_source(Arc::new(error) as Arc<_>))
}

fn unwritten() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "the file for the state before the deployment cannot be written; nothing was changed",
    )
}
