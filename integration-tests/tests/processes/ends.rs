//! Processes that end, or stand still, in the middle of a load.

use std::time::{Duration, Instant};

use crate::node::{Node, Place};

/// A lease that nobody renews.
const LEASE: Duration = Duration::from_secs(5);

/// What a busy machine, and the last wait of a second for the lease, may add.
const MARGIN: Duration = Duration::from_secs(5);

/// Reads until what was loaded is stored; returns how long it took, and what the first read left there.
#[expect(
    clippy::disallowed_methods,
    reason = "a lease ends in real time, between processes"
)]
fn reads_until_stored(node: &mut Node, id: &str) -> (Duration, String) {
    let (began, mut first) = (Instant::now(), None);
    loop {
        assert_eq!(node.ask(&format!("read {id} mine")), "read mine");
        let left = node.ask(&format!("get {id}"));
        let is_stored = left == "found mine";
        let first = first.get_or_insert(left);
        if is_stored {
            return (began.elapsed(), first.clone());
        }
        assert!(began.elapsed() < LEASE + MARGIN, "the lease does not end");
    }
}

#[test]
fn a_killed_process_keeps_others_from_storing_for_a_lease_at_most() {
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    a.start_load("7", "lost");
    a.kill();
    assert_eq!(place.keys().len(), 1, "its lease");
    let (took, first) = reads_until_stored(&mut b, "7");
    println!("stored again after {took:?}");
    assert_eq!(first, "nothing", "the lease stood");
    assert!(took < LEASE + MARGIN);
    assert_eq!(place.node().ask("get 7"), "found mine");
}

#[test]
fn a_process_that_stood_still_for_longer_than_its_lease_publishes_nothing_over_a_change() {
    let place = Place::new();
    let (mut a, mut b) = (place.node(), place.node());
    let changes = [
        ("1", "invalidate 1", "nothing"),
        ("2", "put 2 after", "found after"),
        ("3", "update 3 after", "found after"),
        ("4", "expire 4", "nothing"),
        // Nobody changes it: another process loads it once the lease has ended.
        ("5", "", "found mine"),
    ];
    for (id, ..) in changes {
        a.start_load(id, "before");
    }
    a.stop();
    for (_, command, _) in changes.iter().filter(|change| !change.1.is_empty()) {
        assert_eq!(b.ask(command), "done");
    }
    let (took, _) = reads_until_stored(&mut b, "5");
    println!("stood still for more than {took:?}");
    a.go_on();
    a.tell("go");
    let mut ended: Vec<_> = changes.iter().map(|_| a.hear()).collect();
    ended.sort();
    assert_eq!(ended, changes.map(|(id, ..)| format!("loaded {id} before")));
    for (id, _, left) in changes {
        assert_eq!(a.ask(&format!("get {id}")), left, "{id}");
        assert_eq!(b.ask(&format!("get {id}")), left, "{id}");
    }
    assert_eq!(a.stats(), (5, 5));
}
