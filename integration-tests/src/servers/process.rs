//! A server's process and its directory, as long as the guard lives.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::Unavailable;
use super::ask::{ask, field};
use super::until::{NotYet, until};

/// The names of files in the directory of a server.
const CONFIGURATION: &str = "server.conf";
const LOG: &str = "log";

/// Ports are free when they are asked for, and may be taken before the server has them.
const ATTEMPTS: usize = 3;

/// A process that listens on loopback. Dropping it ends the process and removes the directory.
#[derive(Debug)]
pub(crate) struct Process {
    program: String,
    arguments: Vec<String>,
    address: SocketAddr,
    child: Mutex<Child>,
    paused: AtomicBool,
    directory: TempDir,
}

impl Process {
    /// Starts a server with the lines of a configuration; the program's name decides whether it is a Sentinel.
    pub(crate) fn start(
        program: &str,
        arguments: &[&str],
        port: u16,
        directory: TempDir,
        lines: &str,
    ) -> Result<Self, Unavailable> {
        let common = "bind 127.0.0.1\nloglevel notice\nlogfile log\ndaemonize no\n";
        let file = directory.path().join(CONFIGURATION);
        fs::write(file, format!("{common}{lines}"))?;
        let arguments: Vec<_> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let child = spawn(program, &arguments, &directory)?;
        Ok(Self {
            program: program.to_owned(),
            arguments,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            child: Mutex::new(child),
            paused: AtomicBool::new(false),
            directory,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory of its files; it goes with the guard.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    /// Says whether it can answer: not killed, not paused.
    pub(crate) fn is_running(&self) -> bool {
        !self.paused.load(Ordering::SeqCst) && !self.has_ended()
    }

    /// Stops it where it stands; its connections stay open and unanswered.
    pub(crate) fn pause(&self) -> Result<(), Unavailable> {
        self.paused.store(true, Ordering::SeqCst);
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) -> Result<(), Unavailable> {
        self.signal(Signal::CONT)?;
        self.paused.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Ends it at once, without a word to its clients.
    pub(crate) fn kill(&self) -> Result<(), Unavailable> {
        let mut child = self.child();
        child.kill()?;
        child.wait()?;
        self.paused.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Starts it again after its end: the same port, directory and configuration.
    pub(crate) fn restart(&self) -> Result<(), Unavailable> {
        let mut child = self.child();
        if child.try_wait()?.is_none() {
            return Err(Unavailable::new(
                "it runs: only what ended is started again",
            ));
        }
        *child = spawn(&self.program, &self.arguments, &self.directory)?;
        drop(child);
        self.wait().map(drop)
    }

    /// Waits until this very process answers on its port, and returns what `INFO server` says.
    pub(crate) fn wait(&self) -> Result<String, Unavailable> {
        until("the server does not answer", || {
            self.still_there()?;
            let info: String = ask(self.address, &["INFO", "server"])?;
            // Another test's server may have been quicker with this port.
            if field(&info, "process_id") == Some(self.id().to_string().as_str()) {
                return Ok(info);
            }
            Err(NotYet::later("another server has its port"))
        })
    }

    /// Fails with the last line that it wrote, if it ended.
    pub(crate) fn still_there(&self) -> Result<(), NotYet> {
        if !self.has_ended() {
            return Ok(());
        }
        let log = fs::read_to_string(self.directory.path().join(LOG)).unwrap_or_default();
        let last = log.lines().last().unwrap_or("it wrote nothing");
        let why = format!("`{}` ended: {last}", self.program);
        Err(NotYet::Never(Unavailable::new(why)))
    }

    fn has_ended(&self) -> bool {
        !matches!(self.child().try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) -> Result<(), Unavailable> {
        // The lock keeps the child from being waited for: its number cannot belong to another process yet.
        let mut child = self.child();
        if child.try_wait()?.is_some() {
            return Err(Unavailable::new("it has ended"));
        }
        kill_process(Pid::from_child(&child), signal)
            .map_err(|error| Unavailable::new(error.to_string()))
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.kill();
    }
}

fn spawn(program: &str, arguments: &[String], directory: &TempDir) -> Result<Child, Unavailable> {
    Command::new(program)
        .arg(CONFIGURATION)
        .args(arguments)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            Unavailable::new(format!(
                "`{program}` cannot be started ({error}): is it installed?"
            ))
        })
}

/// A directory for one server.
pub(crate) fn directory() -> Result<TempDir, Unavailable> {
    Ok(tempfile::Builder::new().prefix("cache-test-").tempdir()?)
}

/// Starts something on fresh ports, and again on others if it fails.
pub(crate) fn on_free_ports<T>(
    start: impl Fn() -> Result<T, Unavailable>,
) -> Result<T, Unavailable> {
    let mut last = start();
    for _ in 1..ATTEMPTS {
        if last.is_ok() {
            break;
        }
        last = start();
    }
    last
}
/// Says whether a program of this name is in one of the directories of the path.
pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
