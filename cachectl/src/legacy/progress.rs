//! A progress line on a terminal; nothing elsewhere.

use std::fmt;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how many keys were handled.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(super) fn start() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {pos} keys, {per_sec}, {elapsed}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    pub(super) fn add(&self, keys: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(u64::try_from(keys).unwrap_or(u64::MAX));
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
