//! A Redis server in a container, run by the `docker` command: that one agrees with any daemon on a version of the interface.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use super::until::{NotYet, until};
use super::{Image, Unavailable};

/// What a person types when there is no image and no registry.
const MAKE: &str = "sh integration-tests/images/make-redis-image.sh";

/// Words for the server, whichever image it is in.
const SERVER: &str =
    "redis-server --save \"\" --appendonly no --protected-mode no --loglevel notice";

/// A container that runs. Dropping it removes it.
///
/// The `docker` that runs it stays in the foreground of the test's process group: an interrupt of the tests reaches it, and
/// with it the container, although no guard is dropped then.
#[derive(Debug)]
pub(crate) struct Container {
    name: String,
    image: String,
    address: SocketAddr,
    docker: Mutex<Child>,
}

impl Container {
    /// Runs a container of the preferred image; `None` where that is not there, or no daemon, or no `docker`.
    ///
    /// # Errors
    /// The image is there and does not run.
    pub(crate) fn start_if_there(image: &Image) -> Result<Option<Self>, Unavailable> {
        Self::first_of(&[image.preferred()])
    }

    /// Runs a container; the image is fetched if it is not there.
    ///
    /// # Errors
    /// Why it does not run, and the command that makes an image without a registry.
    pub(crate) fn start(image: &Image) -> Result<Self, Unavailable> {
        let started = match Self::first_of(&image.names())? {
            Some(container) => return Ok(container),
            None => Self::fetch(image.preferred()),
        };
        started.map_err(|why| {
            Unavailable::new(format!("no container of Redis ({why}); `{MAKE}` makes an image of this machine's own server"))
        })
    }

    fn first_of(names: &[&str]) -> Result<Option<Self>, Unavailable> {
        let mut there = names.iter().filter_map(|name| Some((name, digest(name)?)));
        let found = there.next();
        found
            .map(|(name, digest)| Self::run(name, &digest))
            .transpose()
    }

    fn fetch(name: &str) -> Result<Self, Unavailable> {
        docker(&["pull", "--quiet", name])?;
        let digest = digest(name).ok_or_else(|| Unavailable::new("the image is gone"))?;
        Self::run(name, &digest)
    }

    fn run(image: &str, digest: &str) -> Result<Self, Unavailable> {
        let name = format!("cache-test-{:016x}", RandomState::new().hash_one(image));
        let said = NamedTempFile::new()?;
        let mut run = Command::new("docker");
        run.args(["run", "--rm", "--name", &name, "--label", "cache-test"])
            .args(["--publish", "127.0.0.1::6379", image])
            .args(SERVER.split(' ').map(|word| word.trim_matches('"')));
        let docker = run
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said.reopen()?)
            .spawn()?;
        // From here on a failure removes what there is.
        let mut container = Self {
            name,
            image: format!("{image} ({digest})"),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            docker: Mutex::new(docker),
        };
        container.address = container.published(said.path())?;
        Ok(container)
    }

    /// Waits until the container has its port on loopback.
    fn published(&self, said: &Path) -> Result<SocketAddr, Unavailable> {
        until("the container does not run", || {
            if let Some(why) = self.ended(said) {
                return Err(NotYet::Never(why));
            }
            let ports = docker(&["port", &self.name, "6379/tcp"])
                .map_err(|why| NotYet::later(why.to_string()))?;
            let address = ports.lines().next().and_then(|line| line.parse().ok());
            address.ok_or_else(|| NotYet::later("it has no port on loopback"))
        })
    }

    fn ended(&self, said: &Path) -> Option<Unavailable> {
        let mut docker = self.docker.lock().ok()?;
        docker.try_wait().ok()??;
        let why = fs::read_to_string(said).unwrap_or_default();
        let first = why.lines().next().unwrap_or("`docker run` ended");
        Some(Unavailable::new(first))
    }

    pub(crate) fn host(&self) -> String {
        self.address.ip().to_string()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Names the image with its digest.
    pub(crate) fn image(&self) -> &str {
        &self.image
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // What is gone already needs no removal.
        let _ = docker(&["rm", "--force", "--volumes", &self.name]);
        if let Ok(docker) = self.docker.get_mut() {
            let _ = docker.kill();
            let _ = docker.wait();
        }
    }
}

/// The digest of an image that is there: that of its registry, or its own.
fn digest(name: &str) -> Option<String> {
    let form = "{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}";
    let said = docker(&["image", "inspect", "--format", form, name]).ok()?;
    let digest = said.trim().rsplit('@').next()?;
    (!digest.is_empty()).then(|| digest.to_owned())
}

/// Runs one `docker` command and returns what it said.
fn docker(words: &[&str]) -> Result<String, Unavailable> {
    let done = Command::new("docker")
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Unavailable::new(format!("`docker` cannot be run: {error}")))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(Unavailable::new(said.lines().next().unwrap_or("it failed")))
}
