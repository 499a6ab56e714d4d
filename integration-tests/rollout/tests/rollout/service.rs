//! A service in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use integration_tests::{RedisServer, namespace_of_its_own};
use rollout_tests::report::{Answer, Report};

use crate::build::Build;
use crate::figures::Figures;
use crate::kills::Kills;

/// How long a line may take; the longest pass has one and a half million look-ups.
const PATIENCE: Duration = Duration::from_secs(600);

/// A server, and what is looked up.
pub(crate) struct Place {
    server: RedisServer,
    pub(crate) kills: Kills,
}

impl Place {
    pub(crate) fn new() -> Self {
        let kills = Kills::new();
        println!("{} kills, {} look-ups", kills.count, kills.lookups);
        match RedisServer::start() {
            Ok(server) => Self { server, kills },
            Err(why) => panic!("{why}"),
        }
    }

    /// Starts a service; its passes begin at the first kill.
    pub(crate) fn start(&self, build: Build, namespace: &str) -> Service {
        Service::start(self, build, namespace, 0)
    }

    /// Starts a service whose passes begin in the middle: beside another one, each comes first to half of the ids.
    pub(crate) fn start_in_the_middle(&self, build: Build, namespace: &str) -> Service {
        Service::start(self, build, namespace, self.kills.count / 2)
    }
}

/// Makes a namespace in which nobody has been.
pub(crate) fn new_namespace() -> String {
    namespace_of_its_own("rollout")
}

/// A running service. Dropping it ends it.
pub(crate) struct Service {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Answer>,
    pub(crate) release: String,
    /// The last report.
    last: Report,
}

impl Service {
    fn start(place: &Place, build: Build, namespace: &str, from: usize) -> Self {
        let url = format!("redis://{}:{}", place.server.host(), place.server.port());
        let mut child = Command::new(build.program())
            .args([url.as_str(), namespace])
            .arg(place.kills.path())
            .arg(from.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (answer, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let read = serde_json::from_str(&line).unwrap_or(Answer::Failed(line));
                if answer.send(read).is_err() {
                    break;
                }
            }
        });
        let Ok(Answer::Ready(last)) = answers.recv_timeout(PATIENCE) else {
            panic!("{build:?} does not start");
        };
        Self {
            child,
            input,
            answers,
            release: last.release.clone(),
            last,
        }
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
    }

    /// Waits for the next answer; the passes of a play are passed over.
    fn hear(&self) -> Answer {
        loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok(Answer::Pass(_)) => {}
                Ok(answer) => return answer,
                Err(why) => panic!("{}: no answer: {why}", self.release),
            }
        }
    }

    fn ask(&mut self, command: &str) -> Answer {
        self.tell(command);
        self.hear()
    }

    /// Gives a command that is only to be obeyed.
    pub(crate) fn order(&mut self, command: &str) {
        assert_eq!(self.ask(command), Answer::Done, "{}", self.release);
    }

    /// Reads: how new the answer is, and who made it.
    pub(crate) fn read(&mut self, lookup: impl std::fmt::Display) -> (u64, String) {
        match self.ask(&format!("read {lookup}")) {
            Answer::Read { edition, made_by } => (edition, made_by),
            other => panic!("{}: {other:?}", self.release),
        }
    }

    /// Reads, and returns why there is no answer.
    pub(crate) fn refused_to_read(&mut self, lookup: &str) -> String {
        match self.ask(&format!("read {lookup}")) {
            Answer::Failed(why) => why,
            other => panic!("{}: {other:?}", self.release),
        }
    }

    /// Starts a play; what is counted from now on is told by [`Service::played`].
    pub(crate) fn start_play(&mut self, how: &str) {
        self.last = self.report();
        self.tell(&format!("play {how}"));
    }

    /// Waits for the end of a play.
    pub(crate) fn played(&mut self) -> Figures {
        let report = match self.hear() {
            Answer::Played(report) => report,
            other => panic!("{}: {other:?}", self.release),
        };
        let figures = Figures::between(&self.last, &report);
        self.last = report;
        figures
    }

    pub(crate) fn play(&mut self, how: &str) -> Figures {
        self.start_play(how);
        self.played()
    }

    /// Ends a play that would go on.
    pub(crate) fn stop_play(&mut self) -> Figures {
        self.tell("stop");
        self.played()
    }

    /// Returns what is counted since the service was started.
    pub(crate) fn all(&mut self) -> Figures {
        Figures::of(&self.report())
    }

    fn report(&mut self) -> Report {
        match self.ask("report") {
            Answer::Report(report) => report,
            other => panic!("{}: {other:?}", self.release),
        }
    }

    /// Lets the process end by itself.
    pub(crate) fn exit(mut self) {
        self.tell("exit");
        assert!(self.child.wait().unwrap().success(), "{}", self.release);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets two services play at the same time.
pub(crate) fn play_both(one: &mut Service, other: &mut Service, how: &str) -> [Figures; 2] {
    one.start_play(how);
    other.start_play(how);
    [one.played(), other.played()]
}
