//! The command beside an application that uses the facade.

use std::io;
use std::sync::Arc;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, CodecKind, Domain, domain};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Notify;

use crate::place::Place;

#[derive(Cacheable, Debug, PartialEq, Serialize, Deserialize)]
#[cacheable(domain = "pilot", ttl = "1h")]
struct Pilot {
    name: String,
}

fn open(place: &Place, codec: CodecKind) -> Domain<Pilot> {
    let mut config = CacheConfig::from_url(&place.url()).unwrap();
    config.namespace = place.namespace.clone();
    config.codec = Some(codec);
    config.deadline = std::time::Duration::from_secs(5);
    let cache = Cache::builder()
        .config(config)
        .domain(domain::<Pilot>())
        .build()
        .unwrap();
    cache.domain::<Pilot>().unwrap()
}

fn pilot(name: &str) -> Pilot {
    Pilot { name: name.into() }
}

#[tokio::test]
async fn what_an_application_stored_is_seen_replaced_and_removed() {
    let place = Place::new();
    let pilots = open(&place, CodecKind::Json);
    pilots.put(93_002_423_u64, pilot("Jita")).await.unwrap();
    let found = place.run_on_id("get", "93002423", &["--json"]).object();
    assert_eq!(
        (&found["value"], &found["state"]),
        (&json!({"name": "Jita"}), &json!("fresh"))
    );
    let said = place.run_on_id("put", "93002423", &[r#"{"name":"Amarr"}"#, "--ttl", "5m"]);
    assert_eq!(said.code, 0, "{said:?}");
    let read = pilots.get(93_002_423_u64).await.unwrap().unwrap();
    assert_eq!(read.name, "Amarr");
    assert_eq!(place.run_on_id("del", "93002423", &[]).code, 0);
    assert!(pilots.get(93_002_423_u64).await.unwrap().is_none());
}

#[tokio::test]
async fn json_is_read_by_an_application_that_writes_another_codec() {
    let place = Place::new();
    let pilots = open(&place, CodecKind::Bincode);
    pilots.put(7_u64, pilot("Jita")).await.unwrap();
    let found = place.run_on_id("get", "7", &["--json"]).object();
    assert_eq!(
        (&found["codec"], &found["value_hex"]),
        (&json!("bincode"), &json!("044a697461"))
    );
    assert_eq!(
        place
            .run_on_id("put", "7", &[r#"{"name":"Amarr"}"#, "--ttl", "5m"])
            .code,
        0
    );
    assert_eq!(pilots.get(7_u64).await.unwrap().unwrap().name, "Amarr");
    // What does not fit the type is a miss, as the help says.
    assert_eq!(place.run_on_id("put", "7", &["[1]", "--ttl", "5m"]).code, 0);
    assert!(pilots.get(7_u64).await.unwrap().is_none());
}

#[tokio::test]
async fn a_load_under_way_is_not_published_over_a_put_or_a_del() {
    for change in ["put", "del"] {
        let place = Place::new();
        let pilots = open(&place, CodecKind::Json);
        // From it the command learns epoch and schema.
        pilots.put(1_u64, pilot("neighbour")).await.unwrap();
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (says_begun, waits) = (Arc::clone(&begun), Arc::clone(&go_on));
        let loading = pilots.clone();
        let load = tokio::spawn(async move {
            let load = move |_| async move {
                says_begun.notify_one();
                waits.notified().await;
                Ok::<_, io::Error>(pilot("before"))
            };
            loading
                .get_or_load_with(7_u64, load)
                .await
                .unwrap()
                .unwrap()
                .name
                .clone()
        });
        begun.notified().await;
        let seen = place.run_on_id("get", "7", &["--json"]).object();
        assert_eq!(seen["state"], "lease");
        let address = seen["address"].as_str().unwrap();
        let said = match change {
            "put" => place.run("put", &[address, r#"{"name":"after"}"#, "--ttl", "5m"]),
            _ => place.run_on_id("del", "7", &[]),
        };
        assert_eq!(said.code, 0, "{said:?}");
        go_on.notify_one();
        assert_eq!(load.await.unwrap(), "before");
        let now = pilots
            .get(7_u64)
            .await
            .unwrap()
            .map(|pilot| pilot.name.clone());
        assert_eq!(
            now.as_deref(),
            (change == "put").then_some("after"),
            "{change}"
        );
    }
}
