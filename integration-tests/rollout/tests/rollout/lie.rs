//! That the checks can fail: a release that does not tell that its type has changed.

use rollout_tests::lookup::Kind;

use crate::build::Build;
use crate::service::{Place, new_namespace};

#[test]
fn a_release_that_lies_about_its_type_is_noticed_in_both() {
    let place = Place::new();
    let namespace = new_namespace();
    let mut first = place.start(Build::First, &namespace);
    first.play("passes 1").are_sound();
    let mut lie = place.start(Build::Lie, &namespace);
    let read = lie.play("passes 1");
    read.show("what 1.4.0 wrote");
    for kind in Kind::ALL {
        let counts = read.counts(kind);
        // The other domains are those of 1.4.0, and say the truth.
        let wrong = if kind == Kind::Character {
            counts.lookups
        } else {
            0
        };
        assert_eq!(counts.wrong, wrong, "{}: {counts:?}", kind.name());
    }
    lie.order("put character:1 1");
    let wrong_before = first.all().counts(Kind::Character).wrong;
    assert_eq!(first.refused_to_read("character:1"), "a wrong value");
    let wrong = first.all().counts(Kind::Character).wrong;
    assert_eq!((wrong_before, wrong), (0, 1));
}
