//! A Redis server in a container, held by a program of its own: that one notices the end of the test, however it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::until::{NotYet, until};
use super::{Image, Unavailable, program};

/// The program that holds the container.
const HOLDER: &str = "cache-test-container";

/// What a person types when there is no image and no registry.
const MAKE: &str = "sh integration-tests/images/make-redis-image.sh";

/// A container that runs. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Container {
    host: String,
    port: u16,
    image: String,
    holder: Child,
}

impl Container {
    /// Runs a container of the preferred image; `None` where that is not there, or no daemon, or the program is not built.
    ///
    /// # Errors
    /// The image is there and does not run.
    pub(crate) fn start_if_there(image: &Image) -> Result<Option<Self>, Unavailable> {
        match program::find(HOLDER) {
            Ok(holder) => Self::run(&holder, "there", &[image.preferred()]),
            Err(_) => Ok(None),
        }
    }

    /// Runs a container; the image is fetched if it is not there.
    ///
    /// # Errors
    /// Why it does not run, and the command that makes an image without a registry.
    pub(crate) fn start(image: &Image) -> Result<Self, Unavailable> {
        let holder = program::find(HOLDER)?;
        let started = Self::run(&holder, "fetch", &image.names())
            .and_then(|ran| ran.ok_or_else(|| Unavailable::new("no image")));
        started.map_err(|why| {
            Unavailable::new(format!("no container of Redis ({why}); `{MAKE}` makes an image of this machine's own server"))
        })
    }

    /// Starts the program in a group of its own: an interrupt of the tests does not end it before it has removed its container.
    fn run(holder: &Path, way: &str, names: &[&str]) -> Result<Option<Self>, Unavailable> {
        let mut holder = Command::new(holder)
            .arg(way)
            .args(names)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(out) = holder.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        match place(&said) {
            Some((host, port, image)) => Ok(Some(Self {
                host: host.to_owned(),
                port,
                image: image.to_owned(),
                holder,
            })),
            None => ended(holder),
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Names the image with its digest.
    pub(crate) fn image(&self) -> &str {
        &self.image
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The end of its input is its sign to remove the container.
        drop(self.holder.stdin.take());
        let ended = until("the container is not removed", || {
            let status = self.holder.try_wait().map_err(Unavailable::from)?;
            status.ok_or_else(|| NotYet::later("its program runs"))
        });
        match ended {
            Ok(status) if status.success() => {}
            Ok(_) => eprintln!("a container may be left: {}", complaint(&mut self.holder)),
            Err(why) => {
                eprintln!("{why}");
                let _ = self.holder.kill();
                let _ = self.holder.wait();
            }
        }
    }
}

/// What the program says: host, port, image.
fn place(line: &str) -> Option<(&str, u16, &str)> {
    let mut fields = line.trim_end().split('\t');
    Some((fields.next()?, fields.next()?.parse().ok()?, fields.next()?))
}

/// Why there is no container: an error, or none was to be had.
fn ended(mut holder: Child) -> Result<Option<Container>, Unavailable> {
    if holder.wait()?.success() {
        return Ok(None);
    }
    Err(Unavailable::new(complaint(&mut holder)))
}

/// The first line of what a program that has ended complained of.
fn complaint(holder: &mut Child) -> String {
    let mut said = String::new();
    if let Some(error) = &mut holder.stderr {
        // What cannot be read is not said.
        let _ = error.read_to_string(&mut said);
    }
    said.lines().next().unwrap_or("it said nothing").to_owned()
}
