//! A run that is killed in the middle, and run again.

use crate::app::App;
use crate::moves::check;
use crate::place::{Place, RELEASE, Said};
use crate::planted::{ROWS, plant};

/// How many keys the application has by hand, and how many are to be there when the run is killed.
const COUNT: usize = 3_000;
const SOME: usize = 600;

fn killed_in_the_middle(place: &Place) {
    let before = place.count();
    let mut running = place.command(ROWS, &["--rate", "2000"]).spawn().unwrap();
    while place.count() < before + SOME {
        assert_eq!(running.try_wait().unwrap(), None, "it ended too soon");
    }
    running.kill().unwrap();
    let killed = running.wait_with_output().unwrap();
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert!(place.count() < before + COUNT, "it had done everything");
}

#[test]
fn killed_and_run_again_everything_is_there() {
    let place = Place::new();
    let planted = plant(&place, COUNT);
    let app = App::start(&place, RELEASE);
    killed_in_the_middle(&place);
    // At once: what was half done then has its lease yet.
    let said = place.migrate(ROWS, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    let total = &said.report()["total"];
    let (moved, present) = (total["moved"].as_u64(), total["present"].as_u64());
    assert_eq!(moved.unwrap() + present.unwrap(), 3_000, "{total}");
    assert!(present > Some(300) && moved > Some(300), "{total}");
    check(&place, &app, &planted);
    assert_eq!(place.migrate(ROWS, &[]).total(), "found 3000, present 3000");
}

#[test]
fn killed_while_it_deletes_and_run_again_nothing_is_lost() {
    let place = Place::new();
    let planted = plant(&place, COUNT);
    let app = App::start(&place, RELEASE);
    let before = place.count();
    let mut command = place.command(ROWS, &["--delete", "--rate", "2000"]);
    let mut running = command.spawn().unwrap();
    while app.entries("character").len() < SOME / 6 {
        assert_eq!(running.try_wait().unwrap(), None, "it ended too soon");
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(app.entries("character").len() < COUNT / 6);
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(app.get_all(&planted).iter().all(Option::is_some));
    assert_eq!(
        place.count(),
        before,
        "as many new ones as there were old ones"
    );
    let said = Said::of(place.command(ROWS, &[]).output().unwrap());
    assert_eq!(said.total(), "");
}
