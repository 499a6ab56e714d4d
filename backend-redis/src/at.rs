//! The address of an entry as an argument: written straight into its command.

use std::io::Write as _;

use cache_core::{Key, address};
use redis::{RedisWrite, ToRedisArgs};

/// Where the entry of a key stands.
pub(crate) struct At<'a, 'k>(pub(crate) &'a Key<'k>);

impl ToRedisArgs for At<'_, '_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let mut argument = out.writer_for_next_arg();
        // What is in memory takes everything.
        address::spell_entry(self.0, |piece| drop(argument.write_all(piece)));
    }
}
