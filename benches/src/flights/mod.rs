//! `flights`: how often the loader is called when many ask for one missing key at the same time.
//!
//! Every scene runs on a multi-thread runtime, in a cache of its own. The loader yields until everybody has asked, so no
//! caller comes too late to be part of it.

mod crowd;
mod scenes;
mod upstream;

use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

use self::scenes::{Outcome, Scene};
use self::upstream::Way;
use crate::Result;
use crate::report::{Report, Row, tenth};

const CALLERS: [usize; 2] = [1_000, 10_000];
const WORKERS: usize = 2;

/// One scene with one number of callers, played once.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    name: String,
    keys: usize,
    threads: usize,
    /// The time until all were answered, over the callers. One round, so both are the same.
    median_ns: f64,
    min_ns: f64,
    total_ms: f64,
    callers: usize,
    loader_calls: u64,
    expected_calls: u64,
    /// Whether every caller got the answer that the scene promises.
    right_answers: bool,
}

impl Line {
    fn holds(&self) -> bool {
        self.loader_calls == self.expected_calls && self.right_answers
    }
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &[
        "scene",
        "callers",
        "loader calls",
        "expected",
        "answers",
        "total ms",
        "ns per caller",
    ];

    fn cells(&self) -> Vec<String> {
        let answers = if self.right_answers { "right" } else { "WRONG" };
        vec![
            self.name.clone(),
            self.callers.to_string(),
            self.loader_calls.to_string(),
            self.expected_calls.to_string(),
            answers.to_owned(),
            format!("{:.1}", self.total_ms),
            format!("{:.0}", self.median_ns),
        ]
    }
}

/// Plays every scene; the flag says whether each went as it should.
///
/// # Errors
/// If a cache cannot be built, or the callers do not assemble.
pub(crate) fn run() -> Result<(Report<Line>, bool)> {
    let runtime = runtime()?;
    let mut lines = Vec::new();
    for callers in CALLERS {
        for scene in Scene::ALL {
            for way in Way::ALL {
                let outcome = runtime.block_on(scene.play(way, callers))?;
                lines.push(line(scene, way, callers, &outcome));
            }
        }
    }
    let holds = lines.iter().all(Line::holds);
    let mut report = Report::new("flights", 1);
    report.contenders = lines;
    Ok((report, holds))
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn line(scene: Scene, way: Way, callers: usize, outcome: &Outcome) -> Line {
    let nanos = outcome.wall.as_nanos() as f64;
    let per_caller = tenth(nanos / callers as f64);
    Line {
        name: format!("{}, {}", way.name(), scene.name()),
        keys: 1,
        threads: WORKERS,
        median_ns: per_caller,
        min_ns: per_caller,
        total_ms: tenth(nanos / 1e6),
        callers,
        loader_calls: outcome.loader_calls,
        expected_calls: scene.expected_calls(way),
        right_answers: outcome.right_answers,
    }
}
