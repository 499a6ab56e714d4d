//! How the client keeps within the error budget.

use std::time::Duration;

use eve::esi::{EsiAnswer, EsiClient, EsiErrorKind};
use eve::standin::{StandIn, StandInBuilder};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::canned::Canned;
use crate::support::{ALLIANCE, CHARACTER, JITA, NOBODY, RIFTER, chain, client, config};

const WINDOW: Duration = Duration::from_secs(2);

/// Five errors in each window.
fn strict() -> StandInBuilder {
    StandIn::builder().error_limit(5).error_window(WINDOW)
}

/// Spends errors by a client of its own, so that nobody else learns of it.
async fn spend(esi: &StandIn, errors: u64) {
    let http = crate::http();
    let url = format!("{}/v5/characters/{NOBODY}/", esi.base_url());
    for _ in 0..errors {
        http.get(&url).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_spent_budget_closes_every_route() {
    let esi = StandIn::builder().error_limit(5).start().await.unwrap();
    spend(&esi, 5).await;
    for path in [
        format!("/v4/alliances/{ALLIANCE}/"),
        format!("/v4/universe/systems/{JITA}/"),
        format!("/v3/universe/types/{RIFTER}/"),
        "/v1/killmails/1/a/".to_owned(),
        "/nowhere/".to_owned(),
    ] {
        let url = format!("{}{path}", esi.base_url());
        let answer = crate::http().get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 420, "{path}");
        let header = |name| answer.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("x-esi-error-limit-remain"), "0");
        let reset: u32 = header("x-esi-error-limit-reset").parse().unwrap();
        assert!((50..=60).contains(&reset), "{reset} s left");
    }
}

#[tokio::test]
async fn a_client_shut_out_sends_nothing_until_the_window_ends() {
    let esi = strict().start().await.unwrap();
    let client = client(&esi);
    spend(&esi, 5).await;
    let error = client.get_alliance(ALLIANCE).await.unwrap_err();
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::ZERO && wait <= WINDOW, "{wait:?}");
    let shut = Instant::now();
    let before = esi.counts().total();
    while shut.elapsed() < WINDOW / 2 {
        let error = client.get_system(JITA).await.unwrap_err();
        assert!(error.retry_after().is_some(), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(esi.counts().total(), before);
    assert_eq!(client.requests().total(), 1);
    let answer = eventually(&client).await;
    assert!(answer.into_value().is_some());
}

/// Asks until the client is let out again, for ten seconds at most.
async fn eventually(client: &EsiClient) -> EsiAnswer<eve::model::SolarSystem> {
    let start = Instant::now();
    loop {
        match client.get_system(JITA).await {
            Ok(answer) => return answer,
            Err(error) => assert!(start.elapsed() < Duration::from_secs(10), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_client_at_its_floor_waits_for_the_next_window() {
    let esi = strict().start().await.unwrap();
    let mut config = config(esi.base_url());
    config.error_floor = 2;
    let client = EsiClient::new(config).unwrap();
    for _ in 0..3 {
        let absent = client.get_character(NOBODY).await.unwrap();
        assert_eq!(absent, EsiAnswer::Absent);
    }
    // Two errors are left, which is the floor: this one has no time to wait, that one has.
    let hurried = client.get_system(JITA).within(Duration::from_millis(100));
    let error = hurried.await.unwrap_err();
    assert!(
        matches!(error.kind(), EsiErrorKind::Limited { .. }),
        "{error}"
    );
    assert_eq!(esi.counts().total(), 3);
    let start = Instant::now();
    assert!(
        client
            .get_system(JITA)
            .await
            .unwrap()
            .into_value()
            .is_some()
    );
    assert!(start.elapsed() >= WINDOW / 2, "{:?}", start.elapsed());
    assert_eq!(esi.counts().with_status(420), 0);
}

#[tokio::test]
async fn many_callers_together_leave_the_floor_untouched() {
    let esi = StandIn::builder()
        .esi_error_rate(1.0)
        .esi_latency(Duration::from_millis(5))
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for step in 0..300 {
        let client = client.clone();
        callers.spawn(async move { client.get_character(CHARACTER + step).await.unwrap_err() });
    }
    let errors = callers.join_all().await;
    assert_eq!(esi.counts().with_status(502), 90);
    assert_eq!(esi.counts().total(), 90);
    let limited = errors.iter().filter(|error| error.retry_after().is_some());
    assert!(limited.count() >= 210);
    // Nobody waits in vain for a window beyond the own time.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_429_stops_all_calls_for_as_long_as_it_says() {
    let server = Canned::start(&[
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n",
    ])
    .await;
    let client = EsiClient::new(config(server.base_url())).unwrap();
    let error = client.get_character(CHARACTER).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert!(error.is_retryable());
    let error = client.get_type(RIFTER).await.unwrap_err();
    let left = error.retry_after().unwrap();
    assert!(
        left > Duration::from_secs(20) && left < Duration::from_secs(30),
        "{left:?}"
    );
    assert!(chain(&error).starts_with("looking up a type: ESI takes no calls"));
    assert_eq!(server.heard().len(), 1);
}
