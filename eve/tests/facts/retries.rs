//! What is tried again, and how often.

use std::net::Ipv4Addr;
use std::time::Duration;

use eve::Kind;
use eve::esi::{EsiClient, EsiErrorKind};
use eve::standin::StandIn;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::canned::Canned;
use crate::support::{CHARACTER, JITA, NOBODY, chain, client, config};

const UNAVAILABLE: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
const TIMED_OUT: &str = "HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n";
const ABSENT: &str = "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn a_502_is_tried_as_often_as_configured() {
    let esi = StandIn::builder()
        .esi_error_rate(1.0)
        .start()
        .await
        .unwrap();
    for tries in [1, 3, 5] {
        let before = esi.counts().with_status(502);
        let mut config = config(esi.base_url());
        config.tries = tries;
        let client = EsiClient::new(config).unwrap();
        let error = client.get_system(JITA).await.unwrap_err();
        assert_eq!(error.kind(), EsiErrorKind::Unavailable);
        assert!(error.is_retryable());
        assert!(chain(&error).ends_with("status 502"), "{}", chain(&error));
        assert_eq!(esi.counts().with_status(502) - before, u64::from(tries));
        assert_eq!(client.requests().of(Kind::System), u64::from(tries));
    }
}

#[tokio::test]
async fn every_request_is_counted_on_both_sides() {
    let esi = StandIn::builder()
        .esi_error_rate(0.3)
        .error_limit(1_000)
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    let mut answered = 0;
    for step in 0..100 {
        answered += u64::from(client.get_system(JITA + step).await.is_ok());
    }
    let counts = esi.counts();
    assert_eq!(counts.of(Kind::System), client.requests().total());
    assert_eq!(counts.of_with_status(Kind::System, 200), answered);
    assert_eq!(counts.with_status(502) + answered, counts.total());
    // Three tries against 0.3: about three look-ups in a hundred fail, and about 43 second and third tries.
    assert!((92..100).contains(&answered), "{answered} answered");
    assert!((120..160).contains(&counts.total()), "{}", counts.total());
}

#[tokio::test]
async fn a_broken_connection_and_a_busy_server_are_tried_again() {
    let server = Canned::start(&["", UNAVAILABLE, TIMED_OUT, ABSENT]).await;
    let mut config = config(server.base_url());
    config.tries = 4;
    let client = EsiClient::new(config).unwrap();
    let answer = client.get_character(CHARACTER).await.unwrap();
    assert!(answer.into_value().is_none());
    assert_eq!(client.requests().total(), 4);
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = EsiClient::new(config(base_url)).unwrap();
    let error = client.get_character(CHARACTER).await.unwrap_err();
    assert_eq!(error.kind(), EsiErrorKind::Unavailable);
    assert!(!chain(&error).contains(&CHARACTER.to_string()));
    assert_eq!(client.requests().total(), 3);
}

#[tokio::test]
async fn a_404_is_never_tried_again() {
    let esi = StandIn::builder().start().await.unwrap();
    let client = client(&esi);
    client.get_character(NOBODY).await.unwrap();
    assert_eq!(esi.counts().total(), 1);
}

#[tokio::test]
async fn no_try_is_begun_that_the_time_does_not_allow() {
    let esi = StandIn::builder()
        .esi_error_rate(1.0)
        .start()
        .await
        .unwrap();
    let mut config = config(esi.base_url());
    config.backoff = Duration::from_secs(30);
    let client = EsiClient::new(config).unwrap();
    let start = Instant::now();
    let error = client.get_system(JITA).await.unwrap_err();
    // What went wrong is told at once, and not that time ran out later.
    assert_eq!(error.kind(), EsiErrorKind::Unavailable);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(esi.counts().total(), 1);
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn https_to_a_server_without_it_fails_as_a_connection() {
    let esi = StandIn::builder().start().await.unwrap();
    let base_url = esi.base_url().replace("http:", "https:");
    let client = EsiClient::new(config(base_url)).unwrap();
    let error = client.get_character(CHARACTER).await.unwrap_err();
    assert_eq!(error.kind(), EsiErrorKind::Unavailable);
    assert_eq!(esi.counts().total(), 0);
}
