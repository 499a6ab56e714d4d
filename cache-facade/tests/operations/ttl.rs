//! Times to live: what each `Ttl` means, to the millisecond.

use std::time::Duration;

use cache_facade::{ErrorKind, PutOptions, Ttl};

use crate::common::{Fixture, MS, Store, TTL, on_each_store, thing};

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// Puts a value for this TTL, and looks 1 ms before `end`, at it and 1 ms after it.
async fn seen_around(store: Store, ttl: Ttl, end: Duration) -> [bool; 3] {
    let fx = Fixture::on(store);
    fx.things.put_with_ttl(7, thing(1), ttl).await.unwrap();
    let mut seen = [false; 3];
    fx.clock.advance(end - MS);
    for seen in &mut seen {
        *seen = fx.things.get(7).await.unwrap().is_some();
        assert_eq!(fx.things.exists(7).await.unwrap(), *seen);
        fx.clock.advance(MS);
    }
    seen
}

const GONE_AT_THE_END: [bool; 3] = [true, false, false];

on_each_store! {
    async fn default_is_the_domains_ttl(store: Store) {
        assert_eq!(seen_around(store, Ttl::Default, TTL).await, GONE_AT_THE_END);
    }

    async fn after_is_fresh_strictly_before_its_end(store: Store) {
        let ttl = Duration::from_millis(1_500);
        assert_eq!(seen_around(store, Ttl::After(ttl), ttl).await, GONE_AT_THE_END);
    }

    async fn less_than_a_millisecond_is_rounded_up(store: Store) {
        let ttl = Ttl::After(Duration::from_nanos(1));
        assert_eq!(seen_around(store, ttl, MS).await, GONE_AT_THE_END);
    }

    async fn a_part_of_a_millisecond_is_rounded_up(store: Store) {
        let ttl = Ttl::After(Duration::from_micros(2_001));
        assert_eq!(seen_around(store, ttl, 3 * MS).await, GONE_AT_THE_END);
    }

    async fn the_longest_duration_is_cut_to_ten_years(store: Store) {
        let ttl = Ttl::After(Duration::MAX);
        assert_eq!(seen_around(store, ttl, TEN_YEARS).await, GONE_AT_THE_END);
    }

    async fn never_has_no_end(store: Store) {
        assert_eq!(seen_around(store, Ttl::Never, 100 * TEN_YEARS).await, [true; 3]);
    }

    async fn zero_is_refused_and_nothing_is_stored(store: Store) {
        let fx = Fixture::on(store);
        let zero = Ttl::After(Duration::ZERO);
        let options = PutOptions::new().ttl(zero).stale_for(TTL);
        let refusals = [
            fx.things.put_with_ttl(7, thing(1), zero).await,
            fx.things.put_with(7, thing(1), options).await,
            fx.things.put_if_absent(7, thing(1), zero).await.map(drop),
        ];
        for refusal in refusals {
            assert_eq!(refusal.unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert!(fx.things.get(7).await.unwrap().is_none());
    }

    async fn a_refused_zero_leaves_what_stands_there(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        let zero = Ttl::After(Duration::ZERO);
        assert!(fx.things.put_with_ttl(7, thing(2), zero).await.is_err());
        assert!(fx.things.touch(7, zero).await.is_err());
        assert_eq!(fx.number(7).await, Some(1));
    }

    async fn what_is_dead_is_shown_by_no_operation(store: Store) {
        let fx = Fixture::on(store);
        fx.things.put(7, thing(1)).await.unwrap();
        fx.clock.advance(TTL);
        assert!(fx.things.get(7).await.unwrap().is_none());
        assert!(!fx.things.exists(7).await.unwrap());
        assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
        assert!(!fx.things.expire(7).await.unwrap());
        assert!(fx.things.get_many([7]).await[0].as_ref().unwrap().is_none());
        let seen = std::sync::atomic::AtomicBool::new(false);
        let changed = fx.things.update(7, |now| {
            seen.store(now.is_some(), std::sync::atomic::Ordering::SeqCst);
            None
        });
        assert!(changed.await.unwrap().is_none());
        assert!(!seen.into_inner());
    }

    async fn the_configuration_overrules_the_type(store: Store) {
        let mut config = store.config();
        let mut own = cache_facade::config::DomainConfig::default();
        own.ttl = Some(Ttl::After(Duration::from_secs(5)));
        config.domains.insert("thing".to_owned(), own);
        let clock = cache_testkit::ManualClock::default();
        let backend = store.backend(clock.judge());
        let spec = cache_facade::domain();
        let (_cache, things) = crate::common::cache_over(backend, clock.clone(), config, spec);
        things.put(7, thing(1)).await.unwrap();
        clock.advance(Duration::from_secs(5) - MS);
        assert!(things.get(7).await.unwrap().is_some());
        clock.advance(MS);
        assert!(things.get(7).await.unwrap().is_none());
    }
}
