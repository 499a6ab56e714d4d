//! Sizes: what is larger than `max_payload` is refused, and nothing is stored of it.

use cache_facade::{Cache, CodecKind, Domain, ErrorKind, Ttl, domain};
use cache_testkit::{ManualClock, MemoryBackend};

use crate::common::{Store, Thing, cache_over, thing};

/// A cache over a byte store that accepts values of up to 64 bytes.
fn narrow() -> (Cache, Domain<Thing>) {
    let mut config = Store::Encoded(CodecKind::Json).config();
    config.max_payload = 64;
    let clock = ManualClock::default();
    cache_over(
        MemoryBackend::encoded(clock.judge()),
        clock,
        config,
        domain(),
    )
}

fn long() -> Thing {
    Thing {
        name: "x".repeat(64),
        ..thing(2)
    }
}

#[tokio::test]
async fn a_value_that_is_too_large_is_refused_and_what_stood_there_stays() {
    let (_cache, things) = narrow();
    things.put(7, thing(1)).await.unwrap();
    let refusals = [
        things.put(7, long()).await,
        things
            .put_if_absent(8, long(), Ttl::Default)
            .await
            .map(drop),
        things.update(7, |_| Some(long())).await.map(drop),
    ];
    for refusal in refusals {
        assert_eq!(refusal.unwrap_err().kind(), ErrorKind::TooLarge);
    }
    assert_eq!(things.get(7).await.unwrap().unwrap().number, 1);
    assert!(things.get(8).await.unwrap().is_none());
}

#[tokio::test]
async fn a_batch_refuses_only_the_value_that_is_too_large() {
    let (_cache, things) = narrow();
    let stored = things
        .put_many([(1, thing(1)), (2, long()), (3, thing(3))])
        .await;
    let kinds = stored
        .iter()
        .map(|one| one.as_ref().err().map(cache_facade::Error::kind));
    let expected = [None, Some(ErrorKind::TooLarge), None];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
    assert_eq!(things.get(3).await.unwrap().unwrap().number, 3);
}

#[tokio::test]
async fn no_error_holds_an_id_or_a_value() {
    let (_cache, things) = narrow();
    let error = things.put("secret-id", long()).await.unwrap_err();
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("secret") && !text.contains("xxx"), "{text}");
    }
}
