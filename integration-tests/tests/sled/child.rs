//! A process that uses a directory. It ends with its guard.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Nothing that these processes do takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    child: Child,
    /// Its input ends when this is dropped.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

/// What a process left.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it said since it was last asked.
    pub(crate) lines: Vec<String>,
    pub(crate) errors: String,
}

impl Process {
    pub(crate) fn start(command: &str, path: &Path, more: &[String]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sled_child"))
            .arg(command)
            .arg(path)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let (tell, errors) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = err.read_to_end(&mut text);
            let _ = tell.send(String::from_utf8_lossy(&text).into_owned());
        });
        Self {
            input: child.stdin.take(),
            child,
            lines,
            errors,
        }
    }

    /// Waits for the next line; `None` if the process ended.
    pub(crate) fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the process says nothing for {PATIENCE:?}"),
        }
    }

    /// Takes what the process says for so long, and kills it then.
    #[allow(
        clippy::disallowed_methods,
        reason = "a kill comes by the machine's time"
    )]
    pub(crate) fn killed_after(mut self, delay: Duration) -> Ended {
        let (end, mut lines) = (Instant::now() + delay, Vec::new());
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            lines.push(line);
        }
        self.child.kill().unwrap();
        let mut ended = self.ended();
        lines.append(&mut ended.lines);
        Ended { lines, ..ended }
    }

    /// Waits until the process ends by itself; its input ends now.
    pub(crate) fn ended(&mut self) -> Ended {
        self.input = None;
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            lines.push(line);
        }
        Ended {
            status: self.child.wait().unwrap(),
            lines,
            errors: self.errors.recv_timeout(PATIENCE).unwrap(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
