//! The search for an order of a history's operations that a register allows.

use std::collections::HashSet;

use super::{History, Step, Value};

/// Says whether some order explains the history: of operations that do not overlap, the earlier is first.
///
/// A history of more than 64 operations is never explained.
///
/// # Example
/// ```
/// use cache_testkit::linearize::{Answer, Call, History, Step, is_linearizable};
/// let step = |thread, call, answer, began, ended| Step { thread, call, answer, began, ended };
/// let put = step(0, Call::Put(1), Answer::Stored, 0, 3);
/// let read = |found, began, ended| step(1, Call::Get, Answer::Read(found), began, ended);
/// // While the put is under way a read may see it or not, but not first see it and then not.
/// assert!(is_linearizable(&History(vec![put, read(None, 1, 2), read(Some(1), 4, 5)])));
/// assert!(!is_linearizable(&History(vec![put, read(None, 4, 5)])));
/// ```
#[must_use]
pub fn is_linearizable(history: &History) -> bool {
    let steps = history.0.as_slice();
    if steps.len() > 64 {
        return false;
    }
    let all = (0..steps.len()).fold(0, |mask, index| mask | bit(index));
    let mut seen = HashSet::new();
    let mut open = vec![(0_u64, None::<Value>)];
    while let Some((done, state)) = open.pop() {
        if done == all {
            return true;
        }
        let next = candidates(steps, done).filter_map(|(index, step)| {
            let after = step.apply(state)?;
            Some((done | bit(index), after))
        });
        open.extend(next.filter(|node| seen.insert(*node)));
    }
    false
}

fn bit(index: usize) -> u64 {
    1_u64 << index
}

/// Operations that can come next: not done, and begun before any other that is not done had ended.
fn candidates(steps: &[Step], done: u64) -> impl Iterator<Item = (usize, &Step)> {
    let left = move || {
        let steps = steps.iter().enumerate();
        steps.filter(move |(index, _)| done & bit(*index) == 0)
    };
    let first_end = left().map(|(_, step)| step.ended).min().unwrap_or(u64::MAX);
    left().filter(move |(_, step)| step.began <= first_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearize::{Answer, Call};

    /// Threads in order, each step with its own interval.
    fn history(steps: &[(Call, Answer, u64, u64)]) -> History {
        let steps = steps.iter().enumerate();
        let steps = steps.map(|(thread, &(call, answer, began, ended))| Step {
            thread,
            call,
            answer,
            began,
            ended,
        });
        History(steps.collect())
    }

    #[test]
    fn sequential_histories_follow_the_register() {
        assert!(is_linearizable(&history(&[
            (Call::Get, Answer::Read(None), 0, 1),
            (Call::PutAbsent(1), Answer::Stored, 2, 3),
            (Call::PutAbsent(2), Answer::Refused(Some(1)), 4, 5),
            (Call::PutIf { value: 3, over: 1 }, Answer::Stored, 6, 7),
            (
                Call::PutIf { value: 4, over: 1 },
                Answer::Refused(Some(3)),
                8,
                9
            ),
            (Call::RemoveIf(1), Answer::Removed, 10, 11),
            (Call::Get, Answer::Read(Some(3)), 12, 13),
            (Call::RemoveIf(3), Answer::Removed, 14, 15),
            (Call::Get, Answer::Read(None), 16, 17),
            (
                Call::PutIf { value: 5, over: 3 },
                Answer::Refused(None),
                18,
                19
            ),
        ])));
    }

    #[test]
    fn overlapping_operations_may_take_either_order() {
        for read in [None, Some(1)] {
            assert!(is_linearizable(&history(&[
                (Call::Put(1), Answer::Stored, 0, 9),
                (Call::Get, Answer::Read(read), 1, 2),
            ])));
        }
    }

    #[test]
    fn a_read_of_what_was_overwritten_is_found() {
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::Put(2), Answer::Stored, 2, 3),
            (Call::Get, Answer::Read(Some(1)), 4, 5),
        ])));
    }

    #[test]
    fn reads_that_go_back_are_found() {
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 9),
            (Call::Get, Answer::Read(Some(1)), 1, 2),
            (Call::Get, Answer::Read(None), 3, 4),
        ])));
    }

    #[test]
    fn two_winners_of_one_condition_are_found() {
        assert!(!is_linearizable(&history(&[
            (Call::PutAbsent(1), Answer::Stored, 0, 9),
            (Call::PutAbsent(2), Answer::Stored, 1, 8),
        ])));
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::PutIf { value: 2, over: 1 }, Answer::Stored, 2, 9),
            (Call::PutIf { value: 3, over: 1 }, Answer::Stored, 3, 8),
        ])));
    }

    #[test]
    fn a_lost_update_is_found() {
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::PutIf { value: 2, over: 1 }, Answer::Stored, 2, 3),
            (Call::Get, Answer::Read(Some(1)), 4, 5),
        ])));
    }

    #[test]
    fn a_refusal_that_names_what_never_stood_there_is_found() {
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::PutAbsent(2), Answer::Refused(None), 2, 3),
        ])));
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::PutAbsent(2), Answer::Refused(Some(7)), 2, 3),
        ])));
    }

    #[test]
    fn a_removed_value_that_comes_back_is_found() {
        assert!(!is_linearizable(&history(&[
            (Call::Put(1), Answer::Stored, 0, 1),
            (Call::Remove, Answer::Removed, 2, 3),
            (Call::Get, Answer::Read(Some(1)), 4, 5),
        ])));
    }

    #[test]
    fn the_longest_histories_are_searched_in_time() {
        let puts = (0..32).map(|value| (Call::Put(value), Answer::Stored, 0, 100));
        let reads = (0..32).map(|value| (Call::Get, Answer::Read(Some(value)), 0, 100));
        let all: Vec<_> = puts.chain(reads).collect();
        assert!(is_linearizable(&history(&all)));
    }

    /// Ended at the very tick at which another began: they overlap.
    #[test]
    fn steps_that_touch_overlap() {
        assert!(is_linearizable(&history(&[
            (Call::Get, Answer::Read(Some(1)), 0, 5),
            (Call::Put(1), Answer::Stored, 5, 6),
        ])));
    }
}
