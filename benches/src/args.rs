//! Reads the command line: few commands, few flags, so by hand.

use crate::Result;

/// What `cache-bench --help` prints.
pub(crate) const HELP: &str = "\
Measures the cache: cache-bench <command> [--json] [--rounds N]

  hits       what a look-up of a present key costs, beside other caches
  flights    how often the loader is called when 1,000 and 10,000 callers miss one key at the same time
  cost       what a hit executes: instructions, allocations, atomic read-modify-writes, against budgets.toml
             (needs valgrind and objdump)
  redis      the full stack against the Redis client used by hand, in pairs; round trips of an operation
             (needs redis-server)
  sled       the full stack against sled used by hand, in pairs; hops to threads for blocking work
  layers     what a decorator costs a hit: over a store that does nothing, over moka and over Redis
             (needs valgrind, objdump and redis-server)
  old-vs-new a day of kills through the facade, and through moka, Redis and sled used by hand, in pairs
             (needs redis-server)
  --json     one JSON object instead of a table
  --rounds   how many rounds `hits` runs, 15 to 1,000 (default 25), and the commands in pairs at least, 31 to
             1,000 (default 31)
  --kills    how many kills a round of `old-vs-new` replays at most, at least 1 (default: see README.md)
  --help     this list
";

/// Fewer rounds than this say little about a median.
const FEWEST_ROUNDS: usize = 15;
/// The same for pairs: their interval comes from drawing the rounds anew, of which there must be enough to draw from.
const FEWEST_PAIRS: usize = 31;
const MOST_ROUNDS: usize = 1_000;
/// What a command without pairs runs if nothing is said.
const ROUNDS: usize = 25;

/// A command with what was said about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Hits(Options),
    Flights(Options),
    Cost(Options),
    Redis(Options),
    Sled(Options),
    Layers(Options),
    OldVsNew {
        options: Options,
        /// The most kills of a round, if it was said.
        kills: Option<usize>,
    },
    /// What `cost` runs under callgrind; not in the list, since a person has no use for it.
    Probe {
        name: String,
        look_ups: usize,
    },
}

/// What every command can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) json: bool,
    pub(crate) rounds: usize,
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// Names the first word that is not known, or the number that is out of range.
pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Command> {
    match words.next().as_deref() {
        None | Some("--help" | "-h" | "help") => Ok(Command::Help),
        Some("hits") => alone(words, Command::Hits),
        Some("flights") => alone(words, Command::Flights),
        Some("cost") => alone(words, Command::Cost),
        Some("redis") => in_pairs(words, Command::Redis),
        Some("sled") => in_pairs(words, Command::Sled),
        Some("layers") => in_pairs(words, Command::Layers),
        Some("old-vs-new") => old_vs_new(words),
        Some("probe") => probe(words),
        Some(other) => Err(format!("unknown command `{other}`\n\n{HELP}").into()),
    }
}

fn alone(words: impl Iterator<Item = String>, command: fn(Options) -> Command) -> Result<Command> {
    Ok(options(words, FEWEST_ROUNDS, ROUNDS)?.map_or(Command::Help, command))
}

fn in_pairs(
    words: impl Iterator<Item = String>,
    command: fn(Options) -> Command,
) -> Result<Command> {
    Ok(options(words, FEWEST_PAIRS, FEWEST_PAIRS)?.map_or(Command::Help, command))
}

/// As [`in_pairs`], with a flag of its own.
fn old_vs_new(words: impl Iterator<Item = String>) -> Result<Command> {
    let (mut words, mut kills) = (words, None);
    let mut others = Vec::new();
    while let Some(word) = words.next() {
        if word == "--kills" {
            kills = Some(positive(words.next())?);
        } else {
            others.push(word);
        }
    }
    let options = options(others.into_iter(), FEWEST_PAIRS, FEWEST_PAIRS)?;
    Ok(options.map_or(Command::Help, |options| Command::OldVsNew {
        options,
        kills,
    }))
}

fn positive(word: Option<String>) -> Result<usize> {
    word.and_then(|word| word.parse().ok())
        .filter(|kills| *kills > 0)
        .ok_or_else(|| "--kills: accepted is a number of at least 1".into())
}

/// Reads the flags of a command; `None` is a call for help.
fn options(
    mut words: impl Iterator<Item = String>,
    fewest: usize,
    usual: usize,
) -> Result<Option<Options>> {
    let mut options = Options {
        json: false,
        rounds: usual,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => options.json = true,
            "--rounds" => options.rounds = rounds(words.next(), fewest)?,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown argument `{other}`\n\n{HELP}").into()),
        }
    }
    Ok(Some(options))
}

fn rounds(word: Option<String>, fewest: usize) -> Result<usize> {
    word.and_then(|word| word.parse().ok())
        .filter(|rounds| (fewest..=MOST_ROUNDS).contains(rounds))
        .ok_or_else(|| format!("--rounds: accepted are {fewest} to {MOST_ROUNDS}").into())
}

fn probe(mut words: impl Iterator<Item = String>) -> Result<Command> {
    let name = words.next().ok_or("probe: name a contender")?;
    let look_ups = words.next().and_then(|word| word.parse().ok());
    let look_ups = look_ups.ok_or("probe: say how many look-ups")?;
    Ok(Command::Probe { name, look_ups })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_may_stand_in_any_order() {
        let options = Options {
            json: true,
            rounds: 40,
        };
        assert_eq!(
            read("hits --json --rounds 40").unwrap(),
            Command::Hits(options)
        );
        assert_eq!(
            read("cost --rounds 40 --json").unwrap(),
            Command::Cost(options)
        );
    }

    #[test]
    fn pairs_have_more_rounds() {
        let options = |rounds| Options {
            json: false,
            rounds,
        };
        assert_eq!(read("redis").unwrap(), Command::Redis(options(31)));
        assert_eq!(
            read("redis --rounds 99").unwrap(),
            Command::Redis(options(99))
        );
        assert_eq!(read("sled").unwrap(), Command::Sled(options(31)));
        assert_eq!(read("layers").unwrap(), Command::Layers(options(31)));
        for command in ["redis", "layers", "old-vs-new"] {
            assert!(read(&format!("{command} --rounds 30")).is_err());
        }
    }

    #[test]
    fn old_vs_new_can_be_told_how_many_kills() {
        let told = |rounds, json, kills| Command::OldVsNew {
            options: Options { json, rounds },
            kills,
        };
        assert_eq!(read("old-vs-new").unwrap(), told(31, false, None));
        let all = "old-vs-new --rounds 40 --kills 200 --json";
        assert_eq!(read(all).unwrap(), told(40, true, Some(200)));
        for line in [
            "old-vs-new --kills",
            "old-vs-new --kills 0",
            "old-vs-new --kills few",
            "redis --kills 10",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("old-vs-new --help").unwrap(), Command::Help);
    }

    #[test]
    fn too_few_rounds_and_unknown_words_are_refused() {
        for line in ["hits --rounds 14", "hits --rounds", "hits --jsn", "hit"] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("").unwrap(), Command::Help);
        assert_eq!(read("hits --help").unwrap(), Command::Help);
    }
}
