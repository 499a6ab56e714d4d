//! The two forms of values: objects come back as they are, bytes come back byte for byte.

use std::sync::Arc;

use bytes::Bytes;
use cache_core::{
    Backend, CodecKind, Condition, Entry, ErrorKind, Extensions, Found, Meta, Object, Payload,
};

use super::fixture::Fixture;
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome};

/// A hit hands out the very object that was put: nothing is encoded on the way, and the weight is the writer's.
pub(super) async fn an_object_comes_back_as_it_is(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let object: Arc<dyn Object> = Arc::new(("Jita".to_owned(), 30_000_142_u32));
    let meta = Meta {
        weight: 123,
        ..fx.meta()
    };
    fx.put(&key, Entry::object(meta, Arc::clone(&object)))
        .await?;
    for found in [Some(fx.get(&key).await?), fx.get_now(&key)] {
        match found {
            None => {}
            Some(Found::Entry(Entry {
                payload: Payload::Object(met),
                meta: kept,
                ..
            })) => {
                check!(Arc::ptr_eq(&met, &object), "another object than was put");
                check_eq!(kept.weight, 123, "the weight");
            }
            Some(other) => return Err(Failure::new(format!("met {other:?}, expected the object"))),
        }
    }
    Ok(())
}

/// Trap 44: what stands under a key is of one type, the last that was put.
pub(super) async fn another_type_under_a_key_replaces_the_first(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, Entry::object(fx.meta(), Arc::new("text".to_owned())))
        .await?;
    fx.put(&key, Entry::object(fx.meta(), Arc::new(7_u64)))
        .await?;
    let Found::Entry(Entry {
        payload: Payload::Object(object),
        ..
    }) = fx.get(&key).await?
    else {
        return Err(Failure::new("the second object is gone"));
    };
    check!(
        Arc::clone(&object).downcast::<String>().is_err(),
        "a number reads as text"
    );
    let number = object
        .downcast::<u64>()
        .map_err(|_| Failure::new("a number reads as none"))?;
    check_eq!(*number, 7, "the number");
    Ok(())
}

pub(super) async fn objects_are_refused_where_bytes_are_kept(fx: Fixture) -> Outcome {
    let (standing, missing) = (fx.key("standing")?, fx.key("missing")?);
    let old = fx.put(&standing, fx.value("old")).await?;
    for key in [&standing, &missing] {
        let object = Entry::object(fx.meta(), Arc::new("text".to_owned()));
        match fx
            .backend
            .put(key.as_key(), object, Condition::Always)
            .await
        {
            Err(error) => check!(error.kind() != ErrorKind::Closed, "the refusal is {error}"),
            Ok(put) => return Err(Failure::new(format!("an object in a byte store: {put:?}"))),
        }
    }
    fx.expect_entry(&standing, &old).await?;
    fx.expect_nothing(&missing).await
}

pub(super) async fn bytes_come_back_byte_for_byte(fx: Fixture) -> Outcome {
    let every: Vec<u8> = (0..=u8::MAX).cycle().take(3_000).collect();
    let payloads = [Bytes::new(), Bytes::from_static(b"\0"), Bytes::from(every)];
    for codec in CodecKind::ALL {
        for (number, payload) in payloads.iter().enumerate() {
            let key = fx.key(&format!("{}-{number}", codec.as_str()))?;
            let weight = u32::try_from(payload.len()).unwrap_or(u32::MAX).max(1);
            let entry = Entry::encoded(
                Meta {
                    weight,
                    ..fx.meta()
                },
                codec,
                payload.clone(),
            );
            let entry = fx
                .put(
                    &key,
                    entry.with_extensions(Extensions::new().with_etag("x")),
                )
                .await?;
            let Found::Entry(met) = fx.get(&key).await? else {
                return Err(Failure::new("the bytes are gone"));
            };
            check_eq!(met.meta, entry.meta, "the meta");
            check!(
                matches!(&met.payload, Payload::Encoded(bytes) if bytes == payload),
                "{} bytes in {codec:?} came back as {:?}",
                payload.len(),
                met.payload
            );
            check_eq!(met.extensions, entry.extensions, "the extensions");
        }
    }
    Ok(())
}
