//! What the release does with an id at the moment when its old value is being moved.

use std::sync::Mutex;
use std::time::Duration;

use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Key, Lifetime, Meta, OwnedKey, Space, Timestamp,
    Ttl, address, envelope,
};
use cache_facade::Schema;
use eve::model::Character;

use crate::app::App;
use crate::between::{Between, holds};
use crate::place::{NAMESPACE, Place, RELEASE, Said};
use crate::planted::{Planted, ROWS, plant};

/// Where the new release has a character.
fn new_key(one: Planted) -> OwnedKey {
    let space = Space::new(NAMESPACE, "character", Character::FINGERPRINT).unwrap();
    OwnedKey::new(space, Epoch(1 << 32), one.new_id().into_bytes()).unwrap()
}

fn meta(app_now: Timestamp, life: Duration) -> Meta {
    Meta::new(
        app_now,
        Lifetime::starting(app_now, Ttl::After(life), Duration::ZERO),
    )
}

fn now() -> Timestamp {
    cache_core::Judge::default().clock().now()
}

/// Runs a command on the new address after the old value of the first character was asked for, and before it is stored.
fn moved_while(place: &Place, command: redis::Cmd) -> Said {
    let (key, raw) = (Planted::of(0).key(), Mutex::new(place.raw()));
    let between = Between::new(&place.server, move |said| {
        // The call that reads: it names the old key, and the one that removes is not made here.
        if holds(said, &key) {
            command.exec(&mut *raw.lock().unwrap()).unwrap();
        }
    });
    let mut command = place.command_at(&between.url(), ROWS, &["--delete"]);
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    said
}

#[test]
fn an_id_that_is_invalidated_meanwhile_stays_absent() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    let mut unlink = redis::cmd("UNLINK");
    unlink.arg(address::entry(&new_key(planted[0]).as_key()));
    let said = moved_while(&place, unlink);
    assert_eq!(said.row(0), "found 1, overtaken 1");
    assert_eq!(said.total(), "found 6, moved 5, overtaken 1, deleted 5");
    assert_eq!(app.get(planted[0]), None);
    assert!(
        place.get(&planted[0].key()).is_some(),
        "its value is nowhere else"
    );
}

#[test]
fn a_value_that_is_put_meanwhile_stays() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    let newer = planted[0].body().replace("Pilot", "Captain");
    let entry = Entry::encoded(
        meta(now(), Duration::from_secs(60)),
        CodecKind::Json,
        newer.into(),
    );
    let mut set = redis::cmd("SET");
    set.arg(address::entry(&new_key(planted[0]).as_key()))
        .arg(envelope::encode(Character::FINGERPRINT, &entry).unwrap());
    let said = moved_while(&place, set);
    assert_eq!(said.row(0), "found 1, overtaken 1");
    assert_eq!(app.get(planted[0]).unwrap()["name"], "Captain 90000000");
}

fn lease(app: &App, key: Key<'_>, life: Duration) {
    let put = app
        .store
        .put(key, Entry::lease(meta(now(), life)), Condition::Absent);
    assert!(app.run(put).unwrap().is_stored());
}

#[test]
fn a_lease_that_nobody_holds_any_more_is_waited_for() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    lease(&app, new_key(planted[0]).as_key(), Duration::from_secs(2));
    let said = place.migrate(ROWS, &[]);
    assert_eq!((said.code, said.total().as_str()), (0, "found 6, moved 6"));
    assert!(app.get(planted[0]).is_some());
}

/// Real time: longer than a lease lives that nobody renews.
#[test]
fn a_load_that_goes_on_is_left_to_the_release() {
    let place = Place::new();
    let planted = plant(&place, 6);
    let app = App::start(&place, RELEASE);
    lease(&app, new_key(planted[0]).as_key(), Duration::from_secs(60));
    let said = place.migrate(ROWS, &["--delete"]);
    assert_eq!(
        (said.code, said.total().as_str()),
        (0, "found 6, moved 5, overtaken 1, deleted 5")
    );
    assert!(place.get(&planted[0].key()).is_some());
}
