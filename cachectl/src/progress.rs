//! A progress line on a terminal; nothing elsewhere.

use std::fmt;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Counts what was handled.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts at zero of `things`, such as `keys`.
    pub(crate) fn of(things: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        let line = format!("{{spinner}} {{pos}} {things}, {{per_sec}}, {{elapsed}} {{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&line) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    pub(crate) fn file(&self, name: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(name.to_owned());
        }
    }

    pub(crate) fn add(&self, count: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    /// Prints a line above the progress.
    pub(crate) fn warn(&self, line: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
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
