//! `redis`: the full stack against the Redis client as an application would use it by hand, and how many round trips an
//! operation makes.

mod proxy;
mod raw;
mod server;
mod trips;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionManager;
use tokio::runtime::Runtime;

use crate::Result;
use crate::pairs::{
    self, Duel, Line, Operation, Record, Scene, Sheet, Stack, Stock, add_lines, add_ratio,
};
use crate::pilot::Pilot;
use crate::report::{Count, Report};

pub(crate) use self::raw::connect;
pub(crate) use self::server::{HOST, Server, config};

/// After so many rounds nobody waits any longer for a narrow interval.
const MOST_ROUNDS: usize = 401;

/// How long both sides wait for an answer: longer than they do by default (250 ms and 500 ms), so that a busy machine does not
/// end the run. The time itself costs nothing; that there is one does.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// How many tasks ask at the same time.
const TASKS: [usize; 4] = [1, 16, 64, 256];

/// Counts the round trips, then measures; the flag says whether the counts are what they have to be.
///
/// # Errors
/// If no server can be started, or an operation fails or does not find the right value.
pub(crate) fn run(rounds: usize) -> Result<(Report<Line>, bool)> {
    let server = Server::start()?;
    let runtime = pairs::runtime()?;
    let mut report = Report::new("redis", 0);
    report.counts = runtime.block_on(trips::count(&server))?;
    let rounds = rounds..MOST_ROUNDS.max(rounds);
    let raw = runtime.block_on(connect(&server))?;
    let stack = Stack::open(config(server.port())?)?;
    let place = Place {
        runtime: &runtime,
        stack: &stack,
        raw: &raw,
        rounds,
    };
    place.small(&mut report)?;
    place.large(&mut report)?;
    let holds = report.counts.values().all(Count::holds);
    Ok((report, holds))
}

/// Where the scenes are played.
struct Place<'a> {
    runtime: &'a Runtime,
    stack: &'a Stack,
    raw: &'a ConnectionManager,
    rounds: Range<usize>,
}

impl Place<'_> {
    /// The record of a character.
    fn small(&self, report: &mut Report<Line>) -> Result {
        let stock = Arc::new(Stock::<Pilot>::new());
        let mut scenes: Vec<Scene> = single();
        scenes.push(Scene {
            operation: Operation::GetMany,
            tasks: 1,
        });
        self.play(report, &stock, "66 B", "", &scenes)
    }

    /// 4 KiB.
    fn large(&self, report: &mut Report<Line>) -> Result {
        let stock = Arc::new(Stock::<Sheet>::new());
        self.play(report, &stock, "4 KiB", "_4k", &single())
    }

    fn play<R: Record>(
        &self,
        report: &mut Report<Line>,
        stock: &Arc<Stock<R>>,
        record: &'static str,
        mark: &str,
        scenes: &[Scene],
    ) -> Result {
        let duel = Duel {
            runtime: self.runtime,
            stock,
            ours: &self.stack.domain::<R>()?,
            raw: &raw::OfType::<R>::new(self.raw),
        };
        duel.fill()?;
        for scene in scenes {
            let name = name(*scene, mark);
            eprintln!("redis_{name}");
            let outcome = duel.play(*scene, &self.rounds)?;
            add_lines(report, record, *scene, &outcome);
            add_ratio(report, format!("redis_{name}"), outcome.throughput());
            add_ratio(report, format!("redis_cpu_{name}"), outcome.cpu());
        }
        Ok(())
    }
}

/// Every operation on one record, by every number of tasks.
fn single() -> Vec<Scene> {
    let scenes = [Operation::Get, Operation::Put]
        .map(|operation| TASKS.map(|tasks| Scene { operation, tasks }));
    scenes.into_iter().flatten().collect()
}

/// What a scene is called among the ratios.
fn name(scene: Scene, mark: &str) -> String {
    let operation = scene.operation.name();
    match scene.operation {
        Operation::GetMany => format!("{operation}{mark}"),
        Operation::Get | Operation::Put => format!("{operation}{mark}_{}", scene.tasks),
    }
}
