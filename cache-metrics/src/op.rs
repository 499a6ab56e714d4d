//! The operations of a backend that are counted apart.

use cache_core::Operation;

/// Every operation of a backend that a caller waits for, in the order of its place among the counts.
pub(crate) const OPERATIONS: [Operation; 16] = [
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
    }
}
