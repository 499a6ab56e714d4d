//! Which instructions of an object file are atomic read-modify-writes, and how often they ran.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::profile::Profile;
use crate::Result;

/// The addresses of such instructions, by object file: a file is taken apart once.
#[derive(Debug, Default)]
pub(crate) struct Locked(BTreeMap<String, BTreeSet<u64>>);

impl Locked {
    /// Counts how many ran.
    ///
    /// # Errors
    /// If objdump is not installed, or cannot read an object file.
    pub(super) fn count(&mut self, profile: &Profile) -> Result<u64> {
        let mut total = 0;
        for (object, executed) in &profile.executed {
            let addresses = self.of(object)?;
            let runs = executed
                .iter()
                .filter(|(address, _)| addresses.contains(address));
            total += runs.map(|(_, count)| count).sum::<u64>();
        }
        Ok(total)
    }

    fn of(&mut self, object: &str) -> Result<&BTreeSet<u64>> {
        if !self.0.contains_key(object) {
            let listing = disassemble(object)?;
            let found = listing.lines().filter_map(locked_address).collect();
            self.0.insert(object.to_owned(), found);
        }
        self.0.get(object).ok_or_else(|| "just inserted".into())
    }
}

fn disassemble(object: &str) -> Result<String> {
    let output = Command::new("objdump")
        .args(["--disassemble", "--no-show-raw-insn", object])
        .output()
        .map_err(|error| {
            format!("objdump cannot be run ({error}); on Debian: apt-get install binutils")
        })?;
    if !output.status.success() {
        return Err(format!("objdump cannot read {object}").into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the address of a line if its instruction locks a cache line: one with the prefix, or an exchange with memory,
/// which locks without.
fn locked_address(line: &str) -> Option<u64> {
    let (address, instruction) = line.split_once(":\t")?;
    let is_exchange = instruction.starts_with("xchg") && instruction.contains('(');
    if !instruction.starts_with("lock ") && !is_exchange {
        return None;
    }
    u64::from_str_radix(address.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_and_an_exchange_with_memory_lock() {
        for (line, expected) in [
            ("  401a2c:\tlock xadd %rax,(%rdi)", Some(0x40_1a2c)),
            ("  401a30:\txchg   %al,0x8(%rbx)", Some(0x40_1a30)),
            ("  401a34:\txchg   %ax,%ax", None),
            ("  401a38:\tmov    %rax,(%rdi)", None),
            ("0000000000401a00 <main>:", None),
        ] {
            assert_eq!(locked_address(line), expected, "{line}");
        }
    }
}
