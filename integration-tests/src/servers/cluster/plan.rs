//! The cluster that is to be, before its first process starts: each node gets a file in which it knows all others, so that
//! nobody has to meet.

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::servers::{Unavailable, port};

const MASTERS: usize = 3;
const REPLICAS: usize = 3;

/// A number that Redis fixes.
pub(super) const SLOTS: usize = 16_384;

/// One node of the plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) port: u16,
    bus: u16,
    id: String,
}

/// Three masters, then the replica of each.
pub(super) fn nodes() -> Result<Vec<Planned>, Unavailable> {
    (0..MASTERS + REPLICAS).map(|_| planned()).collect()
}

fn planned() -> Result<Planned, Unavailable> {
    Ok(Planned {
        port: port::free()?,
        bus: port::free()?,
        id: random_id(),
    })
}

/// A name as servers give themselves: 40 hex digits.
pub(crate) fn random_id() -> String {
    let random = RandomState::new();
    let mut id: String = (0..3)
        .map(|part: u8| format!("{:016x}", random.hash_one(part)))
        .collect();
    id.truncate(40);
    id
}

/// The configuration of a node.
pub(super) fn configuration(node: &Planned, node_timeout: Duration) -> String {
    let (port, bus, timeout) = (node.port, node.bus, node_timeout.as_millis());
    format!(
        "port {port}\ncluster-enabled yes\ncluster-port {bus}\ncluster-node-timeout {timeout}\n\
         cluster-config-file nodes.conf\ncluster-replica-validity-factor 0\n\
         cluster-allow-replica-migration no\nsave \"\"\nappendonly no\n\
         repl-diskless-sync yes\nrepl-diskless-sync-delay 0\nrepl-ping-replica-period 1\n"
    )
}

/// The file `nodes.conf` of the node at an index.
pub(super) fn nodes_conf(nodes: &[Planned], own: usize) -> String {
    let mut text = String::new();
    for (index, node) in nodes.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line(nodes, index, node, index == own));
    }
    text + "vars currentEpoch 3 lastVoteEpoch 0\n"
}

fn line(nodes: &[Planned], index: usize, node: &Planned, own: bool) -> String {
    let Planned { port, bus, id } = node;
    let myself = if own { "myself," } else { "" };
    let master = index.checked_sub(MASTERS).and_then(|at| nodes.get(at));
    let (role, epoch) = match master {
        Some(master) => (format!("slave {}", master.id), index - MASTERS + 1),
        None => ("master -".to_owned(), index + 1),
    };
    let slots = match master {
        Some(_) => String::new(),
        None => format!(
            " {}-{}",
            index * SLOTS / MASTERS,
            (index + 1) * SLOTS / MASTERS - 1
        ),
    };
    format!("{id} 127.0.0.1:{port}@{bus} {myself}{role} 0 0 {epoch} connected{slots}")
}

#[cfg(test)]
mod tests {
    use super::super::view;
    use super::*;

    #[test]
    fn the_masters_of_a_plan_own_every_slot_once() {
        let text = nodes_conf(&nodes().unwrap(), 4);
        let nodes = view::read(&text);
        assert_eq!(nodes.len(), 6);
        for slot in 0..16_384 {
            assert_eq!(nodes.iter().filter(|node| node.owns(slot)).count(), 1);
        }
        assert!(text.contains("myself,slave"));
        for replica in nodes.iter().filter(|node| !node.is_owner()) {
            let master = replica.master.as_ref().unwrap();
            let followed = nodes.iter().find(|node| node.id == *master).unwrap();
            assert!(followed.is_owner());
        }
    }

    #[test]
    fn ids_are_forty_hex_digits_and_differ() {
        let (one, other) = (random_id(), random_id());
        assert_eq!((one.len(), other.len()), (40, 40));
        assert_ne!(one, other);
    }
}
