//! Question: what does an entry cost beside its value and the bytes of its id? The answer is `MokaBackend::ENTRY_OVERHEAD`.
//!
//! `cargo bench -p backend-moka --bench memory`

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use backend_moka::MokaBackend;
use cache_core::{
    Backend, Clock, Condition, Entry, Epoch, Key, Lifetime, Meta, Result, Space, SystemClock, Ttl,
};

/// A value of this many bytes, with the two counts of its `Arc`.
const VALUE: usize = 256;
const VALUE_ALLOCATED: i64 = 256 + 16;
const ID: i64 = 24;

fn main() -> Result<()> {
    for keys in [1_000, 100_000, 1_000_000] {
        let backend = MokaBackend::builder().max_capacity(keys * 2).build()?;
        let space = Space::new("bench", "values", 1)?;
        let fresh = allocated(keys, || fill(&backend, &space, keys));
        let again = allocated(keys, || fill(&backend, &space, keys));
        println!(
            "{keys} entries: {fresh} bytes each beside the value's {VALUE_ALLOCATED} and the id's {ID}; after a second \
             write of each {:+}",
            again + VALUE_ALLOCATED + ID
        );
    }
    Ok(())
}

/// What is allocated more per entry, beside value and id.
fn allocated(keys: u64, work: impl FnOnce()) -> i64 {
    let info = allocation_counter::measure(work);
    info.bytes_current / i64::try_from(keys).unwrap_or(i64::MAX) - VALUE_ALLOCATED - ID
}

fn fill(backend: &MokaBackend, space: &Space, keys: u64) {
    let now = SystemClock::new().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(3_600)), Duration::ZERO);
    for id in 0..keys {
        let id = format!("character:{id:014}");
        let Ok(key) = Key::new(space, Epoch(1), id.as_bytes()) else {
            return;
        };
        let entry = Entry::object(Meta::new(now, life), Arc::new([0_u8; VALUE]));
        let mut context = Context::from_waker(Waker::noop());
        let put = std::pin::pin!(backend.put(key, entry, Condition::Always));
        assert!(matches!(put.poll(&mut context), Poll::Ready(Ok(_))));
    }
    backend.maintain();
}
