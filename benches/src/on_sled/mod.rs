//! `sled`: the full stack against sled as an application would use it by hand, and how many threads for blocking work an
//! operation asks for.

mod dirs;
mod hops;
mod raw;

use std::ops::Range;
use std::sync::Arc;

use sled::Db;
use tokio::runtime::Runtime;

use self::raw::{Hopping, Inline};
use crate::Result;
use crate::pairs::{
    self, Duel, Line, Operation, Record, Scene, Sheet, Side, Stack, Stock, add_lines, add_ratio,
};
use crate::pilot::Pilot;
use crate::report::{Count, Report};

pub(crate) use self::dirs::Dirs;
pub(crate) use self::raw::open;

/// After so many rounds nobody waits any longer for a narrow interval.
const MOST_ROUNDS: usize = 151;

/// How many tasks ask at the same time.
const TASKS: [usize; 2] = [1, 16];

/// Counts the hops, then measures; the flag says whether the counts are what they have to be.
///
/// # Errors
/// If a directory cannot be opened, or an operation fails or does not find the right value.
pub(crate) fn run(rounds: usize) -> Result<(Report<Line>, bool)> {
    let mut report = Report::new("sled", 0);
    report.counts = hops::count()?;
    let dirs = Dirs::new()?;
    let runtime = pairs::runtime()?;
    // A store may be opened again after a failure, which takes a runtime; so may its end.
    let inside = runtime.enter();
    let place = Place {
        runtime: &runtime,
        hopping: Stack::open(dirs.config("hopping", "offload")?)?,
        inline: Stack::open(dirs.config("inline", "inline")?)?,
        raw: open(&dirs.path("raw"))?,
        rounds: rounds..MOST_ROUNDS.max(rounds),
    };
    place.play::<Pilot>(&mut report, "66 B", "")?;
    place.play::<Sheet>(&mut report, "4 KiB", "_4k")?;
    let holds = report.counts.values().all(Count::holds);
    drop(inside);
    Ok((report, holds))
}

/// Where the scenes are played.
struct Place<'a> {
    runtime: &'a Runtime,
    hopping: Stack,
    inline: Stack,
    raw: Db,
    rounds: Range<usize>,
}

impl Place<'_> {
    /// Plays all scenes with records of one type.
    fn play<R: Record>(
        &self,
        report: &mut Report<Line>,
        record: &'static str,
        mark: &str,
    ) -> Result {
        let stock = Arc::new(Stock::<R>::new());
        let hopping = Duel {
            runtime: self.runtime,
            stock: &stock,
            ours: &self.hopping.domain::<R>()?,
            raw: &Hopping::<R>::new(&self.raw),
        };
        hopping.fill()?;
        for scene in hopping_scenes() {
            self.duel(report, record, &name(scene, mark), &hopping, scene)?;
        }
        let inline = Duel {
            runtime: self.runtime,
            stock: &stock,
            ours: &self.inline.domain::<R>()?,
            raw: &Inline::<R>::new(&self.raw),
        };
        inline.fill()?;
        for operation in [Operation::Get, Operation::GetMany] {
            let scene = Scene {
                operation,
                tasks: 1,
            };
            let name = format!("{}_inline", name(scene, mark));
            self.duel(report, record, &name, &inline, scene)?;
        }
        Ok(())
    }

    fn duel<R: Record, O: Side<R>, W: Side<R>>(
        &self,
        report: &mut Report<Line>,
        record: &'static str,
        name: &str,
        duel: &Duel<'_, R, O, W>,
        scene: Scene,
    ) -> Result {
        eprintln!("sled_{name}");
        let outcome = duel.play(scene, &self.rounds)?;
        add_lines(report, record, scene, &outcome);
        add_ratio(report, format!("sled_{name}"), outcome.time());
        add_ratio(report, format!("sled_cpu_{name}"), outcome.cpu());
        Ok(())
    }
}

/// Every operation on one record, by every number of tasks, and a batch.
fn hopping_scenes() -> impl Iterator<Item = Scene> {
    let single = [Operation::Get, Operation::Put].into_iter();
    single
        .flat_map(|operation| TASKS.map(|tasks| Scene { operation, tasks }))
        .chain([Scene {
            operation: Operation::GetMany,
            tasks: 1,
        }])
}

/// What a scene is called among the ratios: that of one task has no number.
fn name(scene: Scene, mark: &str) -> String {
    let operation = scene.operation.name();
    match scene.tasks {
        1 => format!("{operation}{mark}"),
        tasks => format!("{operation}{mark}_{tasks}"),
    }
}
