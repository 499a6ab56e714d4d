//! A patch release beside the one before: one type has changed and is taken over, the others are shared.

use rollout_tests::lookup::{Kind, Lookup};

use crate::build::Build;
use crate::figures::Figures;
use crate::is_soak;
use crate::service::{Place, Service, new_namespace, play_both};
use crate::writes;

/// So many characters are tried. Each is two calls of Redis by two processes, of which no machine does ten thousand a second.
const MOST: u64 = 100_000;

/// What a service does from an empty cache on: a first pass, and what comes after it.
struct Run {
    cold: Figures,
    warm: Figures,
}

impl Run {
    fn alone(mut service: Service) -> Self {
        let run = Self {
            cold: service.play("passes 1"),
            warm: service.play("passes 1"),
        };
        run.cold.show("alone, first pass");
        run.warm.show("alone, after it");
        service.exit();
        run
    }

    fn of_both(first: &mut Service, patch: &mut Service) -> [Self; 2] {
        let [first_cold, patch_cold] = play_both(first, patch, "passes 1");
        let time = if is_soak() {
            "seconds 600"
        } else {
            "seconds 3"
        };
        let [first_warm, patch_warm] = play_both(first, patch, time);
        let runs = [(first_cold, first_warm), (patch_cold, patch_warm)];
        runs.map(|(cold, warm)| Self { cold, warm })
    }

    /// Asserts that it is sound, and no ratio lower than alone.
    fn is_no_worse_than(&self, alone: &Self) {
        self.cold.show("both, first pass");
        self.warm.show("both, after it");
        self.cold.are_sound();
        self.warm.are_sound();
        self.cold.are_no_worse_than(&alone.cold, "first pass");
        self.warm.are_no_worse_than(&alone.warm, "after it");
    }
}

#[test]
fn soak_a_patch_release_and_the_one_before_cost_each_other_no_hit() {
    let place = Place::new();
    let first_alone = Run::alone(place.start(Build::First, &new_namespace()));
    let patch_alone = Run::alone(place.start_in_the_middle(Build::Patch, &new_namespace()));
    let namespace = new_namespace();
    let mut first = place.start(Build::First, &namespace);
    let mut patch = place.start_in_the_middle(Build::Patch, &namespace);
    until_values_are_taken_over(&mut first, &mut patch);
    let [first_beside, patch_beside] = Run::of_both(&mut first, &mut patch);
    first_beside.is_no_worse_than(&first_alone);
    patch_beside.is_no_worse_than(&patch_alone);
    let (first_cold, patch_cold) = (&first_beside.cold, &patch_beside.cold);
    for kind in Kind::ALL {
        if kind == Kind::Character {
            is_taken_over(first_cold, patch_cold, &first_alone.cold);
        } else {
            is_shared(kind, first_cold, patch_cold, &first_alone.cold);
        }
    }
    writes::are_seen_across([&mut first, &mut patch], &place.kills, |kind, by_patch| {
        // Characters go one way only: the earlier release knows nothing of the later type.
        kind != Kind::Character || !by_patch
    });
    first.exit();
    patch.exit();
}

/// A type that is new takes nothing over in its first two seconds, and a first pass of a fast machine is over by then. Asked
/// for are characters that no kill mentions, each once: what is not taken over is loaded, and stands.
fn until_values_are_taken_over(first: &mut Service, patch: &mut Service) {
    let is_taken_over = (1..MOST).any(|id| {
        let kind = Kind::Character;
        let lookup = Lookup { kind, id };
        first.order(&format!("put {lookup} 0"));
        patch.read(lookup).1 == first.release
    });
    assert!(is_taken_over, "1.4.1 takes nothing over");
}

/// Both read what the other loaded; together they load what one loads alone.
fn is_shared(kind: Kind, first: &Figures, patch: &Figures, alone: &Figures) {
    let (first, patch) = (first.counts(kind), patch.counts(kind));
    let alone = alone.counts(kind).loads;
    for one in [first, patch] {
        assert!(one.loads < alone, "{}: {one:?}", kind.name());
        assert!(one.from_others > 0, "{}: {one:?}", kind.name());
        assert_eq!(one.migrated, 0, "{}: {one:?}", kind.name());
    }
    are_about(first.loads + patch.loads, alone, kind);
}

/// The earlier release loads what it loads alone; the later one converts a part of what it would load.
fn is_taken_over(first: &Figures, patch: &Figures, alone: &Figures) {
    let kind = Kind::Character;
    let (first, patch) = (first.counts(kind), patch.counts(kind));
    let alone = alone.counts(kind).loads;
    assert_eq!((first.migrated, first.from_others), (0, 0), "{first:?}");
    are_about(first.loads, alone, kind);
    assert!(patch.migrated > 0 && patch.from_others > 0, "{patch:?}");
    are_about(patch.loads + patch.migrated, alone, kind);
}

/// A load that waits for another one's lease for too long stores nothing, and is done again: on a busy machine, a few.
fn are_about(loads: u64, alone: u64, kind: Kind) {
    let most = alone + alone / 100 + 2;
    assert!(
        (alone..=most).contains(&loads),
        "{}: {loads} for {alone}",
        kind.name()
    );
}
