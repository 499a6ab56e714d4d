//! Changes that fail: their callers get the error.

use std::time::Duration;

use cache_facade::{ErrorKind, Operation, Result, Ttl};
use cache_testkit::Fault;
use tokio::time::Instant;

use crate::common::{Store, number_of, on_each_store, thing};
use crate::outage::{CLEAR_DEADLINE, DEADLINE, DOWN, Outage, kind};

impl Outage {
    /// Each change, with the operation of the store that it rests on.
    async fn changes(&self) -> Vec<(Operation, Result<()>)> {
        let things = &self.things;
        let minute = Duration::from_secs(60);
        vec![
            (Operation::Put, things.put(7, thing(1)).await),
            (
                Operation::Put,
                things
                    .put_if_absent(8, thing(1), Ttl::Default)
                    .await
                    .map(drop),
            ),
            (
                Operation::Put,
                things.update(7, |_| Some(thing(2))).await.map(drop),
            ),
            (Operation::Remove, things.invalidate(9).await.map(drop)),
            (Operation::Head, things.exists(7).await.map(drop)),
            (
                Operation::Head,
                things.touch(7, Ttl::Default).await.map(drop),
            ),
            (Operation::Head, things.expire(7).await.map(drop)),
            (
                Operation::Retime,
                things.touch(7, Ttl::Default).await.map(drop),
            ),
            (Operation::Retime, things.expire(7).await.map(drop)),
            (Operation::Clear, things.clear().await),
            (Operation::Clear, self.cache.clear().await),
            (
                Operation::Add,
                things.counter().add(7, 1, minute).await.map(drop),
            ),
            (
                Operation::PutMany,
                things.put_many([(7, thing(1))]).await.pop().unwrap(),
            ),
            (
                Operation::RemoveMany,
                things.invalidate_many([9]).await.pop().unwrap().map(drop),
            ),
        ]
    }
}

const WRITES: [Operation; 8] = [
    Operation::Put,
    Operation::Remove,
    Operation::Head,
    Operation::Retime,
    Operation::Clear,
    Operation::Add,
    Operation::PutMany,
    Operation::RemoveMany,
];

on_each_store! {
    async fn a_change_answers_the_stores_error(store: Store) {
        for operation in WRITES {
            let fx = Outage::on(store);
            for id in [7, 9] {
                fx.things.put(id, thing(0)).await.unwrap();
            }
            fx.faults.set(operation, DOWN);
            for (of, answer) in fx.changes().await {
                if of == operation {
                    assert_eq!(kind(answer), ErrorKind::Unavailable, "{operation:?}");
                }
            }
            let failures = fx.things.stats().failures;
            assert!((1..=6).contains(&failures), "{operation:?}: {failures}");
        }
    }

    async fn a_hanging_change_answers_timeout_at_the_deadline(store: Store) {
        for operation in WRITES {
            let fx = Outage::on(store);
            fx.things.put(7, thing(0)).await.unwrap();
            let _gate = fx.hang(operation);
            let start = Instant::now();
            let changes = fx.changes().await;
            let hung = changes.into_iter().filter(|(of, _)| *of == operation);
            let hung: Vec<_> = hung.map(|(_, answer)| kind(answer)).collect();
            assert!(hung.iter().all(|kind| *kind == ErrorKind::Timeout), "{operation:?}");
            // Clearing looks at all that a store has.
            let limit = if operation == Operation::Clear { CLEAR_DEADLINE } else { DEADLINE };
            let most = limit * 5 * u32::try_from(hung.len()).unwrap();
            assert!(start.elapsed() < most, "{operation:?}: {:?}", start.elapsed());
        }
    }

    async fn a_put_whose_answer_is_lost_may_have_taken_effect(store: Store) {
        let fx = Outage::on(store);
        fx.faults.next(Operation::Put, Fault::LoseAnswer);
        assert_eq!(kind(fx.things.put(7, thing(1)).await), ErrorKind::Timeout);
        assert_eq!(number_of(&fx.things, 7).await, Some(1));
    }

    async fn nothing_is_tried_again_by_itself(store: Store) {
        let fx = Outage::on(store);
        for operation in WRITES {
            fx.faults.set(operation, DOWN);
        }
        fx.faults.set(Operation::Get, DOWN);
        let _ = (fx.things.get(7).await, fx.things.put(7, thing(1)).await);
        let _ = (fx.things.invalidate(7).await, fx.things.clear().await);
        for operation in [Operation::Get, Operation::Put, Operation::Remove, Operation::Clear] {
            assert_eq!(fx.faults.calls(operation), 1, "{operation:?}");
        }
    }
}
