//! Everything is there after a move: values, times, counts; and the old readers notice nothing.

use std::time::{Duration, Instant};

use cache_facade::{Lookup, PutOptions};
use eve::Kind;
use serde_json::json;

use crate::app::{App, decoded};
use crate::place::{Place, RELEASE, Said};
use crate::planted::{Planted, ROWS, old, plant};

/// An entry ends when its key does, give or take this, in milliseconds.
const TOLERANCE: u64 = 1_000;

/// Every value is in its domain, as long as its key lives, and every old key is as it was.
pub(crate) fn check(place: &Place, app: &App, planted: &[Planted]) {
    let old = old(place, planted);
    for kind in Kind::ALL {
        let entries = app.entries(kind.as_str());
        let of_kind = planted.iter().zip(&old).filter(|(one, _)| one.kind == kind);
        let mut count = 0;
        for (one, (body, ends)) in of_kind {
            count += 1;
            assert_eq!(*body, Some(one.body()), "{one:?}: the old value");
            let meta = entries.get(&one.new_id());
            let meta = meta.unwrap_or_else(|| panic!("{one:?}: not there"));
            let (dead, ends) = (meta.dead_at.as_millis(), u64::try_from(*ends).unwrap());
            assert!(
                dead <= ends && ends - dead <= TOLERANCE,
                "{one:?}: {dead} for {ends}"
            );
            assert_eq!(meta.fresh_until, meta.dead_at);
        }
        assert_eq!(entries.len(), count, "{kind}: neither more nor less");
    }
    for (one, value) in planted.iter().zip(app.get_all(planted)) {
        assert_eq!(value, Some(decoded(*one)), "{one:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a real command takes real time")]
fn all_of_it_is_moved(count: usize) {
    let place = Place::new();
    let planted = plant(&place, count);
    let app = App::start(&place, RELEASE);
    let run = || {
        let began = Instant::now();
        let said = place.migrate(ROWS, &[]);
        assert_eq!(said.code, 0, "{said:?}");
        (said, began.elapsed().as_secs_f64())
    };
    let (first, took) = run();
    assert_eq!(first.total(), format!("found {count}, moved {count}"));
    for row in 0..6 {
        let of_kind = planted.iter().filter(|one| one.kind == Kind::ALL[row]);
        let of_kind = of_kind.count();
        assert_eq!(first.row(row), format!("found {of_kind}, moved {of_kind}"));
    }
    check(&place, &app, &planted);
    let (second, took_again) = run();
    assert_eq!(second.total(), format!("found {count}, present {count}"));
    check(&place, &app, &planted);
    println!(
        "SOAK legacy keys={count} first_s={took:.2} second_s={took_again:.2} all_there=true second_moved=0"
    );
}

#[test]
fn six_kinds_are_all_there_and_a_second_run_moves_nothing() {
    all_of_it_is_moved(3_000);
}

#[test]
fn soak_a_hundred_thousand_keys_of_six_kinds() {
    let is_full = std::env::var_os("CACHE_SOAK").is_some();
    all_of_it_is_moved(if is_full { 100_000 } else { 6_000 });
}

#[test]
fn a_killmail_is_read_by_its_id_and_hash() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    assert_eq!(place.migrate(ROWS, &[]).code, 0);
    let kill = planted
        .iter()
        .find(|one| one.kind == Kind::Killmail)
        .unwrap();
    let found = app.run(app.eve.get_killmail((kill.id, kill.hash())));
    assert_eq!(found.unwrap().unwrap().killmail_id, kill.id);
}

#[test]
fn old_readers_find_everything_during_the_move() {
    let place = Place::new();
    let planted = plant(&place, 3_000);
    let _app = App::start(&place, RELEASE);
    let mut running = place.command(ROWS, &["--rate", "3000"]).spawn().unwrap();
    let mut rounds = 0;
    let mut parts = planted.chunks(100).cycle();
    while running.try_wait().unwrap().is_none() {
        let part = parts.next().unwrap();
        for (one, (body, _)) in part.iter().zip(old(&place, part)) {
            assert_eq!(body, Some(one.body()), "{one:?}");
        }
        rounds += 1;
    }
    let said = Said::of(running.wait_with_output().unwrap());
    assert_eq!(said.total(), "found 3000, moved 3000");
    assert!(rounds > 10, "{rounds}");
}

#[test]
fn what_the_release_has_by_itself_is_not_overwritten() {
    let place = Place::new();
    let planted = plant(&place, 24);
    let app = App::start(&place, RELEASE);
    let characters: Vec<_> = planted
        .iter()
        .filter(|one| one.kind == Kind::Character)
        .collect();
    let [own, old, absent, _] = characters[..] else {
        panic!("four characters");
    };
    let mut other: eve::model::Character = serde_json::from_str(&own.body()).unwrap();
    other.name = "Somebody Else".to_owned();
    app.run(async {
        app.eve.put_character(own.id, other.clone()).await.unwrap();
        // Marked old: to be loaded again, and to be had until then by who takes it stale.
        let options = PutOptions::new().stale_for(Duration::from_secs(60));
        let characters = app.eve.characters();
        characters.put_with(old.id, other, options).await.unwrap();
        characters.expire(old.id).await.unwrap();
    });
    // Known to be absent.
    app.run(async {
        let load = |_| async { Ok::<_, std::io::Error>(cache_facade::Loaded::Absent) };
        let loaded = app.eve.characters().get_or_load_with(absent.id, load).await;
        assert!(loaded.unwrap().is_none());
    });
    app.settle();
    let said = place.migrate(ROWS, &[]);
    assert_eq!(said.row(0), "found 4, moved 1, present 3");
    assert_eq!(app.get(*own).unwrap()["name"], "Somebody Else");
    let stale = app.run(app.eve.characters().lookup(old.id)).unwrap();
    let Lookup::Stale(stale) = stale else {
        panic!("another one stands there");
    };
    assert_eq!(stale.name, "Somebody Else");
    assert_eq!(app.get(*absent), None);
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let place = Place::new();
    plant(&place, 60);
    let app = App::start(&place, RELEASE);
    app.run(async {
        let one = Planted::of(0);
        let character = serde_json::from_str::<eve::model::Character>(&one.body()).unwrap();
        app.eve.put_character(one.id, character).await.unwrap();
    });
    let before = place.count();
    let said = place.migrate(ROWS, &["--dry-run"]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (0, "found 60, moved 59, present 1")
    );
    assert_eq!(said.report()["dry_run"], json!(true));
    assert_eq!(place.count(), before);
    assert_eq!(app.entries("system").len(), 0);
}

/// A pipeline that reads "not done" would do it again, or give up; what only counts has told nothing.
#[test]
fn what_was_moved_and_cannot_be_written_down_is_moved() {
    let place = Place::new();
    let planted = plant(&place, 12);
    let app = App::start(&place, RELEASE);
    let unwritten = |arguments: &[&str]| {
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut command = place.command(ROWS, arguments);
        Said::of(command.stdout(full).output().unwrap())
    };
    let said = unwritten(&["--dry-run"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!said.err.contains("it is done"), "{said:?}");
    let said = unwritten(&[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err.contains("it is done, and could not be shown"),
        "{said:?}"
    );
    check(&place, &app, &planted);
}

#[test]
fn a_rate_slows_it_down() {
    let place = Place::new();
    plant(&place, 60);
    let _app = App::start(&place, RELEASE);
    let said = place.migrate(ROWS, &["--rate", "20"]);
    assert_eq!(said.total(), "found 60, moved 60");
    // Sixty keys in pages of at most twenty: the third page goes two seconds after the first.
    assert!(
        said.report()["seconds"].as_f64().unwrap() >= 2.0,
        "{said:?}"
    );
    assert_eq!(place.migrate(ROWS, &["--rate", "0"]).code, 2);
}

#[test]
fn without_json_each_row_is_a_line() {
    let place = Place::new();
    plant(&place, 12);
    let _app = App::start(&place, RELEASE);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cachectl"));
    command.args([
        "version",
        "migrate",
        "--cache",
        &place.url(),
        "--from-legacy",
    ]);
    let said = Said::of(command.arg(place.mapping(ROWS)).output().unwrap());
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(
        (said.code, lines.len(), said.err.as_str()),
        (0, 7, ""),
        "{said:?}"
    );
    assert_eq!(
        lines[0],
        "esi:character:{id} -> character: found 2, moved 2"
    );
    assert!(
        lines[6].starts_with("total: found 12, moved 12, in "),
        "{said:?}"
    );
}
