//! A node in a process of its own, told what to do by lines, asked what came of it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use integration_tests::{RedisServer, namespace_of_its_own};

/// How long an answer may take: the processes share a machine with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, and the namespace of one test there.
pub(crate) struct Place {
    pub(crate) server: RedisServer,
    pub(crate) namespace: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        match RedisServer::start() {
            Ok(server) => Self {
                server,
                namespace: namespace_of_its_own("processes"),
            },
            Err(why) => panic!("{why}"),
        }
    }

    pub(crate) fn node(&self) -> Node {
        Node::start(self)
    }

    /// The addresses under which something stands, leases included.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut connection = self.connection();
        let mut keys = redis::cmd("KEYS");
        keys.arg(format!("{}:*", self.namespace));
        keys.query(&mut connection).unwrap()
    }

    pub(crate) fn connection(&self) -> redis::Connection {
        let client = redis::Client::open((self.server.host(), self.server.port())).unwrap();
        client.get_connection().unwrap()
    }
}

/// A running process. Dropping it ends it.
pub(crate) struct Node {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Node {
    fn start(place: &Place) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cache-test-node"))
            .args([place.server.host(), &place.server.port().to_string()])
            .arg(&place.namespace)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (answer, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines {
                if answer.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            input,
            answers,
        }
    }

    /// Gives a command.
    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
    }

    /// Waits for the next answer.
    pub(crate) fn hear(&self) -> String {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(answer) => answer,
            Err(why) => panic!("no answer: {why}"),
        }
    }

    /// Gives a command, and waits for the answer.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.hear()
    }

    /// Starts a load; returns when its loader runs, so when its lease stands.
    pub(crate) fn start_load(&mut self, id: &str, value: &str) {
        assert_eq!(
            self.ask(&format!("load {id} {value}")),
            format!("loading {id}")
        );
    }

    /// Asserts that nothing is heard for so long.
    pub(crate) fn is_silent_for(&self, time: Duration) {
        assert_eq!(
            self.answers.recv_timeout(time),
            Err(RecvTimeoutError::Timeout)
        );
    }

    /// How many loaders were called, and how many loads kept out.
    pub(crate) fn stats(&mut self) -> (u64, u64) {
        let answer = self.ask("stats");
        let mut numbers = answer.split(' ').skip(1).map(|word| word.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    }

    /// Ends the process at once, as SIGKILL does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the process where it is; it stands still when this returns.
    pub(crate) fn stop(&self) {
        self.signal("-STOP");
        let status = format!("/proc/{}/status", self.child.id());
        // Elsewhere the signal alone has to do.
        while let Ok(text) = std::fs::read_to_string(&status)
            && !text.contains("\nState:\tT")
        {
            std::thread::yield_now();
        }
    }

    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Lets the process end by itself.
    pub(crate) fn exit(mut self) {
        self.tell("exit");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
