//! How much memory the process holds.

/// Returns the resident set in MiB, where the system tells it (Linux: the `VmRSS` of proc(5)).
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib as f64 / 1024.0 * 10.0).round() / 10.0)
}
