//! How a server is reached: attempts begin one after another, until one of them is answered.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, cmd};
use tokio::time::{Instant, timeout, timeout_at};

/// An attempt that is not answered for so long gets company: what began while the way was lost may stay without an answer
/// when the way is there again.
const STAGGER: Duration = Duration::from_millis(250);

/// How many bytes are gathered before they are written: what waits goes out together, in fewer calls of the system than with
/// the client's own 8 KiB.
const WRITE: usize = 64 << 10;

/// No more attempts than this are under way at the same time, however long the first has.
const MOST: usize = 4;

/// Connects, and waits for a first answer. The first attempt that is answered counts; if the one that began first fails, all do.
pub(crate) async fn reach(
    client: &Client,
    patience: Duration,
) -> Result<MultiplexedConnection, RedisError> {
    let mut attempts = FuturesUnordered::new();
    let (mut number, mut next) = (0_usize, Instant::now());
    loop {
        // However soon the ones before fail.
        if Instant::now() >= next {
            next = Instant::now() + STAGGER;
            if attempts.len() < MOST {
                let attempt = timeout(patience, attempt(client));
                attempts.push(attempt.map(move |made| (number, made)));
                number += 1;
            }
        }
        match timeout_at(next, attempts.next()).await {
            Ok(Some((_, Ok(Ok(made))))) => return Ok(made),
            Ok(Some((0, Ok(Err(why))))) => return Err(why),
            Ok(Some((0, Err(_))) | None) => break,
            // A later one may fail where the first still waits: for the last place that the server has, say.
            Ok(Some(_)) | Err(_) => {}
        }
    }
    Err(io::Error::from(io::ErrorKind::TimedOut).into())
}

async fn attempt(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_write_backpressure_boundary(WRITE)
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    // Without a password nothing was asked yet.
    let answer = connection.send_packed_command(&cmd("PING")).await?;
    match answer.extract_error() {
        Err(refusal) if is_final(&refusal) => Err(refusal),
        _ => Ok(connection),
    }
}

/// Whether a server that answers so closes the connection: it has too many, or takes none from where we are. Who may not ping,
/// or has to wait until the server has loaded, keeps it.
fn is_final(refusal: &RedisError) -> bool {
    matches!(refusal.code(), Some("ERR" | "DENIED"))
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

    /// Connects while a server does its part, for no longer than a test may take.
    async fn reached(
        client: &Client,
        server: impl Future<Output = ()>,
    ) -> Result<MultiplexedConnection, RedisError> {
        let both = async { tokio::join!(reach(client, PATIENCE), server).0 };
        timeout(8 * PATIENCE, both)
            .await
            .expect("a server that waits")
    }

    #[tokio::test]
    async fn the_next_attempt_is_answered_where_the_first_never_is() {
        let (listener, client) = server().await;
        let began = Instant::now();
        let made = reached(&client, async {
            let (_silent, _) = listener.accept().await.unwrap();
            let (mut second, _) = listener.accept().await.unwrap();
            answer(&mut second, b"+PONG\r\n").await;
        });
        made.await.unwrap();
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn the_first_attempt_goes_on_where_the_next_is_cut() {
        let (listener, client) = server().await;
        let made = reached(&client, async {
            let (mut first, _) = listener.accept().await.unwrap();
            let (second, _) = listener.accept().await.unwrap();
            drop(second);
            answer(&mut first, b"+PONG\r\n").await;
        });
        made.await.unwrap();
    }

    /// The first attempt keeps its place, and each later one is cut at once.
    #[tokio::test]
    async fn attempts_that_fail_at_once_do_not_come_faster() {
        let (listener, client) = server().await;
        let cut = async {
            let (_silent, _) = listener.accept().await.unwrap();
            let mut later = 0;
            let end = Instant::now() + PATIENCE;
            while let Ok(Ok((next, _))) = timeout_at(end, listener.accept()).await {
                drop(next);
                later += 1;
            }
            assert!((2..=4).contains(&later), "{later} in a second");
        };
        reached(&client, cut).await.unwrap_err();
    }

    async fn answered(with: &[u8]) -> Result<MultiplexedConnection, RedisError> {
        let (listener, client) = server().await;
        let made = reached(&client, async {
            let (mut first, _) = listener.accept().await.unwrap();
            answer(&mut first, with).await;
        });
        made.await
    }

    #[tokio::test]
    async fn who_may_not_ping_is_connected() {
        answered(b"-NOPERM this user may not ping\r\n")
            .await
            .unwrap();
        answered(b"-LOADING not yet\r\n").await.unwrap();
    }

    #[tokio::test]
    async fn who_is_sent_away_is_not() {
        for refusal in [
            "-ERR max number of clients reached\r\n",
            "-DENIED protected\r\n",
        ] {
            let why = answered(refusal.as_bytes()).await.unwrap_err();
            assert!(refusal.contains(why.code().unwrap()), "{why}");
        }
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
