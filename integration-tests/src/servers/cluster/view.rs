//! What a node says of the cluster: the reply of `CLUSTER NODES`, read.

use std::net::SocketAddr;

/// One node as another sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Its name, 40 hex digits.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The id of the master whose replica it is; `None` for a master.
    pub master: Option<String>,
    /// The slots that it owns, as ranges, both ends included.
    pub slots: Vec<(u16, u16)>,
    /// Whether it is held for failed.
    pub failed: bool,
}

impl Node {
    /// Says whether it is a master that owns slots.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.master.is_none() && !self.slots.is_empty()
    }

    /// Says whether it owns a slot.
    #[must_use]
    pub fn owns(&self, slot: u16) -> bool {
        self.slots
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&slot))
    }
}

impl Node {
    pub(super) fn count_slots(&self) -> usize {
        let lengths = self.slots.iter().map(|(first, last)| last.abs_diff(*first));
        lengths.map(|length| usize::from(length) + 1).sum()
    }
}

/// Reads the whole reply; lines that are none of a node are left out.
pub(super) fn read(reply: &str) -> Vec<Node> {
    reply.lines().filter_map(node).collect()
}

/// `id ip:port@bus,name flags master ping pong epoch link slots...`
fn node(line: &str) -> Option<Node> {
    let mut words = line.split_whitespace();
    let id = words.next()?.to_owned();
    let address = words.next()?.split('@').next()?.parse().ok()?;
    let mut flags = words.next()?.split(',');
    let master = words.next().filter(|master| *master != "-");
    Some(Node {
        id,
        address,
        master: master.map(str::to_owned),
        slots: words.skip(4).filter_map(range).collect(),
        failed: flags.any(|flag| matches!(flag, "fail" | "fail?")),
    })
}

/// `7`, `0-5460`; `[7->-id]` is a slot on its way, which its owner still owns.
fn range(word: &str) -> Option<(u16, u16)> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some((first.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masters_replicas_and_slots_are_read() {
        let reply = "aa 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 7 [9->-bb]\n\
                     bb 127.0.0.1:7001@17001,name slave,fail? aa 0 0 1 connected\n";
        let nodes = read(reply);
        let [master, replica] = nodes.as_slice() else {
            panic!("{nodes:?}");
        };
        assert_eq!(master.slots, [(0, 5460), (7, 7)]);
        assert!(master.is_owner() && !master.failed && master.owns(5460) && !master.owns(9_000));
        assert_eq!(replica.master.as_deref(), Some("aa"));
        assert_eq!(replica.address.port(), 7001);
        assert!(replica.failed && !replica.is_owner());
    }
}
