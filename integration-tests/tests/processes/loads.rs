//! Loads that nobody disturbs.

use std::time::Duration;

use crate::node::Place;

#[test]
fn two_processes_that_miss_one_key_again_and_again_load_and_store_it_once_each_time() {
    const ROUNDS: u64 = 50;
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    for round in 0..ROUNDS {
        a.tell(&format!("read {round} A"));
        b.tell(&format!("read {round} B"));
        let (one, other) = (a.hear(), b.hear());
        assert_eq!(one, other, "{round}");
        let stored = one.replace("read", "found");
        assert_eq!(a.ask(&format!("get {round}")), stored, "{round}");
    }
    let (a, b) = (a.stats(), b.stats());
    println!("loads: {} by A, {} by B", a.0, b.0);
    assert_eq!(a.0 + b.0, ROUNDS, "one load for both processes");
    assert_eq!(a.1 + b.1, 0);
}

/// Real time: three lives of a lease, which is renewed meanwhile.
#[test]
fn a_load_of_three_lease_lengths_is_stored_for_every_process() {
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    a.start_load("7", "slow");
    a.is_silent_for(Duration::from_secs(16));
    // Who does not wait that long is answered, and stores nothing.
    assert_eq!(b.ask("read 7 impatient"), "read impatient");
    assert_eq!(b.ask("get 7"), "nothing");
    a.tell("go");
    assert_eq!(a.hear(), "loaded 7 slow");
    assert_eq!(b.ask("get 7"), "found slow");
    assert_eq!(a.stats(), (1, 0));
}
