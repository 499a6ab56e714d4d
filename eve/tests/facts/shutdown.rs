//! How the stand-in ends.

use std::time::Duration;

use eve::esi::{EsiClient, EsiErrorKind};
use eve::standin::StandIn;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::support::{JITA, client, config};

#[tokio::test]
async fn closing_answers_what_is_under_way() {
    let latency = Duration::from_millis(400);
    let esi = StandIn::builder()
        .esi_latency(latency)
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    let under_way = tokio::spawn(client.get_system(JITA).send());
    while esi.counts().total() == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    let address = esi.address();
    let start = Instant::now();
    esi.close().await;
    // Counted before the delay, closed after it.
    assert!(start.elapsed() >= latency / 2, "{:?}", start.elapsed());
    assert!(TcpStream::connect(address).await.is_err());
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.into_value().unwrap().name, "Jita");
}

#[tokio::test]
async fn a_dropped_handle_stops_the_server() {
    let esi = StandIn::builder().start().await.unwrap();
    let mut config = config(esi.base_url());
    config.tries = 1;
    let client = EsiClient::new(config).unwrap();
    client.get_system(JITA).await.unwrap();
    drop(esi);
    let start = Instant::now();
    loop {
        match client.get_system(JITA).await {
            Err(error) => break assert_eq!(error.kind(), EsiErrorKind::Unavailable),
            Ok(_) => assert!(start.elapsed() < Duration::from_secs(10)),
        }
        sleep(Duration::from_millis(5)).await;
    }
}
