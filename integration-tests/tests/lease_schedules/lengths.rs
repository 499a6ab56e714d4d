//! A load that takes longer than a lease lives.

use crate::ground::Ground;
use crate::node::Fault;
use crate::run::{Setting, Start, Time, explore};

/// More than a lease passes at once; nobody changes anything.
const LONG: Setting = Setting {
    loaders: 2,
    change: None,
    start: Start::Nothing,
    time: Time::Lease,
    fault: Fault::None,
};

#[tokio::test(start_paused = true)]
async fn in_no_schedule_does_a_load_lose_its_lease_by_time_alone() {
    let explored = explore(&mut Ground::new().await, &LONG).await;
    assert_eq!(explored.fenced, 0, "{:?}", explored.first_fenced);
    assert_eq!(explored.stored, explored.schedules);
}

/// The twin: what the test above shows comes from the renewals.
#[tokio::test(start_paused = true)]
async fn without_renewals_a_schedule_is_found_in_which_a_load_loses_its_lease() {
    let setting = Setting {
        fault: Fault::LostRenewals,
        ..LONG
    };
    let explored = explore(&mut Ground::new().await, &setting).await;
    assert!(explored.fenced > 0);
    println!("the first:{}", explored.first_fenced.unwrap_or_default());
}
