//! foyer's memory cache as it is: `String` keys, and values that its own handle shares, so no `Arc` of ours. It has no
//! time to live.

use foyer_memory::{Cache, CacheBuilder};
use tokio::runtime::Runtime;

use super::{Made, room};
use crate::Result;
use crate::contender::{Contender, count_right};
use crate::pilot::Pilot;
use crate::workload::{Draw, Workload};

struct Foyer(Cache<String, Pilot>);

pub(super) fn make(workload: &Workload) -> Made {
    let cache = CacheBuilder::new(room(workload)).build();
    for id in workload.keys() {
        cache.insert(id.text.clone(), Pilot::new(id.number));
    }
    Ok(Box::new(Foyer(cache)))
}

impl Contender for Foyer {
    fn name(&self) -> &'static str {
        "foyer"
    }

    fn look_up(&self, draws: &[Draw<'_>], _: &Runtime) -> Result<usize> {
        Ok(count_right(draws, |draw| {
            self.0.get(draw.text).map(|pilot| pilot.value().number)
        }))
    }
}
