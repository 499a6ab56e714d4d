//! A process is killed while it writes, a hundred times. What it said was flushed is there, and nothing is garbage.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use integration_tests::sled_script::{IDS, Script, Step, mixed};

use crate::child::Process;
use crate::seed::seed;

const DIRECTORIES: u64 = 10;
const KILLS: u64 = 10;

/// At least this many of a hundred have to be opened again with everything that was flushed.
const WHOLE: u64 = 98;

/// What an id holds: the version of its value, or nothing.
type State = HashMap<u64, u64>;

#[derive(Debug, Default)]
struct Figures {
    kills: u64,
    whole: u64,
    quarantined: u64,
    garbage: u64,
    unreadable: u64,
    lost: u64,
    miscounted: u64,
    panics: u64,
    flushes: u64,
    read: u64,
    before_the_first_flush: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            whole,
            quarantined,
            garbage,
            unreadable,
            lost,
            miscounted,
            panics,
            flushes,
            read,
            before_the_first_flush,
        } = self;
        writeln!(
            f,
            "{kills} kills, {before_the_first_flush} before the first flush; {flushes} flushes; {read} values read back"
        )?;
        writeln!(
            f,
            "{whole} opened with everything that was flushed, {quarantined} moved aside"
        )?;
        write!(
            f,
            "garbage {garbage}, unreadable {unreadable}, lost or older than flushed {lost}, miscounted {miscounted}, panics {panics}"
        )
    }
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_flushed_and_leave_no_garbage() {
    let seed = seed();
    let mut figures = Figures::default();
    for directory in 0..DIRECTORIES {
        let root = tempfile::tempdir().unwrap();
        let mut state = State::new();
        for round in 1..=KILLS {
            let seed = mixed(seed ^ mixed(directory * KILLS + round));
            state = kill_once(root.path(), Script { round, seed }, &state, &mut figures);
        }
    }
    println!("{figures}");
    let Figures {
        garbage,
        lost,
        unreadable,
        miscounted,
        panics,
        ..
    } = figures;
    assert_eq!(
        [garbage, unreadable, lost, miscounted, panics],
        [0; 5],
        "CACHE_SEED={seed}\n{figures}"
    );
    assert!(figures.whole >= WHOLE, "CACHE_SEED={seed}\n{figures}");
    assert_eq!(figures.whole + figures.quarantined, figures.kills);
    // Otherwise it was killed before it did anything.
    assert!(figures.flushes > figures.kills && figures.read > 0);
}

/// Runs a script until it is killed, and looks at what is left; answers that.
fn kill_once(path: &Path, script: Script, before: &State, figures: &mut Figures) -> State {
    let words = [script.round.to_string(), script.seed.to_string()];
    // Some are killed while they open.
    let delay = Duration::from_millis(1 + mixed(script.seed) % 300);
    let writer = Process::start("write", path, &words).killed_after(delay);
    figures.kills += 1;
    figures.panics += u64::from(writer.errors.contains("panicked"));
    let was_quarantined = writer.lines.iter().any(|line| line == "quarantined");
    let flushes = writer.lines.iter().filter_map(|line| flushed(line));
    let flushed = flushes.inspect(|_| figures.flushes += 1).last();
    figures.before_the_first_flush += u64::from(flushed.is_none());

    let checked = Process::start("check", path, &[]).ended();
    let failed = !checked.status.success() || checked.errors.contains("panicked");
    if failed {
        eprintln!("{}\n{:?}", checked.errors, checked.status);
        figures.panics += 1;
    }
    let after = told(&checked.lines, figures);
    if was_quarantined || checked.lines.iter().any(|line| line == "quarantined") {
        figures.quarantined += 1;
        return after;
    }
    figures.whole += u64::from(!failed);
    let steps = Steps::of(script);
    let wrong = (0..IDS).filter(|id| !steps.allow(*id, after.get(id).copied(), before, flushed));
    figures.lost += u64::try_from(wrong.count()).unwrap();
    after
}

fn flushed(line: &str) -> Option<u64> {
    line.strip_prefix("flushed ")?.parse().ok()
}

/// What a check told of.
fn told(lines: &[String], figures: &mut Figures) -> State {
    let mut state = State::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["entry", id, version] => {
                figures.read += 1;
                state.insert(id.parse().unwrap(), version.parse().unwrap());
            }
            ["garbage", _] => figures.garbage += 1,
            ["unreadable", _] => figures.unreadable += 1,
            ["miscounted", ..] => {
                eprintln!("{line}");
                figures.miscounted += 1;
            }
            _ => {}
        }
    }
    state
}

/// The steps of a script by id, as far as a process can come before it is killed.
struct Steps {
    script: Script,
    of: HashMap<u64, Vec<(u64, Step)>>,
}

impl Steps {
    const MOST: u64 = 100_000;

    fn of(script: Script) -> Self {
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for number in 0..Self::MOST {
            let (id, step) = script.step(number);
            of.entry(id).or_default().push((number, step));
        }
        Self { script, of }
    }

    /// Whether an id may hold this: what it held at the last flush, or what a later step made of it.
    fn allow(&self, id: u64, holds: Option<u64>, before: &State, flushed: Option<u64>) -> bool {
        let steps = self.of.get(&id).map_or(&[][..], Vec::as_slice);
        let is_flushed = |number: u64| flushed.is_some_and(|last| number <= last);
        let last = steps.iter().rfind(|(number, _)| is_flushed(*number));
        let at_flush = match last {
            None => before.get(&id).copied(),
            Some((_, Step::Put(version))) => Some(*version),
            Some((_, Step::Remove)) => None,
        };
        if holds == at_flush {
            return true;
        }
        match holds {
            Some(version) => self.script.number_of(version).is_some_and(|number| {
                !is_flushed(number) && self.script.step(number) == (id, Step::Put(version))
            }),
            None => steps
                .iter()
                .any(|(number, step)| !is_flushed(*number) && *step == Step::Remove),
        }
    }
}
