//! One plain question to a server, over a connection of its own.

use std::net::SocketAddr;
use std::time::Duration;

use redis::{Connection, FromRedisValue, RedisResult};

/// A server that stands still does not hold the question up for longer.
const ANSWER: Duration = Duration::from_secs(1);

/// Sends one command, its words as typed.
pub(crate) fn ask<T: FromRedisValue>(address: SocketAddr, words: &[&str]) -> RedisResult<T> {
    query(
        &mut connect(&address.ip().to_string(), address.port())?,
        words,
    )
}

/// Sends one command over a connection.
pub(crate) fn query<T: FromRedisValue>(
    connection: &mut Connection,
    words: &[&str],
) -> RedisResult<T> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(word);
    }
    command.query(connection)
}

/// Connects to a server by its name.
pub(crate) fn connect(host: &str, port: u16) -> RedisResult<Connection> {
    bounded(&redis::Client::open((host, port))?)
}

/// Opens a connection on which nothing takes long.
pub(crate) fn bounded(client: &redis::Client) -> RedisResult<Connection> {
    let connection = client.get_connection_with_timeout(ANSWER)?;
    connection.set_read_timeout(Some(ANSWER))?;
    connection.set_write_timeout(Some(ANSWER))?;
    Ok(connection)
}

/// The value of a field in a reply of lines `name:value`, such as that of `INFO`.
pub(crate) fn field<'a>(reply: &'a str, name: &str) -> Option<&'a str> {
    reply.lines().find_map(|line| {
        let (found, value) = line.trim_end().split_once(':')?;
        (found == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let reply = "# Server\r\nredis_version_of:1\r\nredis_version:7.0.15\r\n";
        assert_eq!(field(reply, "redis_version"), Some("7.0.15"));
        assert_eq!(field(reply, "version"), None);
    }
}
