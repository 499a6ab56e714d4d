//! Reading what callgrind wrote: which instruction ran how often, and how often each function was called.
//!
//! The format is a list of lines. `ob=` names the object file that the next costs belong to; a cost is an address and a
//! number; `cfn=` and `calls=` announce a call, and the cost in the line after `calls=` is what the call cost altogether,
//! which is also counted where it was spent.

use std::collections::BTreeMap;

/// How often the instruction at an address of an object file ran.
pub(super) type Executed = BTreeMap<u64, u64>;

/// A profile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    /// By the object file's path.
    pub(super) executed: BTreeMap<String, Executed>,
    /// By the called function's name.
    pub(super) calls: BTreeMap<String, u64>,
}

impl Profile {
    /// Reads a profile. Lines that mean nothing here are passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut profile = Self::default();
        let (mut object, mut called) = ("", "");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(path) = line.strip_prefix("ob=") {
                object = path;
            } else if let Some(name) = line.strip_prefix("cfn=") {
                called = name;
            } else if let Some(rest) = line.strip_prefix("calls=") {
                let count = rest.split(' ').next().and_then(|count| count.parse().ok());
                *profile.calls.entry(called.to_owned()).or_default() += count.unwrap_or(0);
                // What the call cost altogether.
                lines.next();
            } else if let Some((address, count)) = cost(line) {
                let executed = profile.executed.entry(object.to_owned()).or_default();
                *executed.entry(address).or_default() += count;
            }
        }
        profile
    }

    /// Returns how many instructions ran.
    pub(super) fn instructions(&self) -> u64 {
        self.executed.values().flat_map(BTreeMap::values).sum()
    }

    /// Returns how often functions of these names were called.
    pub(super) fn calls_of(&self, names: &[&str]) -> u64 {
        names.iter().filter_map(|name| self.calls.get(*name)).sum()
    }
}

/// Reads `0x1234 56`.
fn cost(line: &str) -> Option<(u64, u64)> {
    let (address, count) = line.strip_prefix("0x")?.split_once(' ')?;
    Some((u64::from_str_radix(address, 16).ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
events: Ir
ob=/bin/a
fn=main
0x10 5
0x14 5
cob=/lib/c.so
cfn=malloc
calls=2 0x400
0x14 90
ob=/lib/c.so
fn=malloc
0x400 2
0x404 88
totals: 100
";

    #[test]
    fn own_costs_are_counted_once_and_calls_by_name() {
        let profile = Profile::read(TEXT);
        assert_eq!(profile.instructions(), 100);
        assert_eq!(profile.calls_of(&["malloc", "calloc"]), 2);
        let own = profile.executed.get("/bin/a").unwrap();
        assert_eq!(own.get(&0x14), Some(&5));
    }
}
