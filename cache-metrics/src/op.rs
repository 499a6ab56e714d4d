//! The operations of a backend that are counted apart.

use cache_core::Operation;

/// How many places there are: one for each operation, and one for [`GET_NOW`].
pub(crate) const PLACES: usize = OPERATIONS.len() + 1;

/// The place of reads that are answered at once, out of process memory. Only some of them are timed, so they do not share a
/// place with those that are awaited.
pub(crate) const GET_NOW: usize = OPERATIONS.len();

/// Every operation of a backend that a caller waits for, in the order of its place among the counts.
const OPERATIONS: [Operation; 16] = [
    Operation::Get,
    Operation::GetMany,
    Operation::Put,
    Operation::PutMany,
    Operation::Remove,
    Operation::RemoveMany,
    Operation::Head,
    Operation::Retime,
    Operation::Clear,
    Operation::Scan,
    Operation::Count,
    Operation::Stats,
    Operation::Ping,
    Operation::Flush,
    Operation::Close,
    Operation::Add,
];

/// Returns the name of a place, as labels and snapshots have it.
pub(crate) fn name(place: usize) -> &'static str {
    let operation = OPERATIONS.get(place);
    operation.map_or("get_now", |operation| operation.as_str())
}

/// Returns the place of an operation; `None` of those that no backend has.
#[inline(always)]
pub(crate) const fn place(operation: Operation) -> Option<usize> {
    Some(match operation {
        Operation::Get => 0,
        Operation::GetMany => 1,
        Operation::Put => 2,
        Operation::PutMany => 3,
        Operation::Remove => 4,
        Operation::RemoveMany => 5,
        Operation::Head => 6,
        Operation::Retime => 7,
        Operation::Clear => 8,
        Operation::Scan => 9,
        Operation::Count => 10,
        Operation::Stats => 11,
        Operation::Ping => 12,
        Operation::Flush => 13,
        Operation::Close => 14,
        Operation::Add => 15,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_at_its_place() {
        for (index, operation) in OPERATIONS.into_iter().enumerate() {
            assert_eq!(place(operation), Some(index), "{operation:?}");
        }
        assert_eq!(place(Operation::Build), None);
        assert_eq!((name(0), name(GET_NOW)), ("get", "get_now"));
    }
}
