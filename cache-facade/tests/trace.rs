//! One structured trace event per operation: its domain, its name and how it ended; never an id or a value.
#![cfg(all(feature = "moka", feature = "derive"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

mod common;

use std::fmt::{self, Write as _};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::Layer;
use cache_facade::{ErrorKind, Loaded, Operation, PutOptions, Ttl};
use cache_testkit::{Fault, FaultLayer, Faults, ManualClock};
use common::{Fixture, Source, Store, TTL, Thing, cache_over, thing};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};

/// Keeps the events of the cache.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Event>>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Event {
    level: String,
    target: String,
    /// Names and values of the fields, in the order they came.
    fields: Vec<(String, String)>,
}

impl Visit for Event {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields
            .push((field.name().to_owned(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields
            .push((field.name().to_owned(), value.to_owned()));
    }
}

impl Subscriber for Seen {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "cache"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut seen = Event {
            level: event.metadata().level().to_string(),
            target: event.metadata().target().to_owned(),
            fields: Vec::new(),
        };
        event.record(&mut seen);
        self.0.lock().unwrap().push(seen);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Seen {
    /// The events of one operation, as `domain operation outcome`.
    async fn during<O>(operation: impl Future<Output = O>) -> Vec<String> {
        let seen = Self::default();
        let guard = tracing::subscriber::set_default(seen.clone());
        operation.await;
        drop(guard);
        let events = seen.0.lock().unwrap().clone();
        for event in &events {
            let names = event.fields.iter().map(|(name, _)| name.as_str());
            assert_eq!(
                names.collect::<Vec<_>>(),
                ["domain", "operation", "outcome"]
            );
            assert_eq!(
                (event.level.as_str(), event.target.as_str()),
                (Level::TRACE.as_str(), "cache")
            );
        }
        events.iter().map(Event::told).collect()
    }
}

impl Event {
    fn told(&self) -> String {
        let mut told = String::new();
        for (_, value) in &self.fields {
            write!(told, "{value} ").unwrap();
        }
        told.trim_end().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_told_by_what_it_found() {
    let fx = Fixture::on(Store::Moka);
    assert_eq!(Seen::during(fx.things.get(7)).await, ["thing get miss"]);
    let options = PutOptions::new().stale_for(TTL);
    fx.things.put_with(7, thing(1), options).await.unwrap();
    assert_eq!(Seen::during(fx.things.get(7)).await, ["thing get fresh"]);
    assert_eq!(
        Seen::during(async { fx.things.get_now(7) }).await,
        ["thing get fresh"]
    );
    fx.clock.advance(TTL);
    assert_eq!(Seen::during(fx.things.lookup(7)).await, ["thing get stale"]);
    let absent = |_| async { Ok::<_, io::Error>(Loaded::Absent) };
    fx.things.get_or_load_with(8, absent).await.unwrap();
    assert_eq!(Seen::during(fx.things.get(8)).await, ["thing get negative"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_by_its_name() {
    let fx = Fixture::on(Store::Moka);
    let things = &fx.things;
    assert_eq!(
        Seen::during(things.put(7, thing(1))).await,
        ["thing put ok"]
    );
    assert_eq!(
        Seen::during(things.update(7, |_| Some(thing(2)))).await,
        ["thing update ok"]
    );
    assert_eq!(
        Seen::during(things.invalidate(7)).await,
        ["thing remove ok"]
    );
    assert_eq!(Seen::during(things.clear()).await, ["thing clear ok"]);
    let raw = fx.cache.raw::<String>().unwrap();
    assert_eq!(
        Seen::during(raw.put("7", "Jita".to_owned())).await,
        ["raw put ok"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_told_item_by_item() {
    let fx = Fixture::on(Store::Moka);
    let stored = Seen::during(fx.things.put_many([(7, thing(1)), (8, thing(2))])).await;
    assert_eq!(stored, ["thing put_many ok"; 2]);
    let found = Seen::during(fx.things.get_many([7, 9])).await;
    assert_eq!(found, ["thing get fresh", "thing get miss"]);
    let removed = Seen::during(fx.things.invalidate_many([7])).await;
    assert_eq!(removed, ["thing remove_many ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_load_is_told_by_the_lookup_that_led_to_it() {
    let fx = Fixture::with(Store::Moka, Source::new().domain());
    assert_eq!(
        Seen::during(fx.things.get_or_load(7)).await,
        ["thing get miss"]
    );
    assert_eq!(
        Seen::during(fx.things.get_or_load(7)).await,
        ["thing get fresh"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_change_is_told_by_its_kind() {
    let (faults, things) = faulty();
    faults.next(Operation::Put, Fault::Error(ErrorKind::Overloaded));
    assert_eq!(
        Seen::during(things.put(7, thing(1))).await,
        ["thing put overloaded"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_is_told_once() {
    let (faults, things) = faulty();
    faults.next(Operation::Get, Fault::Error(ErrorKind::Unavailable));
    assert_eq!(Seen::during(things.get(7)).await, ["thing get unavailable"]);
}

#[tokio::test(start_paused = true)]
async fn put_if_absent_is_told_once() {
    let fx = Fixture::on(Store::Moka);
    let absent = |_| async { Ok::<_, io::Error>(Loaded::Absent) };
    fx.things.get_or_load_with(7, absent).await.unwrap();
    let over_absence = Seen::during(fx.things.put_if_absent(7, thing(1), Ttl::Default)).await;
    let refused = Seen::during(fx.things.put_if_absent(7, thing(2), Ttl::Default)).await;
    assert_eq!(over_absence, ["thing put ok"]);
    assert_eq!(refused.len(), 1);
    assert_ne!(refused, ["thing put ok"]);
}

#[tokio::test(start_paused = true)]
async fn touch_and_expire_are_told_apart() {
    let fx = Fixture::on(Store::Moka);
    fx.things.put(7, thing(1)).await.unwrap();
    let touched = Seen::during(fx.things.touch(7, Ttl::Default)).await;
    let expired = Seen::during(fx.things.expire(7)).await;
    assert_eq!((touched.len(), expired.len()), (1, 1));
    assert_ne!(touched, expired);
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_told() {
    let fx = Fixture::on(Store::Moka);
    let minute = Duration::from_secs(60);
    assert_eq!(Seen::during(fx.things.exists(7)).await.len(), 1);
    assert_eq!(
        Seen::during(fx.things.counter().add(7, 1, minute))
            .await
            .len(),
        1
    );
    assert_eq!(Seen::during(fx.cache.clear()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ids_and_values_are_never_told() {
    let fx = Fixture::on(Store::Moka);
    let secret = || Thing {
        number: 4_242,
        name: "secret".to_owned(),
    };
    let told = Seen::during(async {
        let fails = |_| async { Err::<Thing, _>(io::Error::other("secret")) };
        fx.things.put("secret", secret()).await.unwrap();
        fx.things.get("secret").await.unwrap();
        fx.things
            .update("secret", |_| Some(secret()))
            .await
            .unwrap();
        fx.things
            .get_or_load_with("secret-2", fails)
            .await
            .map(drop)
            .unwrap_err();
        fx.things.put_many([("secret", secret())]).await;
        fx.things.get_many(["secret"]).await;
        fx.things.expire("secret").await.unwrap();
        fx.things.invalidate("secret").await.unwrap();
        fx.things
            .put("x".repeat(2_000), secret())
            .await
            .unwrap_err();
    });
    let told = told.await;
    assert!(told.len() >= 8);
    assert!(
        told.iter()
            .all(|told| !told.contains("secret") && !told.contains("4242"))
    );
}

fn faulty() -> (Faults, cache_facade::Domain<Thing>) {
    let (faults, clock) = (Faults::default(), ManualClock::default());
    let backend = FaultLayer::new(&faults).layer(Store::Moka.backend(clock.judge()));
    let spec = cache_facade::domain();
    let (_cache, things) = cache_over(backend, clock, Store::Moka.config(), spec);
    (faults, things)
}
