//! Groups: when they form, who sends them, and what becomes of those in them.

use redis::{Client, IntoConnectionInfo, Value, cmd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot::error::TryRecvError::Empty;

use super::*;
use crate::failure::Failure;

type Received = oneshot::Receiver<Answer>;

fn waiting(until: Instant) -> (Waiting, Received) {
    let (caller, answer) = oneshot::channel();
    let command = cmd("GET");
    let read = Waiting {
        command,
        until,
        caller,
    };
    (read, answer)
}

/// Adds reads until a group is full, and returns how many that is.
fn fill(gathering: &Gathering) -> usize {
    for count in 1..1_000 {
        match gathering.add(waiting(soon()).0) {
            Added::First(_) => assert_eq!(count, 1),
            Added::Between(_) => assert!(count > 1),
            Added::Last(group) => {
                assert_eq!(group.len(), count);
                return count;
            }
        }
    }
    unreachable!("a group that is never full");
}

/// Adds the first read of a group.
fn first(gathering: &Gathering) -> (u64, Received) {
    let (read, answer) = waiting(soon());
    match gathering.add(read) {
        Added::First(number) => (number, answer),
        Added::Between(_) | Added::Last(_) => unreachable!("a group was forming"),
    }
}

#[test]
fn a_group_is_a_part_of_what_is_under_way() {
    let gathering = Gathering::default();
    let mut under_way = Vec::new();
    for (count, group) in [(1, 4), (16, 4), (40, 10), (128, 32), (4_000, 32)] {
        while under_way.len() < count {
            let (guard, many) = gathering.enter();
            assert_eq!(many, under_way.len() >= MANY);
            under_way.push(guard);
        }
        assert_eq!(fill(&gathering), group);
        assert!(gathering.forming().reads.is_empty());
    }
    under_way.clear();
    assert!(!gathering.enter().1);
}

fn line_to(port: u16) -> Line {
    let info = ("127.0.0.1", port).into_connection_info().unwrap();
    let user = info.redis_settings().clone().set_skip_set_lib_name();
    let client = Client::open(info.set_redis_settings(user)).unwrap();
    Line::new(client, DEADLINE)
}

/// A line to nobody: what is sent fails.
fn line() -> Line {
    line_to(1)
}

const DEADLINE: Duration = Duration::from_secs(5);

fn soon() -> Instant {
    Instant::now() + DEADLINE
}

#[tokio::test]
async fn everybody_in_a_group_has_its_failure() {
    let line = line();
    let reads = (0..3).map(|_| line.joined(cmd("GET"), soon()));
    for answer in futures_util::future::join_all(reads).await {
        assert!(matches!(answer, Some(Err(Failure::Lost(_)))), "{answer:?}");
    }
}

#[tokio::test]
async fn who_has_gone_is_not_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line_to(listener.local_addr().unwrap().port());
    let (gone, _) = waiting(soon());
    send(line, vec![gone]).await;
    let asked = timeout_at(Instant::now(), listener.accept()).await;
    assert!(asked.is_err(), "it connected, to ask for it");
}

/// The runtime that was to send a group ends, and another's caller is in it.
#[tokio::test]
async fn a_turn_that_never_comes_lets_everybody_in_its_group_go() {
    let line = line();
    let (number, answer) = first(line.gathering());
    drop(Turn(Some((line.clone(), number))).come());
    assert!(answer.await.is_err());
    // It leaves alone who came after that.
    let (_, mut answer) = first(line.gathering());
    drop(Turn(Some((line.clone(), number))).come());
    assert!(answer.try_recv().is_err_and(|why| why == Empty));
}

/// A turn that comes when its group was sent long ago finds another.
#[tokio::test]
async fn a_late_turn_leaves_the_group_alone_that_is_forming_by_then() {
    let line = line();
    let (number, _answer) = first(line.gathering());
    assert_eq!(line.gathering().take(number).len(), 1);
    let (_, mut answer) = first(line.gathering());
    Turn(Some((line.clone(), number))).come().await;
    assert!(answer.try_recv().is_err_and(|why| why == Empty));
}

/// The thread that was to send a group is held up.
#[tokio::test]
async fn a_group_that_nobody_sends_is_sent_by_who_waits_in_it() {
    let line = line();
    let (_, first) = first(line.gathering());
    let began = Instant::now();
    let second = line.joined(cmd("GET"), soon()).await;
    assert!(matches!(second, Some(Err(Failure::Lost(_)))), "{second:?}");
    assert!(matches!(first.await.unwrap(), Err(Failure::Lost(_))));
    assert!(began.elapsed() < DEADLINE / 2);
}

#[tokio::test]
async fn a_group_is_sent_for_as_long_as_anybody_in_it_waits() {
    let line = line();
    let (short, _answer) = waiting(Instant::now());
    let (long, answer) = waiting(soon());
    send(line, vec![long, short]).await;
    // By its own time, and not by that of the other: it is the connection that fails.
    assert!(matches!(answer.await.unwrap(), Err(Failure::Lost(_))));
}

/// Reads until as many commands have come as are told, and returns in how many pieces they came.
async fn pieces(stream: &mut TcpStream, commands: usize) -> usize {
    let (mut come, mut pieces) = (0, 0);
    let mut buffer = [0; 4_096];
    while come < commands {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the connection ended");
        come += buffer[..count]
            .windows(4)
            .filter(|part| part == b"GET ")
            .count();
        pieces += 1;
    }
    assert_eq!(come, commands);
    pieces
}

#[tokio::test]
async fn from_nine_under_way_on_reads_go_out_together() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line_to(listener.local_addr().unwrap().port());
    let read = || {
        let line = line.clone();
        tokio::spawn(async move { line.read(cmd("GET").arg("GET "), soon()).await })
    };
    // Who waits for the connection goes on in any order.
    let mut under_way = vec![read()];
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut ping = [0; 14];
    stream.read_exact(&mut ping).await.unwrap();
    stream.write_all(b"+PONG\r\n").await.unwrap();
    pieces(&mut stream, 1).await;
    under_way.extend((1..MANY).map(|_| read()));
    pieces(&mut stream, MANY - 1).await;
    under_way.extend((0..SMALLEST).map(|_| read()));
    assert_eq!(pieces(&mut stream, SMALLEST).await, 1);
    let groups = line.gathering().forming().number;
    assert_eq!(groups, 1, "four reads were one group");
    for number in 0..under_way.len() {
        let reply = format!("$1\r\n{}\r\n", number % 10);
        stream.write_all(reply.as_bytes()).await.unwrap();
    }
    for (number, read) in under_way.into_iter().enumerate() {
        let value = (number % 10).to_string().into_bytes();
        let answer = read.await.unwrap().unwrap();
        assert_eq!(answer, Value::BulkString(value), "read {number}");
    }
}
