//! Damaged files: the cache opens all the same, cold if need be, and never answers with what was not written.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use integration_tests::sled_script::mixed;

use crate::child::Process;
use crate::seed::seed;

const ROUNDS: u64 = 60;

/// Writes for a while, and leaves what a kill leaves.
fn written(path: &Path, seed: u64) {
    let words = ["1".to_owned(), seed.to_string()];
    let ended = Process::start("write", path, &words).killed_after(Duration::from_millis(700));
    assert!(!ended.errors.contains("panicked"), "{}", ended.errors);
}

/// sled's files.
fn live(path: &Path) -> PathBuf {
    let mut entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_live = |path: &PathBuf| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("live-")
    };
    entries.find(is_live).unwrap()
}

/// All files below a directory.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Damages one file: bytes in some places, a cut, a hole, nothing left, or no file at all.
fn damage(path: &Path, dice: u64) -> String {
    let mut bytes = fs::read(path).unwrap();
    let length = u64::try_from(bytes.len()).unwrap();
    if length == 0 {
        fs::write(path, b"x").unwrap();
        return format!("{} is no longer empty", path.display());
    }
    let place = |dice: u64| usize::try_from(mixed(dice) % length).unwrap();
    let what = match dice % 6 {
        0 | 1 => {
            let flips = 1 + mixed(dice) % 32;
            for flip in 0..flips {
                let at = place(dice ^ (flip << 8));
                *bytes.get_mut(at).unwrap() ^= 1 << (mixed(flip ^ dice) % 8);
            }
            fs::write(path, bytes).unwrap();
            format!("{flips} bits flipped")
        }
        2 => {
            bytes.truncate(place(dice));
            fs::write(path, &bytes).unwrap();
            format!("cut to {} bytes", bytes.len())
        }
        3 => {
            let from = place(dice);
            let hole = bytes.get_mut(from..).unwrap();
            hole.iter_mut().take(4_096).for_each(|byte| *byte = 0);
            fs::write(path, bytes).unwrap();
            format!("a hole at {from}")
        }
        4 => {
            let noise = (0..).map(|at: u64| mixed(dice ^ at).to_le_bytes()[0]);
            bytes
                .iter_mut()
                .zip(noise)
                .for_each(|(to, from)| *to = from);
            fs::write(path, bytes).unwrap();
            "noise".to_owned()
        }
        _ => {
            fs::remove_file(path).unwrap();
            "removed".to_owned()
        }
    };
    format!("{} of {length} bytes: {what}", path.display())
}

#[test]
fn damaged_files_never_keep_the_cache_from_opening_and_never_show_as_values() {
    let seed = seed();
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    written(&whole, seed);
    let (mut quarantined, mut contained) = (0, 0);
    for round in 0..ROUNDS {
        let path = root.path().join(format!("{round}"));
        copied(&whole, &path);
        let mut found = Vec::new();
        files(&live(&path), &mut found);
        let dice = mixed(seed ^ mixed(round));
        // Most of the data is in one file; every second time it is that.
        let main = live(&path).join("db");
        let count = u64::try_from(found.len()).unwrap();
        let chosen = match round % 2 {
            0 => &main,
            _ => &found[usize::try_from(dice.rotate_left(9) % count).unwrap()],
        };
        let what = damage(chosen, dice);
        let checked = Process::start("check", &path, &[]).ended();
        let told = format!("CACHE_SEED={seed}, {what}\n{}", checked.errors);
        assert!(checked.status.success(), "{told}");
        assert_eq!(
            checked.lines.last().map(String::as_str),
            Some("done"),
            "{told}"
        );
        let wrong = |line: &&String| line.starts_with("garbage") || line.starts_with("miscounted");
        assert_eq!(checked.lines.iter().find(wrong), None, "{told}");
        let cold = checked.lines.iter().any(|line| line == "quarantined");
        quarantined += u64::from(cold);
        contained += u64::from(checked.errors.contains("panicked"));
        let aside = fs::read_dir(&path).unwrap().any(|entry| {
            let name = entry.unwrap().file_name();
            name.to_string_lossy().starts_with("damaged-")
        });
        assert_eq!(aside, cold, "{told}");
        if cold {
            // Cold, and as good as new.
            let again = Process::start("check", &path, &[]).ended();
            assert_eq!(again.lines, ["open", "done"], "{told}");
        }
        fs::remove_dir_all(&path).unwrap();
    }
    println!("{ROUNDS} damages: {quarantined} moved aside, {contained} panics of sled contained");
    assert!(quarantined > 0, "no damage was noticed");
}
