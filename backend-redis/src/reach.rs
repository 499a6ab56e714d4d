//! How a server is reached: attempts begin one after another, until one of them is answered.

use std::io;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, cmd};
use tokio::time::timeout;

/// An attempt that is not answered for so long gets company: what began while the way was lost may stay without an answer
/// when the way is there again.
const STAGGER: Duration = Duration::from_millis(250);

/// How many bytes are gathered before they are written: what waits goes out together, in fewer calls of the system than with
/// the client's own 8 KiB.
const WRITE: usize = 64 << 10;

/// Connects, and waits for a first answer. The end of the attempt that began first is the end of all.
pub(crate) async fn reach(
    client: &Client,
    patience: Duration,
) -> Result<MultiplexedConnection, RedisError> {
    let mut attempts = FuturesUnordered::new();
    loop {
        attempts.push(timeout(patience, attempt(client)));
        if let Ok(Some(made)) = timeout(STAGGER, attempts.next()).await {
            return made.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        }
    }
}

async fn attempt(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_write_backpressure_boundary(WRITE)
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    // Without a password nothing was asked yet. An answer that refuses is an answer.
    connection.send_packed_command(&cmd("PING")).await?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use redis::IntoConnectionInfo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    async fn server() -> (TcpListener, Client) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = ("127.0.0.1", listener.local_addr().unwrap().port());
        let info = place.into_connection_info().unwrap();
        let user = info.redis_settings().clone().set_skip_set_lib_name();
        let client = Client::open(info.set_redis_settings(user)).unwrap();
        (listener, client)
    }

    /// Waits for a question, and answers it.
    async fn answer(stream: &mut TcpStream, with: &[u8]) {
        let mut question = [0; 64];
        assert!(stream.read(&mut question).await.unwrap() > 0);
        stream.write_all(with).await.unwrap();
    }

    #[tokio::test]
    async fn the_next_attempt_is_answered_where_the_first_never_is() {
        let (listener, client) = server().await;
        let answers = async {
            let (_silent, _) = listener.accept().await.unwrap();
            let (mut second, _) = listener.accept().await.unwrap();
            answer(&mut second, b"+PONG\r\n").await;
        };
        let began = Instant::now();
        let (made, ()) = tokio::join!(reach(&client, PATIENCE), answers);
        made.unwrap();
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer() {
        let (listener, client) = server().await;
        let answers = async {
            let (mut first, _) = listener.accept().await.unwrap();
            answer(&mut first, b"-NOPERM this user may not ping\r\n").await;
        };
        let (made, ()) = tokio::join!(reach(&client, PATIENCE), answers);
        made.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_given_up() {
        let (_listener, client) = server().await;
        let began = Instant::now();
        let why = reach(&client, PATIENCE).await.unwrap_err();
        assert!(why.is_timeout(), "{why}");
        assert!(began.elapsed() >= PATIENCE);
    }
}
