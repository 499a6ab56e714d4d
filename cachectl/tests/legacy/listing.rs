//! Where values go: to the address that the release is listed with, and who reaches them there.

use cache_facade::Schema;
use eve::model::Character;

use crate::app::App;
use crate::place::{Place, RELEASE};
use crate::planted::{Planted, plant};

fn row(more: &str) -> String {
    format!("[[map]]\nkeys = 'esi:character:{{id}}'\ndomain = 'character'\n{more}\n")
}

fn schema() -> String {
    format!("schema = '{:016x}'", Character::FINGERPRINT)
}

#[test]
fn nothing_is_moved_for_a_release_that_nobody_started() {
    let place = Place::new();
    plant(&place, 60);
    let before = place.count();
    let said = place.migrate(&row(""), &[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("start release `1.4.0` once"), "{said:?}");
    assert_eq!(place.count(), before);

    App::start(&place, "1.3.0");
    let before = place.count();
    let said = place.migrate(&row(""), &[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err
            .contains("`1.4.0` is not listed there, but `1.3.0`"),
        "{said:?}"
    );
    assert_eq!(place.count(), before);
}

#[test]
fn a_row_that_is_wrong_about_versions_is_told() {
    let place = Place::new();
    let _app = App::start(&place, RELEASE);
    let said = place.migrate(&row("unversioned = true"), &[]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("the row must not say so"), "{said:?}");
}

/// The tool lists the release it writes for, so that changes by the others reach what it wrote.
#[test]
fn with_a_schema_the_release_is_listed_by_the_move_itself() {
    let place = Place::new();
    let one = plant(&place, 6)[0];
    let said = place.migrate(&row(&schema()), &[]);
    assert_eq!((said.code, said.total().as_str()), (0, "found 1, moved 1"));
    assert_eq!(
        said.report()["rows"][0]["schema"],
        format!("{:016x}", Character::FINGERPRINT)
    );
    // A release of another epoch, which started later, and knows of no other.
    let next = App::start_reading(&place, "2.0.0", &[Planted::of(6)]);
    assert_eq!(next.entries("character").len(), 1);
    next.run(next.eve.characters().invalidate(one.id)).unwrap();
    assert_eq!(
        next.entries("character").len(),
        0,
        "the invalidation crossed releases"
    );
}

/// A change by another release that began before the address was listed knows nothing of it, and has to end first.
#[test]
fn what_is_moved_to_an_address_that_is_new_waits_until_changes_know_of_it() {
    let place = Place::new();
    plant(&place, 6);
    let seconds = |arguments: &[&str]| {
        let said = place.migrate(&row(&schema()), arguments);
        assert_eq!(said.code, 0, "{said:?}");
        said.report()["seconds"].as_f64().unwrap()
    };
    assert!(seconds(&["--dry-run"]) < 1.5);
    assert!(seconds(&[]) > 1.5, "it was listed just now");
}

#[test]
fn a_compatible_release_reads_what_was_moved() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let _app = App::start(&place, RELEASE);
    assert_eq!(place.migrate(&row(""), &[]).total(), "found 1, moved 1");
    let later = App::start_reading(&place, "1.5.2", &[]);
    assert!(later.get(planted[0]).is_some());
    let other = App::start_reading(&place, "2.0.0", &[]);
    assert_eq!(other.get(planted[0]), None);
}

#[test]
fn an_unversioned_row_goes_to_where_all_releases_look() {
    let place = Place::new();
    plant(&place, 6);
    let row = row(&format!("unversioned = true\n{}", schema()));
    assert_eq!(place.migrate(&row, &[]).total(), "found 1, moved 1");
    let address = format!("eve:0:character.{:016x}:90000000", Character::FINGERPRINT);
    assert!(place.get(&address).is_some());
}
