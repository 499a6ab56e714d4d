//! What the servers count: of all their keys, whoever owns them.

use std::time::Duration;

use cache_core::{Result, ServerWide, Stats};
use futures_util::future::try_join_all;
use redis::{Value, cmd};
use tokio::time::Instant;

use crate::backend::Shared;
use crate::exchange::outcome;
use crate::failure::Failure;
use crate::map::Node;

impl Shared {
    pub(crate) async fn stats(&self) -> Result<Stats, Failure> {
        let map = self.link.map().await?;
        let each = try_join_all(map.nodes().iter().map(|node| self.info(node))).await?;
        let server_wide = each.into_iter().reduce(sum).flatten();
        let mut stats = Stats::default();
        stats.server_wide = server_wide;
        Ok(stats)
    }

    pub(crate) async fn ping(&self) -> Result<Duration, Failure> {
        let map = self.link.map().await?;
        let pings = map.nodes().iter().map(|node| async move {
            let began = Instant::now();
            outcome(self.link.send_all_to(node, vec![cmd("PING")]).await)?;
            Ok::<_, Failure>(began.elapsed())
        });
        let times = try_join_all(pings).await?;
        Ok(times.into_iter().max().unwrap_or_default())
    }

    async fn info(&self, node: &Node) -> Result<Option<ServerWide>, Failure> {
        match outcome(self.link.send_all_to(node, vec![cmd("INFO")]).await) {
            Ok(Value::BulkString(text)) => Ok(Some(read(&String::from_utf8_lossy(&text)))),
            Ok(Value::VerbatimString { text, .. }) => Ok(Some(read(&text))),
            Ok(_) => Err(Failure::Strange),
            Err(failure) if failure.is_forbidden() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// Adds up two servers; where one does not tell, nothing is known of both.
fn sum(one: Option<ServerWide>, other: Option<ServerWide>) -> Option<ServerWide> {
    let (one, other) = (one?, other?);
    let add = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
    let mut both = ServerWide::default();
    both.entries = add(one.entries, other.entries);
    both.bytes = add(one.bytes, other.bytes);
    both.max_bytes = add(one.max_bytes, other.max_bytes);
    both.evictions = add(one.evictions, other.evictions);
    both.expirations = add(one.expirations, other.expirations);
    Some(both)
}

/// Reads the text of `INFO`: lines of `name:value`, and `db0:keys=5,expires=2` for each database with keys.
fn read(text: &str) -> ServerWide {
    let field = |name: &str| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(field, _)| *field == name)
            .and_then(|(_, value)| value.trim().parse::<u64>().ok())
    };
    let databases = text.lines().filter_map(|line| {
        let (name, counts) = line.split_once(':')?;
        let number = name.strip_prefix("db")?;
        number.parse::<u32>().ok()?;
        let keys = counts
            .split(',')
            .find_map(|part| part.strip_prefix("keys="))?;
        keys.trim().parse::<u64>().ok()
    });
    let mut wide = ServerWide::default();
    wide.entries = Some(databases.sum());
    wide.bytes = field("used_memory");
    wide.max_bytes = field("maxmemory").filter(|limit| *limit > 0);
    wide.evictions = field("evicted_keys");
    wide.expirations = field("expired_keys");
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Memory\r\nused_memory:1024\r\nmaxmemory:0\r\n# Stats\r\nexpired_keys:7\r\n\
        evicted_keys:3\r\n# Keyspace\r\ndb0:keys=5,expires=2,avg_ttl=0\r\ndb3:keys=4,expires=0,avg_ttl=0\r\n";

    #[test]
    fn what_a_server_tells_is_read_and_the_rest_is_absent() {
        let wide = read(TEXT);
        assert_eq!((wide.entries, wide.bytes), (Some(9), Some(1_024)));
        assert_eq!((wide.evictions, wide.expirations), (Some(3), Some(7)));
        assert_eq!(wide.max_bytes, None);
        assert_eq!(read("db0").bytes, None);
    }

    #[test]
    fn servers_add_up_and_an_unknown_one_hides_the_sum() {
        let both = sum(Some(read(TEXT)), Some(read(TEXT))).unwrap();
        assert_eq!((both.entries, both.bytes), (Some(18), Some(2_048)));
        assert_eq!(sum(Some(read(TEXT)), None), None);
    }
}
