//! A major release beside the one before, the way back, and forward again.

use rollout_tests::lookup::Kind;

use crate::build::Build;
use crate::figures::Figures;
use crate::is_soak;
use crate::service::{Place, new_namespace, play_both};
use crate::writes;

/// Asserts what holds of every part: no answer is one that the other release made.
fn are_apart(figures: &Figures, part: &str) {
    figures.show(part);
    figures.are_sound();
    let total = figures.total();
    assert_eq!((total.from_others, total.migrated), (0, 0), "{part}");
}

#[test]
fn soak_a_major_release_costs_the_one_before_no_hit_and_a_rollback_hits_at_once() {
    let place = Place::new();
    let namespace = new_namespace();
    let mut old = place.start(Build::First, &namespace);
    let old_cold = old.play("passes 1");
    let before = old.play("passes 1");
    are_apart(&old_cold, "1.4.0, first pass");
    are_apart(&before, "1.4.0, before the rollout");

    let mut new = place.start(Build::Major, &namespace);
    old.start_play("on");
    let new_cold = new.play("passes 1");
    let meanwhile = old.stop_play();
    are_apart(&meanwhile, "beside the first pass of 2.0.0");
    are_apart(&new_cold, "2.0.0, first pass");
    meanwhile.are_no_worse_than(&before, "while 2.0.0 is cold");
    is_as_cold_as(&new_cold, &old_cold);

    let time = if is_soak() {
        "seconds 240"
    } else {
        "seconds 2"
    };
    let [old_beside, new_beside] = play_both(&mut old, &mut new, time);
    are_apart(&old_beside, "both");
    are_apart(&new_beside, "both");
    old_beside.are_no_worse_than(&before, "beside 2.0.0");
    new_beside.are_no_worse_than(&before, "beside 1.4.0");
    writes::are_seen_across([&mut old, &mut new], &place.kills, |_, _| false);

    old.exit();
    let time = if is_soak() { "seconds 60" } else { "passes 1" };
    let new_last = new.play(time);
    are_apart(&new_last, "2.0.0 alone");
    new.exit();

    let mut back = place.start(Build::First, &namespace);
    let first_pass = back.play("passes 1");
    are_apart(&first_pass, "1.4.0 after the rollback");
    first_pass.are_no_worse_than(&old_beside, "after the rollback");
    back.exit();

    let mut again = place.start(Build::Major, &namespace);
    let first_pass = again.play("passes 1");
    are_apart(&first_pass, "2.0.0 again");
    first_pass.are_no_worse_than(&new_last, "forward again");
    again.exit();
}

/// A release that finds nothing loads exactly what the one before had to load, the warm store of that one beside it or not.
fn is_as_cold_as(new: &Figures, old: &Figures) {
    for kind in Kind::ALL {
        let (new, old) = (new.counts(kind), old.counts(kind));
        let counts = |of: &rollout_tests::report::Counts| (of.lookups, of.fresh, of.loads);
        assert_eq!(counts(new), counts(old), "{}", kind.name());
    }
}
