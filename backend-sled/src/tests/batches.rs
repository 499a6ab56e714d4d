//! Batches of reads: what is copied together and what stays where sled holds it are told by nobody.

use bytes::Bytes;
use cache_core::{Backend, Entry, Found, Operation, OwnedKey, Payload};

use super::fixture::{Fixture, HOUR};
use crate::Reads;
use crate::engine::Engine;
use crate::place;

#[tokio::test]
async fn a_batch_is_answered_as_its_keys_are() {
    for reads in [Reads::Inline, Reads::Offload] {
        let fx = Fixture::new(|builder| builder.reads(reads));
        // The envelope adds 80 bytes; one of 1,024 is the last that is copied.
        for (id, bytes) in [(1, 0), (2, 943), (3, 944), (4, 945), (5, 100_000), (6, 7)] {
            fx.put_to(&fx.key(id), HOUR, bytes).await;
        }
        let place = place::entry(&fx.key(6).as_key());
        let plant =
            |engine: &Engine| Ok(engine.entries.insert(&*place, &b"garbage"[..]).map(drop)?);
        fx.backend.store().with(Operation::Put, plant).unwrap();
        let keys = [7, 5, 1, 4, 6, 3, 2, 1, 8].map(|id| fx.key(id));
        let asked: Vec<_> = keys.iter().map(OwnedKey::as_key).collect();
        let batch = fx.backend.get_many(&asked).await;
        assert_eq!(batch.len(), keys.len());
        for (key, found) in asked.iter().zip(batch) {
            let one = fx.backend.get(*key).await.unwrap();
            assert_eq!(told(&found.unwrap()), told(&one), "{reads:?}");
        }
    }
}

/// What was found, payload and all.
fn told(found: &Found) -> (String, Option<Bytes>) {
    let payload = match found {
        Found::Entry(Entry {
            payload: Payload::Encoded(bytes),
            ..
        }) => Some(bytes.clone()),
        _ => None,
    };
    (format!("{found:?}"), payload)
}
