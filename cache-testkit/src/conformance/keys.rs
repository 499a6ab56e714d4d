//! Keys: any bytes, of any length up to the limit, and no two different ones meet.

use std::collections::HashMap;

use cache_core::{Backend, Epoch, MAX_ID_BYTES, OwnedKey, Space};

use super::fixture::Fixture;
use crate::failure::check_eq;
use crate::{Failure, Outcome};

pub(super) async fn any_bytes_are_a_key(fx: Fixture) -> Outcome {
    let space = fx.space()?;
    let mut ids: Vec<Vec<u8>> = (0..=u8::MAX).map(|byte| vec![byte]).collect();
    ids.extend((0..=u8::MAX).map(|byte| vec![b'a', byte, b'b']));
    let texts = [
        "", ":", "::", "%", "%%", "%3A", "*", "?", "[a]", "\\", "\0", "\0\0", "\r\n", "a b", "é",
        "日本", "🚀", "../..", "#:", "a.b",
    ];
    ids.extend(texts.iter().map(|text| text.as_bytes().to_vec()));
    ids.sort();
    ids.dedup();
    let mut stored = HashMap::new();
    for (number, id) in ids.iter().enumerate() {
        let key = Fixture::key_of(&space, id)?;
        let entry = fx.put(&key, fx.value(&number.to_string())).await?;
        stored.insert(key, entry);
    }
    for (key, entry) in &stored {
        let id = key.as_key().id();
        fx.expect_entry(key, entry)
            .await
            .map_err(|failure| failure.within(&format!("id {id:?}")))?;
    }
    if fx.has(cache_core::Capability::Scan) {
        let listed = fx.listed(fx.scope()).await?;
        for (key, entry) in &stored {
            check_eq!(
                listed.get(key),
                Some(&entry.meta),
                "listed under {:?}",
                key.as_key().id()
            );
        }
    }
    for key in stored.keys() {
        fx.remove(key, None).await?;
        fx.expect_nothing(key).await?;
    }
    Ok(())
}

pub(super) async fn ids_of_0_to_1024_bytes_are_keys(fx: Fixture) -> Outcome {
    let space = fx.space()?;
    let lengths = [
        0,
        1,
        2,
        127,
        128,
        255,
        256,
        511,
        512,
        MAX_ID_BYTES - 1,
        MAX_ID_BYTES,
    ];
    // A store that escapes bytes makes them longer: the worst are among these.
    for byte in [b'a', b'%', 0xFF] {
        for length in lengths {
            let key = Fixture::key_of(&space, &vec![byte; length])?;
            fx.put(&key, fx.value(&length.to_string())).await?;
        }
        for length in lengths {
            let key = Fixture::key_of(&space, &vec![byte; length])?;
            fx.expect_value(&key, &length.to_string()).await?;
        }
    }
    Ok(())
}

/// Trap 17: keys whose parts would run into each other, were they joined without care.
pub(super) async fn different_keys_never_meet(fx: Fixture) -> Outcome {
    let namespace = fx.env.namespace.as_str();
    let mut keys: Vec<OwnedKey> = Vec::new();
    for ending in [
        "",
        ":1",
        ":1:pilot",
        ":1:pilot.0000000000000001",
        ":1:pilot:1",
        "%3A1",
        "1",
        "\0",
        ":",
    ] {
        for (domain, schema) in [
            ("pilot", 1),
            ("pilot", 0x11),
            ("pilot_1", 1),
            ("pilot1", 1),
            ("_cache", 0),
        ] {
            for epoch in [0, 1, 11, u64::MAX] {
                for id in [
                    &b""[..],
                    b"1",
                    b":1",
                    b"1:1",
                    b"1:pilot",
                    b"%3A1",
                    b"1:pilot.0000000000000001:1",
                    b"1:pilot:1:1",
                ] {
                    let space = Space::new(&format!("{namespace}{ending}"), domain, schema)?;
                    keys.push(OwnedKey::new(space, Epoch(epoch), id)?);
                }
            }
        }
    }
    for (number, key) in keys.iter().enumerate() {
        fx.put(key, fx.value(&number.to_string())).await?;
    }
    for (number, key) in keys.iter().enumerate() {
        let checked = fx.expect_value(key, &number.to_string()).await;
        checked.map_err(|failure: Failure| failure.within(&format!("{key:?}")))?;
    }
    for key in keys.iter().step_by(2) {
        fx.backend.remove(key.as_key(), None).await?;
    }
    for (number, key) in keys.iter().enumerate() {
        match number % 2 {
            0 => fx.expect_nothing(key).await?,
            _ => fx.expect_value(key, &number.to_string()).await?,
        }
    }
    Ok(())
}
