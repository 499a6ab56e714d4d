//! Who is in charge now: the current map, and one search at a time for a newer one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cache_core::Result;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::map::{Map, Node};
use crate::sentinel::Sentinel;
use crate::server::Server;
use crate::turn::{Search, Ticket, Turn};

/// How long one search may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// One that takes longer stands still with its runtime, and another one may begin. By then an attempt to connect, which began
/// with it at a deadline of up to a second, has given way too.
const TURN: Duration = Duration::from_millis(1_250);
/// The shortest time between the end of a search and the next one.
const REST: Duration = Duration::from_millis(50);

/// So long what is known holds where no error would tell that it does not: a master that sentinels have replaced answers as
/// before until they tell it, some ten seconds later.
const HOLDS: Duration = Duration::from_secs(1);

/// How the servers in charge are found.
#[derive(Debug)]
pub(crate) enum Finder {
    /// It is always the same one.
    Fixed(Node),
    Sentinel(Sentinel),
    Cluster(Cluster),
}

/// Keeps the map.
#[derive(Debug)]
pub(crate) struct Guide {
    finder: Finder,
    map: RwLock<Option<Arc<Map>>>,
    /// One search at a time.
    turn: Turn,
    closed: AtomicBool,
}

impl Guide {
    pub(crate) fn new(finder: Finder) -> Self {
        let map = match &finder {
            Finder::Fixed(node) => Some(Arc::new(Map::of_one(node.clone()))),
            Finder::Sentinel(_) | Finder::Cluster(_) => None,
        };
        Self {
            finder,
            map: RwLock::new(map),
            turn: Turn::new(TURN),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Forgets the map, and with it the lines, once the calls that are under way have ended.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = None;
        match &self.finder {
            Finder::Fixed(node) => node.line.close(),
            Finder::Sentinel(sentinel) => sentinel.close(),
            Finder::Cluster(cluster) => cluster.close(),
        }
    }

    /// Returns the map, and searches for it if there is none.
    pub(crate) async fn map(self: &Arc<Self>, until: Instant) -> Result<Arc<Map>, Failure> {
        match self.current() {
            Some(map) => {
                if matches!(self.finder, Finder::Sentinel(_)) {
                    self.look_now_and_then();
                }
                Ok(map)
            }
            // In a box of its own: the state of a search is large, and every call would carry room for it.
            None => Box::pin(self.renewed(until)).await,
        }
    }

    /// Searches in the background, unless somebody does or has just done.
    pub(crate) fn look_again(self: &Arc<Self>) {
        self.look(REST);
    }

    /// The same, if the last search is a while ago.
    pub(crate) fn look_now_and_then(self: &Arc<Self>) {
        self.look(HOLDS);
    }

    fn look(self: &Arc<Self>, rest: Duration) {
        if self.is_fixed() || self.is_closed() || !self.turn.is_free(rest) {
            return;
        }
        if let Ok(runtime) = Handle::try_current()
            && let Some(ticket) = self.turn.take(rest)
        {
            self.begin(&runtime, ticket);
        }
    }

    /// Returns a map of a search that has not ended yet.
    pub(crate) async fn renewed(self: &Arc<Self>, until: Instant) -> Result<Arc<Map>, Failure> {
        if self.is_closed() {
            return Err(Failure::Closed);
        }
        if let Some(failure) = self.turn.failed_within(REST) {
            return Err(failure);
        }
        let runtime = Handle::try_current().map_err(|_| Failure::NoRuntime)?;
        loop {
            let (mut search, is_own) = self.search(&runtime);
            match timeout_at(until.min(search.until), search.end()).await {
                Ok(Some(outcome)) => break outcome?,
                // The task was ended with its runtime.
                Ok(None) if is_own => return Err(Failure::NoRuntime),
                Err(_) if Instant::now() >= until => {
                    return Err(Failure::Nobody(
                        "the servers in charge were not found in time",
                    ));
                }
                // So was somebody else's, or it stands still.
                Ok(None) | Err(_) => {}
            }
        }
        self.current().ok_or(Failure::Closed)
    }

    /// Returns the line to a server that a redirection names.
    pub(crate) fn node(&self, server: &Server) -> Result<Node, Failure> {
        match &self.finder {
            Finder::Cluster(cluster) => cluster.node(self.current().as_deref(), server),
            Finder::Fixed(_) | Finder::Sentinel(_) => Err(Failure::Nobody(
                "the server is part of a cluster; it is reached as one",
            )),
        }
    }

    fn current(&self) -> Option<Arc<Map>> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.clone()
    }

    /// Joins the search that is under way, or begins one; says whether it did.
    fn search(self: &Arc<Self>, runtime: &Handle) -> (Search, bool) {
        let (search, ticket) = self.turn.join();
        let is_own = ticket.is_some();
        if let Some(ticket) = ticket {
            self.begin(runtime, ticket);
        }
        (search, is_own)
    }

    /// Searches in a task of its own: a caller that gives up does not end it.
    fn begin(self: &Arc<Self>, runtime: &Handle, ticket: Ticket) {
        let guide = Arc::clone(self);
        drop(runtime.spawn(async move {
            let found = guide.find().await;
            guide.turn.end(&ticket, found, |map| guide.replace(map));
        }));
    }

    async fn find(&self) -> Result<Map, Failure> {
        let (old, until) = (self.current(), Instant::now() + PATIENCE);
        match &self.finder {
            Finder::Fixed(node) => Ok(Map::of_one(node.clone())),
            Finder::Sentinel(sentinel) => sentinel.find(old.as_deref(), until).await,
            Finder::Cluster(cluster) => cluster.find(old.as_deref(), until).await,
        }
    }

    fn replace(&self, map: Map) -> Result<(), Failure> {
        let mut place = self.map.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_closed() {
            return Err(Failure::Closed);
        }
        *place = Some(Arc::new(map));
        Ok(())
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.finder, Finder::Cluster(_))
    }

    fn is_fixed(&self) -> bool {
        matches!(self.finder, Finder::Fixed(_))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::pin::pin;
    use std::thread;

    use futures_util::FutureExt;
    use redis::cmd;
    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::config::{RedisConfig, SentinelConfig};
    use crate::dial::Dial;

    /// A sentinel that names itself, and says that it is a master. It is silent on its first connection.
    fn sentinel() -> (Server, UnboundedReceiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, connected) = unbounded_channel();
        thread::spawn(move || {
            let (_silent, _) = listener.accept().unwrap();
            tell.send(()).unwrap();
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                thread::spawn(move || answer(stream, port));
            }
        });
        (Server::new("127.0.0.1", port), connected)
    }

    fn answer(mut stream: TcpStream, port: u16) {
        let mut question = [0; 256];
        while let Ok(length @ 1..) = stream.read(&mut question) {
            let question = String::from_utf8_lossy(&question[..length]);
            let answer = if question.contains("SENTINEL") {
                let port = port.to_string();
                format!("*2\r\n$9\r\n127.0.0.1\r\n${}\r\n{port}\r\n", port.len())
            } else if question.contains("ROLE") {
                "*1\r\n$6\r\nmaster\r\n".to_owned()
            } else {
                "+PONG\r\n".to_owned()
            };
            stream.write_all(answer.as_bytes()).unwrap();
        }
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// A program may use several runtimes, and drive one of them from time to time.
    #[test]
    fn a_search_that_stands_still_with_its_runtime_gives_way() {
        let (server, mut connected) = sentinel();
        let dial = Dial::new(&RedisConfig::default()).unwrap();
        let watched = SentinelConfig::new(vec![server.clone()], "main");
        let finder = Finder::Sentinel(Sentinel::new(&watched, dial).unwrap());
        let guide = Arc::new(Guide::new(finder));
        let (idle, driven) = (runtime(), runtime());
        idle.block_on(async {
            guide.look_again();
            connected.recv().await.unwrap();
        });
        let (mut search, ticket) = guide.turn.join();
        assert!(ticket.is_none(), "it is in the middle of it");
        let until = Instant::now() + 20 * TURN;
        let found = driven.block_on(guide.renewed(until)).unwrap();
        assert!(found.at(&server).is_some());
        // It goes on, too late: it changes nothing, and its failure is no news.
        let told = idle.block_on(search.end()).unwrap();
        assert!(told.is_err());
        assert!(guide.turn.failed_within(20 * TURN).is_none());
        // Nor does the attempt to connect that it began stand in the way of the line.
        driven.block_on(guide.renewed(until)).unwrap();
    }

    /// So does an attempt to connect. Who waits for it does not drive it: it belongs to the runtime where it began.
    #[test]
    fn an_attempt_that_ends_with_its_runtime_gives_way() {
        let (server, mut connected) = sentinel();
        let dial = Dial::new(&RedisConfig::default()).unwrap();
        let line = dial.line(&server).unwrap();
        let (ended, driven) = (runtime(), runtime());
        let (ping, until) = (cmd("PING"), Instant::now() + 20 * TURN);
        ended.block_on(async {
            let first = line.clone();
            tokio::spawn(async move { first.one(&cmd("PING"), until).await });
            connected.recv().await.unwrap();
        });
        driven.block_on(async {
            let mut waiting = pin!(line.one(&ping, until));
            assert!(waiting.as_mut().now_or_never().is_none(), "it waits");
            ended.shutdown_background();
            waiting.await.unwrap();
        });
    }
}
