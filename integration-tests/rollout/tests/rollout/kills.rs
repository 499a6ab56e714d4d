//! The look-ups of real kills, in a file that services read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use eve::killmail::{Entity, KillmailRecord, Killmails, entities};
use rollout_tests::lookup::{Kind, Lookup};
use tempfile::NamedTempFile;

use crate::is_soak;

/// How many kills the short form plays.
const FEW: usize = 500;

/// How many of the ids that are looked up most are changed.
const HOT: usize = 40;

pub(crate) struct Kills {
    file: NamedTempFile,
    pub(crate) count: usize,
    /// How many look-ups a pass has.
    pub(crate) lookups: u64,
    hot: BTreeMap<Kind, Vec<u64>>,
}

type Lines = Killmails<Box<dyn BufRead + Send>>;

impl Kills {
    pub(crate) fn new() -> Self {
        let sources = sources();
        let kills = sources.into_iter().flatten().map(|kill| kill.unwrap().1);
        let kills = kills.map(|kill| lookups(&kill));
        let kills: Vec<Vec<Lookup>> = if is_soak() {
            kills.collect()
        } else {
            kills.take(FEW).collect()
        };
        let mut text = String::new();
        for kill in &kills {
            for lookup in kill {
                write!(text, "{lookup} ").unwrap();
            }
            text.push('\n');
        }
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        Self {
            file,
            count: kills.len(),
            lookups: kills.iter().map(|kill| kill.len() as u64).sum(),
            hot: hot(kills.iter().flatten()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns one of the ids of a domain that are looked up most.
    pub(crate) fn hot(&self, kind: Kind, number: usize) -> Lookup {
        let ids = &self.hot[&kind];
        let id = ids[number % ids.len()];
        Lookup { kind, id }
    }
}

/// The carried day, or the files of a folder.
fn sources() -> Vec<Lines> {
    let folder = std::env::var_os("ROLLOUT_KILLS").filter(|_| is_soak());
    let Some(folder) = folder else {
        return vec![Killmails::sample_day().unwrap()];
    };
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
    });
    files.sort();
    assert!(!files.is_empty(), "ROLLOUT_KILLS: no file of killmails");
    files
        .iter()
        .map(|path| Killmails::open(path).unwrap())
        .collect()
}

fn lookups(kill: &KillmailRecord) -> Vec<Lookup> {
    let lookups = entities(kill).map(|entity| Lookup {
        kind: match entity {
            Entity::Character(_) => Kind::Character,
            Entity::Corporation(_) => Kind::Corporation,
            Entity::Alliance(_) => Kind::Alliance,
            Entity::System(_) => Kind::System,
            Entity::Type(_) => Kind::Type,
        },
        id: u64::try_from(entity.id()).unwrap(),
    });
    lookups.collect()
}

fn hot<'a>(lookups: impl Iterator<Item = &'a Lookup>) -> BTreeMap<Kind, Vec<u64>> {
    let mut counts: BTreeMap<Kind, BTreeMap<u64, u64>> = BTreeMap::new();
    for lookup in lookups {
        let ids = counts.entry(lookup.kind).or_default();
        *ids.entry(lookup.id).or_default() += 1;
    }
    let most = counts.into_iter().map(|(kind, ids)| {
        let mut ids: Vec<(u64, u64)> = ids.into_iter().map(|(id, count)| (count, id)).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let ids = ids.into_iter().take(HOT).map(|(_, id)| id);
        (kind, ids.collect())
    });
    most.collect()
}
