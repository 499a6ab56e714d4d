//! The way to the servers: each command to the one that holds its key, where it says it is, and all under the deadline.

use std::sync::Arc;
use std::time::Duration;

use cache_core::Result;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use redis::{Cmd, Pipeline};
use tokio::time::Instant;

use crate::cluster::{self, Cluster};
use crate::config::{RedisConfig, Topology};
use crate::dial::Dial;
use crate::exchange::{Answer, exchange, outcome, together};
use crate::failure::{Failure, Redirect};
use crate::guide::{Finder, Guide};
use crate::map::{Map, Node};
use crate::sentinel::Sentinel;

/// How often a command follows a redirection before it gives up.
const MOST_HOPS: usize = 5;

/// The way to the servers.
#[derive(Debug)]
pub(crate) struct Link {
    guide: Arc<Guide>,
    deadline: Duration,
}

impl Link {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        let dial = Dial::new(config)?;
        let finder = match &config.topology {
            Topology::Alone(server) => Finder::Fixed(Node {
                server: server.clone(),
                line: Arc::new(dial.line(server)?),
            }),
            Topology::Sentinel(sentinel) => Finder::Sentinel(Sentinel::new(sentinel, dial)?),
            Topology::Cluster(seeds) => Finder::Cluster(Cluster::new(seeds.clone(), dial)),
        };
        Ok(Self {
            guide: Arc::new(Guide::new(finder)),
            deadline: config.deadline,
        })
    }

    pub(crate) fn open(&self) -> Result<(), Failure> {
        if self.guide.is_closed() {
            return Err(Failure::Closed);
        }
        Ok(())
    }

    /// Refuses what comes, and lets the connections go with the calls that are under way.
    pub(crate) fn close(&self) {
        self.guide.close();
    }

    /// Whether keys are spread over servers, so that a command may name one key only.
    pub(crate) fn is_cluster(&self) -> bool {
        self.guide.is_cluster()
    }

    /// Returns the servers in charge, as far as is known.
    pub(crate) async fn map(&self) -> Result<Arc<Map>, Failure> {
        self.guide.map(self.until()).await
    }

    /// Asks who is in charge now.
    pub(crate) async fn renewed_map(&self) -> Result<Arc<Map>, Failure> {
        self.guide.renewed(self.until()).await
    }

    /// Sends one command to the server that holds its key.
    pub(crate) async fn send(&self, command: &Cmd) -> Answer {
        let until = self.until();
        let map = self.guide.map(until).await?;
        let node = self.node_of(&map, command)?;
        let answer = node.line.one(command, until).await;
        self.followed(command, node, answer, until).await
    }

    /// The same for a command that only reads.
    pub(crate) async fn read(&self, command: &Cmd) -> Answer {
        let until = self.until();
        let map = self.guide.map(until).await?;
        let node = self.node_of(&map, command)?;
        let answer = node.line.read(command, until).await;
        self.followed(command, node, answer, until).await
    }

    /// Returns the server that holds a command's key. A slot that nobody held may have found somebody, and no server is asked
    /// that could tell.
    fn node_of<'m>(&self, map: &'m Map, command: &Cmd) -> Result<&'m Node, Failure> {
        map.node_of(command)
            .inspect_err(|_| self.guide.look_now_and_then())
    }

    /// Sends a command once more where its answer asks for that.
    async fn followed(&self, command: &Cmd, node: &Node, answer: Answer, until: Instant) -> Answer {
        match answer {
            Err(failure) if failure.is_missing_script() || failure.is_about_place() => {
                self.again(command, node, failure, until).await
            }
            answer => answer,
        }
    }

    /// Sends a command once more: with the scripts, or to where its key is. In a box of its own, since its state is large and
    /// hardly ever needed.
    #[cold]
    fn again<'a>(
        &'a self,
        command: &'a Cmd,
        node: &'a Node,
        failure: Failure,
        until: Instant,
    ) -> BoxFuture<'a, Answer> {
        let commands = together([command.clone()]);
        async move {
            if failure.is_missing_script() {
                return outcome(exchange(&node.line, &commands, false, until).await);
            }
            self.elsewhere(commands, command, node, failure, until)
                .await
        }
        .boxed()
    }

    /// Sends several commands, those of one server in one round trip; answers each apart, in order.
    pub(crate) async fn send_many(&self, commands: Vec<Cmd>) -> Vec<Answer> {
        let until = self.until();
        let map = match self.guide.map(until).await {
            Ok(map) => map,
            Err(failure) => return vec![Err(failure); commands.len()],
        };
        if let [node] = map.nodes() {
            return self.send_part(node, together(commands), until).await;
        }
        let mut answers = vec![Err(Failure::Strange); commands.len()];
        let mut parts = vec![(Vec::new(), Vec::new()); map.nodes().len()];
        for (place, command) in commands.into_iter().enumerate() {
            match map.index_of(&command) {
                Ok(index) => {
                    if let Some((places, part)) = parts.get_mut(index) {
                        places.push(place);
                        part.push(command);
                    }
                }
                Err(failure) => {
                    self.guide.look_now_and_then();
                    set(&mut answers, place, Err(failure));
                }
            }
        }
        let parts = map.nodes().iter().zip(parts);
        let sent = parts.map(|(node, (places, part))| async move {
            (places, self.send_part(node, together(part), until).await)
        });
        for (places, part) in join_all(sent).await {
            for (place, answer) in places.into_iter().zip(part) {
                set(&mut answers, place, answer);
            }
        }
        answers
    }

    /// Sends several commands to one server, wherever their keys are; answers each apart, in order.
    pub(crate) async fn send_all_to(&self, node: &Node, commands: Vec<Cmd>) -> Vec<Answer> {
        let answers = exchange(&node.line, &together(commands), false, self.until()).await;
        if answers.iter().any(is_elsewhere) {
            self.guide.look_again();
        }
        answers
    }

    /// Sends a transaction, `MULTI` first and `EXEC` last, to the server that holds the key of the second command; answers
    /// the last.
    pub(crate) async fn transact(&self, commands: Vec<Cmd>) -> Answer {
        let until = self.until();
        let map = self.guide.map(until).await?;
        let keyed = commands.get(1).cloned().ok_or(Failure::Strange)?;
        let node = self.node_of(&map, &keyed)?;
        let commands = together(commands);
        match outcome(exchange(&node.line, &commands, false, until).await) {
            Err(failure) if failure.is_about_place() => {
                self.elsewhere(commands, &keyed, node, failure, until).await
            }
            answer => answer,
        }
    }

    fn until(&self) -> Instant {
        Instant::now() + self.deadline
    }

    /// Sends what one server is to answer, and again, each apart, what has left it.
    async fn send_part(&self, node: &Node, commands: Pipeline, until: Instant) -> Vec<Answer> {
        let mut answers = exchange(&node.line, &commands, false, until).await;
        if answers.iter().any(is_elsewhere) {
            let gone = commands.cmd_iter().zip(answers.iter_mut());
            let again = gone.filter(|(_, answer)| is_elsewhere(answer));
            join_all(again.map(|(command, answer)| async move {
                if let Err(failure) = &*answer {
                    let (alone, failure) = (together([command.clone()]), failure.clone());
                    *answer = self.elsewhere(alone, command, node, failure, until).await;
                }
            }))
            .await;
        }
        answers
    }

    /// Goes where the server says the key is, as long as it says so. Nothing is sent again of which nobody knows whether it
    /// ran.
    #[cold]
    async fn elsewhere(
        &self,
        commands: Pipeline,
        keyed: &Cmd,
        from: &Node,
        failure: Failure,
        until: Instant,
    ) -> Answer {
        let (mut from, mut answer) = (from.clone(), Err(failure));
        for _ in 0..MOST_HOPS {
            let failure = match &answer {
                Err(failure) if failure.is_about_place() => failure,
                _ => break,
            };
            self.guide.look_again();
            let Some((node, asking)) = self.next(failure, &from, keyed, until).await else {
                break;
            };
            answer = outcome(exchange(&node.line, &commands, asking, until).await);
            from = node;
        }
        answer
    }

    /// Returns where to try next, and whether to say there that the key is on its way.
    async fn next(
        &self,
        failure: &Failure,
        from: &Node,
        keyed: &Cmd,
        until: Instant,
    ) -> Option<(Node, bool)> {
        if let Some(redirect) = failure.redirect() {
            let (place, asking) = match &redirect {
                Redirect::Moved(place) => (place, false),
                Redirect::Ask(place) => (place, true),
            };
            let server = cluster::redirected(place, &from.server)?;
            return Some((self.guide.node(&server).ok()?, asking));
        }
        if !failure.is_demoted() {
            return None;
        }
        let map = self.guide.renewed(until).await.ok()?;
        let node = map.node_of(keyed).ok()?;
        (node.server != from.server).then(|| (node.clone(), false))
    }
}

fn is_elsewhere(answer: &Answer) -> bool {
    answer.as_ref().is_err_and(Failure::is_about_place)
}

fn set<T>(list: &mut [T], place: usize, value: T) {
    if let Some(slot) = list.get_mut(place) {
        *slot = value;
    }
}
