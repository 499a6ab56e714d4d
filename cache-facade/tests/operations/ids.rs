//! Ids: what is one key, what are two, and how long one may be.

use cache_core::MAX_ID_BYTES;
use cache_facade::{ErrorKind, Ttl};

use crate::common::{Fixture, Store, number_of, on_each_store, thing};

on_each_store! {
    async fn an_integer_and_its_text_are_one_id(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7_u64, thing(1)).await.unwrap();
        for found in [
            fx.things.get("7").await,
            fx.things.get(7_i32).await,
            fx.things.get(String::from("7")).await,
            fx.things.get(&b"7"[..]).await,
        ] {
            assert_eq!(found.unwrap().unwrap().number, 1);
        }
    }

    async fn other_spellings_of_a_number_are_other_ids(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7_u64, thing(1)).await.unwrap();
        for id in ["07", "+7", " 7", "7 ", "7.0", ""] {
            assert!(fx.things.get(id).await.unwrap().is_none(), "{id:?}");
        }
    }

    async fn a_separator_inside_a_part_makes_another_id(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(("a:b", "c"), thing(1)).await.unwrap();
        fx.things.put(("a", "b:c"), thing(2)).await.unwrap();
        assert_eq!(fx.things.get(("a:b", "c")).await.unwrap().unwrap().number, 1);
        assert_eq!(fx.things.get(("a", "b:c")).await.unwrap().unwrap().number, 2);
        assert!(fx.things.get(("a", "b", "c")).await.unwrap().is_none());
    }

    async fn odd_bytes_are_ordinary_and_never_meet(store: Store) {
        let fx = Fixture::on(store);
        let ids: [&[u8]; 10] = [
            b"", b":", b"%", b"*", b"\0", b"\n", b"%3A", b"?[]\\", "日本".as_bytes(), &[0xFF, 0xFE],
        ];
        for (number, id) in (0..).zip(ids) {
            fx.things.put(id, thing(number)).await.unwrap();
        }
        for (number, id) in (0_u64..).zip(ids) {
            let found = fx.things.get(id).await.unwrap().unwrap();
            assert_eq!(found.number, number, "{id:?}");
        }
    }

    async fn an_id_of_1024_bytes_is_the_longest(store: Store) {
        let fx = Fixture::on(store);
        let longest = "x".repeat(MAX_ID_BYTES);
        fx.things.put(&longest, thing(1)).await.unwrap();
        assert_eq!(fx.things.get(&longest).await.unwrap().unwrap().number, 1);
    }

    async fn every_operation_refuses_a_longer_id(store: Store) {
        let fx = Fixture::on(store);
        let id = &"x".repeat(MAX_ID_BYTES + 1);
        let things = &fx.things;
        let load = |_| async { Ok::<_, std::io::Error>(thing(1)) };
        let refusals = [
            things.get(id).await.map(drop),
            things.lookup(id).await.map(drop),
            things.exists(id).await.map(drop),
            things.put(id, thing(1)).await,
            things.put_if_absent(id, thing(1), Ttl::Default).await.map(drop),
            things.update(id, |_| Some(thing(1))).await.map(drop),
            things.touch(id, Ttl::Default).await.map(drop),
            things.invalidate(id).await.map(drop),
            things.expire(id).await.map(drop),
            things.get_or_load(id).await.map(drop),
            things.get_or_load_with(id, load).await.map(drop),
            things.get_or_load_inline(id, load).await.map(drop),
            things.counter().add(id, 1, std::time::Duration::from_secs(1)).await.map(drop),
        ];
        for refusal in refusals {
            assert_eq!(refusal.unwrap_err().kind(), ErrorKind::InvalidKey);
        }
        assert!(things.get_now(id).is_none());
    }

    async fn a_batch_refuses_only_the_id_that_is_too_long(store: Store) {
        let fx = Fixture::on(store);
        let long = "x".repeat(MAX_ID_BYTES + 1);
        let ids = ["a", long.as_str(), "b"];
        let stored = fx.things.put_many((1..).map(thing).zip(ids).map(|(value, id)| (id, value))).await;
        let found = fx.things.get_many(ids).await;
        let removed = fx.things.invalidate_many(ids).await;
        for refusal in [
            stored[1].as_ref().err(),
            found[1].as_ref().err(),
            removed[1].as_ref().err(),
        ] {
            assert_eq!(refusal.unwrap().kind(), ErrorKind::InvalidKey);
        }
        assert_eq!(found[0].as_ref().unwrap().as_ref().unwrap().number, 1);
        assert_eq!(found[2].as_ref().unwrap().as_ref().unwrap().number, 3);
        assert!(removed[0].is_ok() && removed[2].is_ok());
    }

    async fn domains_of_one_cache_do_not_share_ids(store: Store) {
        let fx = Fixture::on(store);
        let raw = fx.cache.raw::<crate::common::Thing>().unwrap();
        fx.things.put(7, thing(1)).await.unwrap();
        assert!(raw.get(7).await.unwrap().is_none());
        raw.put(7, thing(2)).await.unwrap();
        assert_eq!(number_of(&fx.things, 7).await, Some(1));
    }
}
