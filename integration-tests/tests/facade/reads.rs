//! Reads: what each of them says about the same entry, and which ids are one key.

use std::io;
use std::time::Duration;

use cache_core::MAX_ID_BYTES;
use cache_facade::{Clock, ErrorKind, Lookup, MissReason, Schema, Timestamp, Weigh, Weight};
use serde::{Deserialize, Serialize};

use crate::fixture::{Fixture, Seen, TTL, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    what_was_put_is_read_with_its_age,
    get_and_exists_show_fresh_values_only,
    a_value_can_be_kept_beyond_its_entry,
    an_entry_from_beyond_the_clocks_tolerance_is_a_miss,
    values_of_different_types_do_not_meet,
    a_value_of_another_type_under_the_same_id_is_a_miss,
    an_integer_and_its_text_are_one_id,
    odd_ids_are_ordinary_and_never_meet,
    the_longest_id_is_kept_and_a_longer_one_refused,
}

async fn what_was_put_is_read_with_its_age(store: &Store) {
    let fx = Fixture::on(store).await;
    assert_eq!(fx.look().await, Seen::Gone);
    fx.things.put(7, thing(1)).await.unwrap();
    let age = Duration::from_millis(1_234);
    fx.clock.advance(age);
    let found = fx.things.get(7).await.unwrap().unwrap();
    fx.clock.advance(age);
    assert_eq!((&*found, found.age()), (&thing(1), age));
    assert!(!found.is_stale());
}

async fn get_and_exists_show_fresh_values_only(store: &Store) {
    let fx = Fixture::on(store).await;
    assert!(!fx.things.exists(7).await.unwrap());
    fx.things.put(7, thing(1)).await.unwrap();
    assert!(fx.things.exists(7).await.unwrap());
    fx.put_stale(1, TTL).await;
    assert_eq!(fx.look().await, Seen::Stale(1));
    assert_eq!(fx.number(7).await, None);
    assert!(!fx.things.exists(7).await.unwrap());
}

async fn a_value_can_be_kept_beyond_its_entry(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    let kept = fx.things.get(7).await.unwrap().unwrap().into_arc();
    fx.things.invalidate(7).await.unwrap();
    assert_eq!((&*kept, fx.look().await), (&thing(1), Seen::Gone));
}

async fn an_entry_from_beyond_the_clocks_tolerance_is_a_miss(store: &Store) {
    let fx = Fixture::on(store).await;
    let start = fx.clock.now().as_millis();
    fx.things.put(7, thing(1)).await.unwrap();
    fx.clock.set(Timestamp::from_millis(start - 300_001));
    assert_eq!(fx.look().await, Seen::Unusable(MissReason::Clock.as_str()));
    fx.clock.set(Timestamp::from_millis(start - 300_000));
    let found = fx.things.get(7).await.unwrap().unwrap();
    assert_eq!((found.number, found.age()), (1, Duration::ZERO));
}

async fn values_of_different_types_do_not_meet(store: &Store) {
    let fx = Fixture::on(store).await;
    let names = fx.cache.raw::<String>().unwrap();
    let numbers = fx.cache.raw::<u64>().unwrap();
    names.put("7", "seven".to_owned()).await.unwrap();
    assert!(numbers.get("7").await.unwrap().is_none());
    numbers.put("7", 7).await.unwrap();
    assert_eq!(*names.get("7").await.unwrap().unwrap(), "seven");
    assert_eq!(*numbers.get("7").await.unwrap().unwrap(), 7);
}

/// Two types that claim one schema (trap 44).
#[derive(Debug, Serialize, Deserialize)]
struct Number(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name(String);

impl Schema for Number {
    const FINGERPRINT: u64 = 44;
}

impl Schema for Name {
    const FINGERPRINT: u64 = 44;
}

impl Weigh for Number {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

impl Weigh for Name {
    fn heap(&self) -> Weight {
        Weight::known(0)
    }
}

async fn a_value_of_another_type_under_the_same_id_is_a_miss(store: &Store) {
    let fx = Fixture::on(store).await;
    let names = fx.cache.raw::<Name>().unwrap();
    fx.cache.raw().unwrap().put("7", Number(9)).await.unwrap();
    let found = names.lookup("7").await.unwrap();
    let reason = match found {
        Lookup::Miss(reason) => reason,
        other => panic!("{other:?}"),
    };
    let is_expected = matches!(reason, MissReason::WrongType | MissReason::Undecodable);
    assert!(is_expected, "{reason:?}");
    let load = |_| async { Ok::<_, io::Error>(Name("Jita".to_owned())) };
    names.get_or_load_with("7", load).await.unwrap();
    let found = names.get("7").await.unwrap().unwrap();
    assert_eq!(found.0, "Jita", "a load takes its place");
}

async fn an_integer_and_its_text_are_one_id(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7_u64, thing(1)).await.unwrap();
    for found in [
        fx.things.get("7").await,
        fx.things.get(7_i32).await,
        fx.things.get(&b"7"[..]).await,
    ] {
        assert_eq!(found.unwrap().unwrap().number, 1);
    }
    for id in ["07", "+7", " 7", "7.0", ""] {
        assert!(fx.things.get(id).await.unwrap().is_none(), "{id:?}");
    }
}

async fn odd_ids_are_ordinary_and_never_meet(store: &Store) {
    let fx = Fixture::on(store).await;
    let ids: [&[u8]; 11] = [
        b"",
        b":",
        b"%",
        b"*",
        b"\0",
        b"\n",
        b"%3A",
        b"?[]\\",
        b"{a}",
        "日本".as_bytes(),
        &[0xFF, 0xFE],
    ];
    for (number, id) in (0..).zip(ids) {
        fx.things.put(id, thing(number)).await.unwrap();
    }
    for (number, id) in (0_u64..).zip(ids) {
        let found = fx.things.get(id).await.unwrap().unwrap();
        assert_eq!(found.number, number, "{id:?}");
    }
}

async fn the_longest_id_is_kept_and_a_longer_one_refused(store: &Store) {
    let fx = Fixture::on(store).await;
    let longest = "x".repeat(MAX_ID_BYTES);
    fx.things.put(&longest, thing(1)).await.unwrap();
    assert_eq!(fx.things.get(&longest).await.unwrap().unwrap().number, 1);
    let longer = "x".repeat(MAX_ID_BYTES + 1);
    let refusals = [
        fx.things.put(&longer, thing(1)).await,
        fx.things.get(&longer).await.map(drop),
        fx.things.get_or_load(&longer).await.map(drop),
    ];
    for refusal in refusals {
        assert_eq!(refusal.unwrap_err().kind(), ErrorKind::InvalidKey);
    }
}
