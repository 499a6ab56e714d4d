//! One container, from its start to its removal.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::bollard::query_parameters::RemoveContainerOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{ContainerPort, IntoContainerPort as _};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};

use crate::Failure;
use crate::image::{self, Image};

/// The port of Redis in every image.
const PORT: u16 = 6379;

/// Where this machine reaches its own daemon's containers, and nobody else does.
const LOOPBACK: &str = "127.0.0.1";

/// Words for the server, whichever image it is in.
const SERVER: &str =
    "redis-server --save \"\" --appendonly no --protected-mode no --loglevel notice";

/// A container that runs.
pub(crate) struct Server {
    container: ContainerAsync<GenericImage>,
    host: String,
    port: u16,
    image: String,
}

impl Server {
    /// Runs a container of the first image that is there; if there is none, fetches the first or does without.
    pub(crate) async fn start(names: &[String], fetch: bool) -> Result<Option<Self>, Failure> {
        let docker = match docker_client_instance().await {
            Err(_) if !fetch => return Ok(None),
            docker => docker?,
        };
        let image = match image::first(&docker, names).await {
            Err(_) if !fetch => return Ok(None),
            image => image?,
        };
        let name = match (&image, names) {
            (Some(image), _) => image.name,
            (None, [preferred, ..]) if fetch => preferred,
            _ => return Ok(None),
        };
        let container = run(&docker, name).await?;
        Self::of(&docker, container, name, image).await.map(Some)
    }

    async fn of(
        docker: &Docker,
        container: ContainerAsync<GenericImage>,
        name: &str,
        image: Option<Image<'_>>,
    ) -> Result<Self, Failure> {
        let digest = match image {
            Some(image) => image.digest,
            None => image::digest(docker, name).await?.unwrap_or_default(),
        };
        let host = if is_elsewhere() {
            container.get_host().await?.to_string()
        } else {
            LOOPBACK.to_owned()
        };
        Ok(Self {
            port: container.get_host_port_ipv4(PORT.tcp()).await?,
            host,
            image: format!("{name} ({digest})"),
            container,
        })
    }

    /// Kills the server and removes what there is of it.
    pub(crate) async fn remove(self) -> Result<(), Failure> {
        Ok(self.container.rm().await?)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.host, self.port, self.image)
    }
}

/// Starts it, which fetches the image if it is not there; a start that fails leaves nothing.
async fn run(docker: &Docker, image: &str) -> Result<ContainerAsync<GenericImage>, Failure> {
    let name = format!("cache-test-{:016x}", RandomState::new().hash_one(image));
    match request(image, &name)?.start().await {
        Ok(container) => Ok(container),
        Err(why) => {
            let all = RemoveContainerOptionsBuilder::new().force(true).v(true);
            // It may not have come so far that there is one.
            let _ = docker.remove_container(&name, Some(all.build())).await;
            Err(why.into())
        }
    }
}

/// A container without a condition for its readiness: the test asks the server itself.
fn request(image: &str, name: &str) -> Result<ContainerRequest<GenericImage>, Failure> {
    let (image, tag) = image
        .rsplit_once(':')
        .ok_or_else(|| format!("`{image}` has no tag"))?;
    let request = GenericImage::new(image, tag)
        .with_exposed_port(PORT.tcp())
        .with_container_name(name)
        // A label without a value is none for the crate.
        .with_label("cache-test", "redis")
        .with_cmd(SERVER.split(' ').map(|word| word.trim_matches('"')));
    if is_elsewhere() {
        return Ok(request);
    }
    Ok(request.with_host_config_modifier(on_loopback))
}

/// The crate itself publishes on every interface.
fn on_loopback(host: &mut HostConfig) {
    let binding = PortBinding {
        host_ip: Some(LOOPBACK.to_owned()),
        host_port: None,
    };
    let port: ContainerPort = PORT.tcp();
    host.publish_all_ports = Some(false);
    host.port_bindings = Some(HashMap::from([(port.to_string(), Some(vec![binding]))]));
}

/// Whether the daemon is reached over the network: its loopback may be another machine's.
fn is_elsewhere() -> bool {
    env::var("DOCKER_HOST").is_ok_and(|host| !host.starts_with("unix:"))
}
