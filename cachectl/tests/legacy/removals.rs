//! `--delete`: the old keys go whose ids have an entry, and no others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde_json::json;

use crate::app::App;
use crate::between::{Between, holds};
use crate::place::{Place, RELEASE, Said};
use crate::planted::{Planted, ROWS, old, plant};

fn are_gone(place: &Place, planted: &[Planted]) -> bool {
    old(place, planted).iter().all(|(body, _)| body.is_none())
}

#[test]
fn what_was_moved_goes_in_the_same_run_or_in_a_later_one() {
    let place = Place::new();
    let planted = plant(&place, 600);
    let app = App::start(&place, RELEASE);
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (0, "found 600, moved 600, deleted 600")
    );
    assert!(are_gone(&place, &planted));
    assert!(app.get_all(&planted).iter().all(Option::is_some));

    let again = plant(&place, 600);
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(said.total(), "found 600, present 600, deleted 600");
    assert!(are_gone(&place, &again));
    assert_eq!(place.migrate(ROWS, &["--delete"]).total(), "");
}

#[test]
fn without_a_move_only_what_has_an_entry_goes() {
    let place = Place::new();
    let planted = plant(&place, 60);
    let app = App::start(&place, RELEASE);
    assert_eq!(place.migrate(ROWS, &[]).total(), "found 60, moved 60");
    // The new release has changed its mind about this one since; the old key knows nothing of it.
    let invalidated = planted[0];
    app.run(app.eve.characters().invalidate(invalidated.id))
        .unwrap();
    let said = place.migrate(ROWS, &["--delete", "--no-move"]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (0, "found 60, present 59, absent 1, deleted 59")
    );
    assert_eq!(app.get(invalidated), None, "brought back");
    assert!(place.get(&invalidated.key()).is_some());
    assert!(are_gone(&place, &planted[1..]));
    for alone in [&["--no-move"][..], &["--no-move", "--dry-run", "--delete"]] {
        assert_eq!(place.migrate(ROWS, alone).code, 2, "{alone:?}");
    }
}

/// An old process writes between the moment its key was moved and the moment it is to be removed.
#[test]
fn a_key_that_was_written_again_stays() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    let one = planted[0];
    let (key, body, raw) = (one.key(), one.body(), place.raw());
    let raw = std::sync::Mutex::new(raw);
    let newer = body.replace("Pilot", "Captain");
    let written = newer.clone();
    // The call that removes has both the old key and its value.
    let between = Between::new(&place.server, move |said| {
        if holds(said, &key) && holds(said, &body) {
            let mut set = redis::cmd("SET");
            let set = set.arg(&key).arg(&written).arg("EX").arg(3_600);
            set.exec(&mut *raw.lock().unwrap()).unwrap();
        }
    });
    let mut command = place.command_at(&between.url(), ROWS, &["--delete"]);
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.total(), "found 6, moved 6, deleted 5, rewritten 1");
    assert_eq!(place.get(&one.key()).unwrap(), newer.as_bytes());
    assert!(app.get(one).is_some());
}

#[test]
fn a_server_that_goes_away_ends_the_run_with_what_was_done() {
    let place = Arc::new(Place::new());
    let planted = plant(&place, 600);
    let app = App::start(&place, RELEASE);
    let is_first = AtomicBool::new(true);
    // Weak: the server ends with the test, not with this way to it.
    let paused = Arc::downgrade(&place);
    let between = Between::new(&place.server, move |said| {
        // The call that removes has an old key and its value.
        let removes = holds(said, "esi:type:") && holds(said, "\"type_id\"");
        if removes && is_first.swap(false, SeqCst) {
            paused.upgrade().unwrap().server.pause().unwrap();
        }
    });
    let arguments = ["--delete", "--rate", "60", "--deadline", "500ms"];
    let mut command = place.command_at(&between.url(), ROWS, &arguments);
    let said = Said::of(command.output().unwrap());
    place.server.resume().unwrap();
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("the store does not answer"), "{said:?}");
    let total = &said.report()["total"];
    assert_eq!((&total["found"], &total["moved"]), (&json!(60), &json!(60)));
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(app.get_all(&planted).iter().all(Option::is_some));
    assert!(are_gone(&place, &planted));
}
