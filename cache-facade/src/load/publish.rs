//! The publishing half of a flight.

use std::pin::pin;

use cache_core::{Backend, Condition, Entry, Operation, Put};
use tokio::time::sleep;

use crate::core::Answer;
use crate::deadline::at_once;
use crate::flight::{Flight, Publisher};
use crate::inner::Inner;

impl<T: Send + Sync + 'static> Publisher<Answer> for Inner<T> {
    async fn store(&self, entry: Entry, when: Condition, answer: &Answer, flight: &Flight<Answer>) {
        let key = flight.key();
        let mut put = pin!(self.core.loads.put(key, entry, when));
        let stored = match at_once(put.as_mut()).await {
            Some(stored) => stored,
            None => {
                let deadline = pin!(sleep(self.core.deadline));
                match futures_util::future::select(put.as_mut(), deadline).await {
                    futures_util::future::Either::Left((stored, _)) => stored,
                    futures_util::future::Either::Right(((), _)) => {
                        // The callers have waited enough; the flight ends when the store has answered.
                        flight.answer_with(answer.clone());
                        let Some(stored) = self.core.ends.stop.run_until_cancelled(put).await
                        else {
                            return;
                        };
                        stored
                    }
                }
            }
        };
        match stored {
            Ok(Put::Stored(_)) => {}
            Ok(Put::Refused(_)) => self.note_fenced(key),
            Err(error) => {
                self.note_failure(Some(key), Operation::Put, error);
            }
        }
    }
}
