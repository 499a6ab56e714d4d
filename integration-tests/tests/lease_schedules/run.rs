//! One schedule, and all of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use integration_tests::steps::{Step, Steps, Stuck};
use tokio::task::JoinHandle;
use tokio::time::advance;

use crate::change::Change;
use crate::explore::Path;
use crate::ground::{Ground, NODES};
use crate::node::{Answer, Fault, Node, Truth, reading};
use crate::oracle::{Oracle, Violation, at_the_end};

/// What stands in the store at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Nothing,
    Stale,
}

/// How time passes besides the rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Stands,
    /// By a third of a lease, this often, at every moment. Loaders are slow: a lease is renewed also while its load has
    /// read the truth.
    Thirds(usize),
    /// Once by more than a lease, at every moment at which no load is writing: what is on its way to the store ages too.
    Lease,
}

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// How many nodes load: A, or A and B.
    pub(crate) loaders: usize,
    pub(crate) change: Option<Change>,
    pub(crate) start: Start,
    pub(crate) time: Time,
    pub(crate) fault: Fault,
}

/// A third of a lease, and a little more, so that each node renews its lease once.
const THIRD: Duration = Duration::from_millis(1_700);

/// Who meets a lease rests until its patience has ended: it tries twice at most.
const REST: Duration = Duration::from_millis(1_010);

const TIME: Step = Step {
    actor: "time",
    what: "passes",
};

/// The writes of a load, as `Stepped` calls them.
const WRITES: [&str; 2] = ["lease", "put if unchanged"];

/// The nodes of one schedule, and what they share.
struct Run {
    id: u64,
    steps: Steps,
    nodes: Vec<Arc<Node>>,
    reader: Node,
    truth: Truth,
    is_changed: Arc<AtomicBool>,
    time: Time,
    /// How often time passes yet.
    passes: usize,
}

/// What came of one schedule.
#[derive(Debug)]
struct Outcome {
    fenced: u64,
    stored: bool,
}

impl Run {
    async fn new(ground: &Ground, id: u64, setting: &Setting) -> Self {
        let (steps, free) = (Steps::default(), Steps::default());
        free.open();
        let reader = ground.node(3, free.actor(NODES[3]), Fault::None);
        if setting.start == Start::Stale {
            reader.put_short(id, reading(0, "before")).await;
            advance(Duration::from_millis(10)).await;
        }
        let node = |index| {
            let loads = index < setting.loaders;
            let fault = if loads { setting.fault } else { Fault::None };
            // Those without a part are not asked before the end.
            let takes_part = loads || (index == 2 && setting.change.is_some());
            let steps = if takes_part { &steps } else { &free };
            Arc::new(ground.node(index, steps.actor(NODES[index]), fault))
        };
        Self {
            id,
            nodes: (0..3).map(node).collect(),
            steps,
            reader,
            truth: Truth::default(),
            is_changed: Arc::default(),
            time: setting.time,
            passes: match setting.time {
                Time::Stands => 0,
                Time::Thirds(times) => times,
                Time::Lease => 1,
            },
        }
    }

    fn start_load(&self, index: usize) -> JoinHandle<Answer> {
        let (node, truth, id) = (
            Arc::clone(&self.nodes[index]),
            Arc::clone(&self.truth),
            self.id,
        );
        let is_slow = matches!(self.time, Time::Thirds(_));
        tokio::spawn(async move {
            let _ending = node.actor.ending();
            node.load(id, NODES[index], &truth, is_slow).await
        })
    }

    fn start_change(&self, change: Change, ground: &Ground) -> JoinHandle<()> {
        let (node, truth, id) = (Arc::clone(&self.nodes[2]), Arc::clone(&self.truth), self.id);
        let (is_changed, mut raw) = (Arc::clone(&self.is_changed), ground.raw.clone());
        tokio::spawn(async move {
            let _ending = node.actor.ending();
            change.make(&node, id, &truth, &mut raw).await;
            is_changed.store(true, SeqCst);
        })
    }

    /// What can be done next. A and B do the same, so that A may begin without loss.
    fn options(&self, begun: &[bool]) -> Vec<Step> {
        let mut options = self.steps.next();
        options.retain(|step| begun[0] || step.actor != NODES[1]);
        let is_writing = options.iter().any(|step| WRITES.contains(&step.what));
        let may_pass = self.time != Time::Lease || !is_writing;
        if self.passes > 0 && !options.is_empty() && may_pass {
            options.push(TIME);
        }
        options
    }

    async fn pass(&mut self) -> Result<(), Stuck> {
        self.passes -= 1;
        let thirds = if self.time == Time::Lease { 4 } else { 1 };
        for _ in 0..thirds {
            self.steps.pass(THIRD).await?;
            self.steps.settled(REST).await?;
        }
        Ok(())
    }

    /// Goes one path to its end, with a read after every step. Returns which loads began after the change.
    async fn go(&mut self, path: &mut Path, oracle: &mut Oracle) -> Result<Vec<bool>, Violation> {
        let (mut begun, mut after) = (vec![false; 3], vec![false; 3]);
        self.steps.settled(REST).await?;
        loop {
            let options = self.options(&begun);
            if options.is_empty() {
                return Ok(after);
            }
            let step = path.choose(options);
            match NODES.iter().position(|name| *name == step.actor) {
                Some(actor) => {
                    if !begun[actor] {
                        (begun[actor], after[actor]) = (true, self.is_changed.load(SeqCst));
                    }
                    assert!(self.steps.go(step.actor, REST).await?);
                }
                None => self.pass().await?,
            }
            let is_changed = self.is_changed.load(SeqCst);
            oracle.read(self.reader.get(self.id).await, is_changed)?;
        }
    }

    /// After all steps: every node reads, and then every node loads.
    async fn end(&self) -> Result<(), Violation> {
        let (mut reads, mut loads) = (Vec::new(), Vec::new());
        reads.push(self.reader.get(self.id).await);
        for node in &self.nodes {
            reads.push(node.get(self.id).await);
        }
        for (node, name) in self.nodes.iter().zip(NODES) {
            loads.push(node.load(self.id, name, &self.truth, false).await.value);
        }
        at_the_end(&reads, &loads, self.is_changed.load(SeqCst))
    }

    fn fenced(&self) -> u64 {
        let stats = self.nodes.iter().map(|node| node.readings.stats().fenced);
        stats.sum()
    }
}

async fn schedule(
    ground: &Ground,
    id: u64,
    setting: &Setting,
    path: &mut Path,
) -> Result<Outcome, Violation> {
    let mut oracle = Oracle::default();
    let mut run = Run::new(ground, id, setting).await;
    let loads: Vec<_> = (0..setting.loaders)
        .map(|index| run.start_load(index))
        .collect();
    let change = setting
        .change
        .map(|change| run.start_change(change, ground));
    let gone = run.go(path, &mut oracle).await;
    run.steps.open();
    let mut answers = Vec::new();
    for load in loads {
        answers.push(load.await.unwrap());
    }
    if let Some(change) = change {
        change.await.unwrap();
    }
    let after = gone?;
    for (answer, came_after) in answers.iter().zip(after) {
        oracle.answer(answer, came_after)?;
    }
    let outcome = Outcome {
        fenced: run.fenced(),
        stored: answers.iter().any(|answer| oracle.has_seen(&answer.loaded)),
    };
    run.end().await?;
    Ok(outcome)
}

/// What came of all schedules.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    pub(crate) schedules: u64,
    pub(crate) longest: usize,
    /// In how many a load was kept out, and the first of them.
    pub(crate) fenced: u64,
    pub(crate) first_fenced: Option<String>,
    /// In how many the value of a load was seen in the store.
    pub(crate) stored: u64,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} schedules of up to {} steps; a load was stored in {}, kept out in {}",
            self.schedules, self.longest, self.stored, self.fenced
        )
    }
}

/// A schedule in which a promise was broken.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The how manieth it was.
    pub(crate) schedule: u64,
    pub(crate) steps: String,
    pub(crate) why: Violation,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "schedule {}:{}\n    => {}",
            self.schedule, self.steps, self.why
        )
    }
}

/// Runs every schedule, up to the first that breaks a promise.
pub(crate) async fn search(ground: &mut Ground, setting: &Setting) -> Result<Explored, Broken> {
    let (mut path, mut seen) = (Path::default(), Explored::default());
    loop {
        seen.schedules += 1;
        let outcome = schedule(ground, seen.schedules, setting, &mut path).await;
        ground.raw.delete(seen.schedules).await;
        let outcome = outcome.map_err(|why| Broken {
            schedule: seen.schedules,
            steps: path.to_string(),
            why,
        })?;
        seen.longest = seen.longest.max(path.len());
        seen.stored += u64::from(outcome.stored);
        if outcome.fenced > 0 {
            seen.fenced += 1;
            seen.first_fenced.get_or_insert_with(|| path.to_string());
        }
        if !path.advance() {
            return Ok(seen);
        }
    }
}

/// Runs every schedule; none may break a promise.
pub(crate) async fn explore(ground: &mut Ground, setting: &Setting) -> Explored {
    match search(ground, setting).await {
        Ok(explored) => {
            println!("{setting}: {explored}");
            explored
        }
        Err(broken) => panic!("{setting}: {broken}"),
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.loaders == 1 { "A" } else { "A, B" })?;
        if let Some(change) = self.change {
            write!(f, " against {change:?}")?;
        }
        write!(f, ", from {:?}", self.start)?;
        match self.time {
            Time::Stands => {}
            Time::Thirds(times) => write!(f, ", {times} x a third of a lease")?,
            Time::Lease => f.write_str(", more than a lease")?,
        }
        if self.fault != Fault::None {
            write!(f, ", {:?}", self.fault)?;
        }
        Ok(())
    }
}
