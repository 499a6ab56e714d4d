//! Which server holds which keys.

use std::sync::Arc;

use redis::{Arg, Cmd};

use crate::failure::Failure;
use crate::line::Line;
use crate::server::Server;

/// How many slots the keys of a cluster are spread over.
pub(crate) const SLOTS: usize = 16_384;

/// In the table of owners: nobody.
const NOBODY: u16 = u16::MAX;

/// A server, and the line to it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) line: Arc<Line>,
}

/// The servers that are in charge, as far as is known. It never changes; a newer one takes its place.
#[derive(Debug)]
pub(crate) struct Map {
    nodes: Vec<Node>,
    /// Who holds each slot, as an index of `nodes`; nothing where one node holds all.
    owners: Option<Box<[u16]>>,
    /// Servers that may be asked, beside those in charge.
    pub(crate) others: Vec<Server>,
}

impl Map {
    /// One server for all keys.
    pub(crate) fn of_one(node: Node) -> Self {
        Self {
            nodes: vec![node],
            owners: None,
            others: Vec::new(),
        }
    }

    /// Several servers, each with the slots it holds.
    pub(crate) fn of_slots(
        parts: Vec<(Node, Vec<std::ops::RangeInclusive<u16>>)>,
        others: Vec<Server>,
    ) -> Self {
        let mut owners = vec![NOBODY; SLOTS].into_boxed_slice();
        let mut nodes = Vec::with_capacity(parts.len());
        for (index, (node, ranges)) in (0_u16..).zip(parts) {
            nodes.push(node);
            for slot in ranges.into_iter().flatten() {
                if let Some(owner) = owners.get_mut(usize::from(slot)) {
                    *owner = index;
                }
            }
        }
        Self {
            nodes,
            owners: Some(owners),
            others,
        }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn at(&self, server: &Server) -> Option<&Node> {
        self.nodes.iter().find(|node| node.server == *server)
    }

    /// Returns the index of the node that holds a command's key.
    pub(crate) fn index_of(&self, command: &Cmd) -> Result<usize, Failure> {
        let Some(owners) = &self.owners else {
            return Ok(0);
        };
        let slot = key_of(command).map_or(0, slot_of);
        match owners.get(slot) {
            Some(&owner) if owner != NOBODY => Ok(usize::from(owner)),
            _ => Err(Failure::Nobody(
                "no server of the cluster holds the slot of this key",
            )),
        }
    }

    /// Returns the node that holds a command's key.
    pub(crate) fn node_of(&self, command: &Cmd) -> Result<&Node, Failure> {
        let index = self.index_of(command)?;
        self.nodes.get(index).ok_or(Failure::Strange)
    }

    /// Lists the nodes that hold slots which they did not hold before.
    pub(crate) fn gained_since<'a>(&'a self, before: &Self) -> Vec<&'a Node> {
        let gains = |(index, node): (usize, &Node)| match (&self.owners, &before.owners) {
            (Some(now), Some(then)) => now.iter().zip(then.iter()).any(|(now, then)| {
                usize::from(*now) == index
                    && before.nodes.get(usize::from(*then)).map(|old| &old.server)
                        != Some(&node.server)
            }),
            _ => before.at(&node.server).is_none(),
        };
        self.nodes
            .iter()
            .enumerate()
            .filter(|part| gains(*part))
            .map(|(_, node)| node)
            .collect()
    }
}

/// Finds the key among a command's arguments: the first, but for calls of scripts, which count their keys before.
fn key_of(command: &Cmd) -> Option<&[u8]> {
    let mut arguments = command.args_iter();
    let is_script = matches!(arguments.next(), Some(Arg::Simple(b"EVALSHA")));
    match arguments.nth(if is_script { 2 } else { 0 })? {
        Arg::Simple(key) => Some(key),
        _ => None,
    }
}

/// Computes the slot of a key, by CRC-16/XMODEM as the [cluster specification] has it.
///
/// [cluster specification]: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
fn slot_of(key: &[u8]) -> usize {
    let crc = tag_of(key).iter().fold(0_u16, |crc, byte| {
        let index = usize::from((crc >> 8) ^ u16::from(*byte));
        (crc << 8) ^ CRC.get(index).copied().unwrap_or_default()
    });
    usize::from(crc) % SLOTS
}

/// Returns the part of a key that its slot is computed of: what stands in the first braces, if anything does. An address
/// has none; a key that somebody else chose may.
fn tag_of(key: &[u8]) -> &[u8] {
    let mut around = key.splitn(2, |byte| *byte == b'{').skip(1);
    let tag = around.next().and_then(|after| {
        let end = after.iter().position(|byte| *byte == b'}')?;
        after.get(..end)
    });
    tag.filter(|tag| !tag.is_empty()).unwrap_or(key)
}

static CRC: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut rest: &mut [u16] = &mut table;
    let mut byte = 0_u16;
    while let [first, tail @ ..] = rest {
        let mut crc = byte << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1) ^ (if crc & 0x8000 == 0 { 0 } else { 0x1021 });
            bit += 1;
        }
        *first = crc;
        byte += 1;
        rest = tail;
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use redis::{Client, cmd};

    use super::*;

    fn node(port: u16) -> Node {
        let client = Client::open(("127.0.0.1", port)).unwrap();
        Node {
            server: Server::new("127.0.0.1", port),
            line: Arc::new(Line::new(client, Duration::from_secs(1))),
        }
    }

    fn ports(nodes: &[&Node]) -> Vec<u16> {
        nodes.iter().map(|node| node.server.port).collect()
    }

    /// The value that the specification gives for its own check.
    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot_of(b"123456789"), 0x31C3 % SLOTS);
        assert_eq!(slot_of(b""), 0);
        // As `CLUSTER KEYSLOT` of Redis 7.0.15 answers.
        assert_eq!(slot_of(b"app:0:system.0000000000000001:30000142"), KEYSLOT);
    }

    const KEYSLOT: usize = 8_557;

    /// The cases of the specification.
    #[test]
    fn keys_with_the_same_tag_have_the_same_slot() {
        for (key, tag) in [
            ("{user1000}.following", "user1000"),
            ("foo{}{bar}", "foo{}{bar}"),
            ("foo{{bar}}zap", "{bar"),
            ("foo{bar}{zap}", "bar"),
            ("foo{bar", "foo{bar"),
            ("foo}{bar}", "bar"),
        ] {
            assert_eq!(tag_of(key.as_bytes()), tag.as_bytes(), "{key}");
        }
        assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"user1000"));
    }

    #[test]
    fn every_command_of_this_crate_has_its_key() {
        assert_eq!(key_of(cmd("GET").arg("k")), Some(&b"k"[..]));
        assert_eq!(
            key_of(cmd("EVALSHA").arg("hash").arg(1).arg("k").arg("x")),
            Some(&b"k"[..])
        );
        assert_eq!(key_of(&cmd("PING")), None);
    }

    #[test]
    fn a_slot_without_an_owner_is_nobodys() {
        let map = Map::of_slots(vec![(node(1), vec![0..=0x31C2, 0x31C4..=16_383])], vec![]);
        assert!(map.node_of(cmd("GET").arg("123456789")).is_err());
        assert_eq!(map.node_of(cmd("GET").arg("")).unwrap().server.port, 1);
    }

    #[test]
    fn what_a_node_gained_is_seen() {
        let halves = |split: u16| {
            let parts = vec![
                (node(1), vec![0..=split]),
                (node(2), vec![split + 1..=16_383]),
            ];
            Map::of_slots(parts, vec![])
        };
        assert!(halves(100).gained_since(&halves(100)).is_empty());
        assert_eq!(ports(&halves(200).gained_since(&halves(100))), [1]);
        assert_eq!(ports(&halves(50).gained_since(&halves(100))), [2]);
        let (old, new) = (Map::of_one(node(1)), Map::of_one(node(2)));
        assert_eq!(ports(&new.gained_since(&old)), [2]);
        assert!(old.gained_since(&old).is_empty());
    }
}
