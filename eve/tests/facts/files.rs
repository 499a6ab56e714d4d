//! Files of killmails, whole and damaged.

use std::fs;
use std::path::PathBuf;

use eve::killmail::Killmails;

use crate::support::{DAY, chain, kill};

/// A file of this test alone.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn a_missing_file_is_named() {
    let error = Killmails::open("no/such/day.jsonl").unwrap_err();
    assert_eq!(error.to_string(), "cannot open no/such/day.jsonl");
    assert!(chain(&error).contains("No such file"), "{}", chain(&error));
    assert!(Killmails::open("no/such/day.jsonl.zst").is_err());
}

#[test]
fn a_file_that_is_no_zstd_is_refused_when_opened() {
    for (name, content) in [("text", &b"{}\n"[..]), ("half", &[0x28, 0xb5, 0x2f])] {
        let path = file(&format!("{name}.jsonl.zst"), content);
        let error = Killmails::open(&path).unwrap_err();
        assert_eq!(error.path(), path);
        let message = format!("cannot decode {}", path.display());
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_file_cut_off_is_read_up_to_the_cut() {
    let whole = fs::read(DAY).unwrap();
    let path = file("cut.jsonl.zst", &whole[..whole.len() / 2]);
    let mut read = 0;
    let mut kills = Killmails::open(&path).unwrap();
    let error = kills
        .find_map(|line| line.inspect(|_| read += 1).err())
        .unwrap();
    assert!(read > 1_000, "{read} kills before the cut");
    assert!(error.is_fatal());
    assert_eq!(error.line(), read + 1);
    assert!(error.to_string().contains("cut.jsonl.zst"), "{error}");
    assert!(kills.next().is_none());
}

#[test]
fn a_damaged_line_is_reported_and_costs_only_itself() {
    let good = kill(1).to_string();
    let lines = [
        good.as_str(),
        &good[..good.len() - 9],
        "null",
        r#"{"killmail_id":"a secret"}"#,
        "\u{1F680}",
        good.as_str(),
    ]
    .join("\n");
    let path = file(
        "damaged.jsonl",
        &[lines.as_bytes(), b"\n\xff\xfe\n"].concat(),
    );
    let (good, bad): (Vec<_>, Vec<_>) = Killmails::open(path).unwrap().partition(Result::is_ok);
    let good: Vec<u64> = good.into_iter().map(|line| line.unwrap().0).collect();
    assert_eq!(good, [1, 6]);
    let bad: Vec<_> = bad.into_iter().map(Result::unwrap_err).collect();
    let numbers: Vec<u64> = bad.iter().map(eve::killmail::LineError::line).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 7]);
    for error in &bad {
        let text = chain(error);
        assert!(text.starts_with(&format!("line {} is not a killmail <- ", error.line())));
        assert!(!error.is_fatal() && !text.contains("secret"), "{text}");
    }
}

#[test]
fn plain_and_compressed_lines_read_alike() {
    let lines = format!("{}\n{}\n", kill(1), kill(2));
    let packed = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    // Several frames in a row are one file.
    let both = [packed.clone(), packed].concat();
    let plain = file("alike.jsonl", lines.repeat(2).as_bytes());
    let packed = file("alike.jsonl.zst", &both);
    let read = |path| -> Vec<_> { Killmails::open(path).unwrap().map(Result::unwrap).collect() };
    let kills = read(plain);
    assert_eq!(kills.len(), 4);
    assert_eq!(read(packed), kills);
}
