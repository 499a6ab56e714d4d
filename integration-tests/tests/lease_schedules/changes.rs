//! Loads against each kind of change.

use crate::change::Change;
use crate::ground::Ground;
use crate::node::Fault;
use crate::run::{Explored, Setting, Start, Time, explore};

const STARTS: [Start; 2] = [Start::Nothing, Start::Stale];

async fn explore_all(settings: impl IntoIterator<Item = Setting>) {
    let mut ground = Ground::new().await;
    for setting in settings {
        let explored = explore(&mut ground, &setting).await;
        assert!(is_telling(&explored), "{setting}: {explored} tells nothing");
    }
}

/// Where no load is stored, or none is ever kept out, an exploration shows nothing.
fn is_telling(explored: &Explored) -> bool {
    explored.stored > 0 && explored.fenced > 0
}

const fn against(change: Change, loaders: usize, start: Start) -> Setting {
    Setting {
        loaders,
        change: Some(change),
        start,
        time: Time::Stands,
        fault: Fault::None,
    }
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_one_load_against_a_change_shows_what_was_before() {
    for start in STARTS {
        explore_all(Change::ALL.map(|change| against(change, 1, start))).await;
    }
}

/// Time passes, once at every moment and for two of the changes twice, so that leases are renewed and renewals refused.
#[tokio::test(start_paused = true)]
async fn no_schedule_of_a_renewed_load_against_a_change_shows_what_was_before() {
    let renewed = |change, times| Setting {
        time: Time::Thirds(times),
        ..against(change, 1, Start::Nothing)
    };
    explore_all(Change::ALL.map(|change| renewed(change, 1))).await;
    explore_all([Change::Invalidate, Change::Put].map(|change| renewed(change, 2))).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_invalidate_shows_what_was_before() {
    explore_all(STARTS.map(|start| against(Change::Invalidate, 2, start))).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_put_shows_what_was_before() {
    explore_all(STARTS.map(|start| against(Change::Put, 2, start))).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_update_shows_what_was_before() {
    explore_all([against(Change::Update, 2, Start::Nothing)]).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_expire_shows_what_was_before() {
    explore_all([against(Change::Expire, 2, Start::Nothing)]).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_clear_shows_what_was_before() {
    explore_all([against(Change::Clear, 2, Start::Nothing)]).await;
}

#[tokio::test(start_paused = true)]
async fn no_schedule_of_two_loads_against_a_raw_del_shows_what_was_before() {
    explore_all([against(Change::Del, 2, Start::Nothing)]).await;
}
