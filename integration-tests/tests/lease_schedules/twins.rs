//! Twins: the same explorations of nodes that leave something out. Each has to end with a schedule that shows the fault.

use crate::change::Change;
use crate::ground::Ground;
use crate::node::Fault;
use crate::run::{Broken, Setting, Start, Time, search};

async fn find(ground: &mut Ground, change: Change, fault: Fault) -> Option<Broken> {
    let setting = Setting {
        loaders: 1,
        change: Some(change),
        start: Start::Nothing,
        time: Time::Stands,
        fault,
    };
    let broken = search(ground, &setting).await.err();
    match &broken {
        Some(broken) => println!("{setting}: {broken}"),
        None => println!("{setting}: nothing found"),
    }
    broken
}

#[tokio::test(start_paused = true)]
async fn without_leases_a_schedule_is_found_that_shows_what_was_before() {
    let mut ground = Ground::new().await;
    for change in Change::ALL {
        let broken = find(&mut ground, change, Fault::NoLeases).await;
        // What was put keeps such a load out by being there.
        let leaves_a_value = matches!(change, Change::Put | Change::Update);
        assert_eq!(broken.is_none(), leaves_a_value, "{change:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_unconditional_publish_a_schedule_is_found_for_every_change() {
    let mut ground = Ground::new().await;
    for change in Change::ALL {
        let broken = find(&mut ground, change, Fault::UnconditionalPublish).await;
        assert!(broken.is_some(), "{change:?}");
    }
}
