//! What has to hold after every step, and at the end.

use std::fmt;

use integration_tests::steps::Stuck;

use crate::node::{Answer, Reading};

/// What is seen of one schedule.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// Every fresh value that was ever seen in the store.
    stored: Vec<Reading>,
}

/// A promise that was broken.
#[derive(Debug)]
pub(crate) struct Violation(pub(crate) String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Stuck> for Violation {
    fn from(stuck: Stuck) -> Self {
        Self(stuck.to_string())
    }
}

impl Oracle {
    /// A read after a step: once the change was answered, nobody sees what was before it.
    pub(crate) fn read(
        &mut self,
        seen: Option<Reading>,
        is_changed: bool,
    ) -> Result<(), Violation> {
        let Some(seen) = seen else { return Ok(()) };
        if is_changed && seen.truth == 0 {
            return Err(Violation(format!("a read sees {seen:?} after the change")));
        }
        if !self.stored.contains(&seen) {
            self.stored.push(seen);
        }
        Ok(())
    }

    /// A caller gets what its own loader returned, or what was stored; and nothing old if it came after the change.
    pub(crate) fn answer(&self, answer: &Answer, came_after: bool) -> Result<(), Violation> {
        let value = &answer.value;
        if answer.loaded.as_ref() != Some(value) && !self.stored.contains(value) {
            return Err(Violation(format!(
                "the caller of {} got {value:?}, which its loader did not return and nobody stored",
                answer.by
            )));
        }
        if came_after && value.truth == 0 {
            return Err(Violation(format!(
                "the caller of {} came after the change and got {value:?}",
                answer.by
            )));
        }
        Ok(())
    }

    /// Says whether what a loader returned was seen in the store.
    pub(crate) fn has_seen(&self, loaded: &Option<Reading>) -> bool {
        loaded
            .as_ref()
            .is_some_and(|loaded| self.stored.contains(loaded))
    }
}

/// At the end: what each node reads, then what each loads.
pub(crate) fn at_the_end(
    reads: &[Option<Reading>],
    loads: &[Reading],
    is_changed: bool,
) -> Result<(), Violation> {
    let agree = reads.windows(2).all(|two| two[0] == two[1]);
    if !agree || loads.windows(2).any(|two| two[0] != two[1]) {
        return Err(Violation(format!("no agreement: {reads:?}, {loads:?}")));
    }
    if is_changed && loads.iter().any(|load| load.truth == 0) {
        return Err(Violation(format!("old at the end: {loads:?}")));
    }
    Ok(())
}
