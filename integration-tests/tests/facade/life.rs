//! Times to live: what each `Ttl` means, to the millisecond.

use std::time::Duration;

use cache_facade::config::DomainConfig;
use cache_facade::{Cacheable, ErrorKind, PutOptions, Ttl, domain};
use serde::{Deserialize, Serialize};

use crate::fixture::{Fixture, MS, Seen, TTL, thing};
use crate::stores::{Store, on_each_store};

on_each_store! {
    default_is_the_domains_ttl,
    after_is_fresh_strictly_before_its_end,
    a_part_of_a_millisecond_is_rounded_up,
    the_longest_duration_is_cut_to_ten_years,
    never_has_no_end_where_releases_and_types_do_not_part,
    never_is_the_longest_life_where_others_write_too needs Shared,
    zero_is_refused_and_nothing_is_stored,
    a_refused_zero_leaves_what_stands_there,
    what_is_dead_is_shown_by_no_operation,
    the_configuration_overrules_the_type,
}

const DAY: Duration = Duration::from_secs(24 * 3_600);
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// Puts a value for this TTL; it is there 1 ms before `end`, and neither at it nor 1 ms after it.
async fn ends_at(fx: &Fixture, ttl: Ttl, end: Duration) {
    fx.things.put_with_ttl(7, thing(1), ttl).await.unwrap();
    fx.clock.advance(end - MS);
    for is_there in [true, false, false] {
        assert_eq!(fx.number(7).await.is_some(), is_there, "{ttl:?}");
        assert_eq!(fx.things.exists(7).await.unwrap(), is_there, "{ttl:?}");
        fx.clock.advance(MS);
    }
}

async fn default_is_the_domains_ttl(store: &Store) {
    ends_at(&Fixture::on(store).await, Ttl::Default, TTL).await;
}

async fn after_is_fresh_strictly_before_its_end(store: &Store) {
    let fx = Fixture::on(store).await;
    for end in [1, 2, 999, 1_500, 86_400_000].map(Duration::from_millis) {
        ends_at(&fx, Ttl::After(end), end).await;
    }
}

async fn a_part_of_a_millisecond_is_rounded_up(store: &Store) {
    let fx = Fixture::on(store).await;
    ends_at(&fx, Ttl::After(Duration::from_nanos(1)), MS).await;
    ends_at(&fx, Ttl::After(Duration::from_micros(2_001)), 3 * MS).await;
}

async fn the_longest_duration_is_cut_to_ten_years(store: &Store) {
    let fx = Fixture::on(store).await;
    ends_at(&fx, Ttl::After(Duration::MAX), TEN_YEARS).await;
}

/// A value that all releases share.
#[derive(Clone, Debug, PartialEq, Eq, Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "mark", unversioned)]
struct Mark(u64);

async fn never_has_no_end_where_releases_and_types_do_not_part(store: &Store) {
    let (marks, clock) = Fixture::of(store, domain::<Mark>());
    let options = PutOptions::new().ttl(Ttl::Never).stale_for(Duration::MAX);
    marks.put_with(7, Mark(1), options).await.unwrap();
    clock.advance(100 * TEN_YEARS);
    assert_eq!(marks.get(7).await.unwrap().as_deref(), Some(&Mark(1)));
}

async fn never_is_the_longest_life_where_others_write_too(store: &Store) {
    let fx = Fixture::on(store).await;
    ends_at(&fx, Ttl::Never, 30 * DAY).await;
    let fx = Fixture::configured(store, domain(), |config| config.max_ttl = DAY).await;
    ends_at(&fx, Ttl::Never, DAY).await;
    ends_at(&fx, Ttl::After(2 * DAY), 2 * DAY).await;
    fx.things.put(7, thing(1)).await.unwrap();
    assert!(fx.things.touch(7, Ttl::Never).await.unwrap());
    fx.clock.advance(DAY - MS);
    assert_eq!(fx.look().await, Seen::Fresh(1));
    fx.clock.advance(MS);
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn zero_is_refused_and_nothing_is_stored(store: &Store) {
    let fx = Fixture::on(store).await;
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
    assert_eq!(fx.look().await, Seen::Gone);
}

async fn a_refused_zero_leaves_what_stands_there(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    let zero = Ttl::After(Duration::ZERO);
    assert!(fx.things.put_with_ttl(7, thing(2), zero).await.is_err());
    assert!(fx.things.touch(7, zero).await.is_err());
    assert_eq!(fx.look().await, Seen::Fresh(1));
}

async fn what_is_dead_is_shown_by_no_operation(store: &Store) {
    let fx = Fixture::on(store).await;
    fx.things.put(7, thing(1)).await.unwrap();
    fx.clock.advance(TTL);
    assert_eq!(fx.look().await, Seen::Gone);
    assert!(!fx.things.exists(7).await.unwrap());
    assert!(!fx.things.touch(7, Ttl::Default).await.unwrap());
    let mut found = fx.things.get_many([7]).await;
    assert!(found.pop().unwrap().unwrap().is_none());
    let mut seen = false;
    let changed = fx.things.update(7, |now| {
        seen = now.is_some();
        None
    });
    assert!(changed.await.unwrap().is_none());
    assert!(!seen);
    assert_eq!(fx.cache.count().await.unwrap(), 0);
    assert!(!fx.things.expire(7).await.unwrap());
}

async fn the_configuration_overrules_the_type(store: &Store) {
    let own = Duration::from_secs(5);
    let fx = Fixture::configured(store, domain(), |config| {
        let mut settings = DomainConfig::default();
        settings.ttl = Some(Ttl::After(own));
        config.domains.insert("thing".to_owned(), settings);
    });
    ends_at(&fx.await, Ttl::Default, own).await;
}
