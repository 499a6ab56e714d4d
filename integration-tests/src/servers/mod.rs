//! The guards, and what they are made of.

mod alone;
mod cluster;
mod sentinel;
mod tls;

mod keeper;
mod shared;

mod choice;
mod container;
mod process;
mod program;
mod record;

mod ask;
mod port;
mod unavailable;
mod until;

pub use self::alone::RedisServer;
pub use self::choice::{Image, Way};
pub use self::cluster::{Node, RedisCluster};
pub use self::keeper::keep;
pub use self::sentinel::RedisSentinel;
pub use self::shared::{SharedCluster, SharedSentinel};
pub use self::tls::RedisTls;
pub use self::unavailable::Unavailable;
