//! A server in a container, where there is a daemon and the image.

use std::env;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use integration_tests::{Image, RedisServer, Way};

use crate::{ask, eventually};

/// Set in the process that is killed.
const VICTIM: &str = "CACHE_TEST_VICTIM";

fn docker(words: &[&str]) -> Option<String> {
    let done = Command::new("docker").args(words).output().ok()?;
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    done.status.success().then_some(said)
}

/// The containers that publish a port.
fn publishing(port: u16) -> String {
    let filter = format!("publish={port}");
    docker(&["ps", "--quiet", "--filter", &filter]).unwrap()
}

/// How it is published, such as `127.0.0.1:32768->6379/tcp`.
fn published(port: u16) -> String {
    let filter = format!("publish={port}");
    docker(&["ps", "--format", "{{.Ports}}", "--filter", &filter]).unwrap()
}

/// An image that is already there; none is fetched for this.
fn image() -> Option<&'static str> {
    let mut names = [Image::OFFICIAL, Image::MADE].into_iter();
    let found = names.find(|name| docker(&["image", "inspect", name]).is_some());
    if found.is_none() {
        eprintln!(
            "SKIPPED: no image of Redis; integration-tests/images/make-redis-image.sh makes one"
        );
    }
    found
}

#[test]
fn a_container_answers_and_is_removed_with_its_guard() {
    let Some(image) = image() else {
        return;
    };
    let server = RedisServer::start_on(Way::Container(Image::Default)).unwrap();
    assert!(
        server
            .place()
            .starts_with(&format!("container {image} (sha256:")),
        "{}",
        server.place()
    );
    assert_eq!((server.host(), server.process_id()), ("127.0.0.1", None));
    let address = format!("{}:{}", server.host(), server.port())
        .parse()
        .unwrap();
    assert_eq!(ask::<String>(address, &["PING"]).unwrap(), "PONG");
    let port = server.port();
    assert_eq!(published(port), format!("127.0.0.1:{port}->6379/tcp"));
    drop(server);
    assert_eq!(publishing(port), "");
    assert!(ask::<String>(address, &["PING"]).is_err());
}

#[tokio::test]
async fn a_container_is_removed_by_a_test_that_panics_in_a_runtime() {
    if image().is_none() {
        return;
    }
    let server = RedisServer::start_on(Way::Container(Image::Default)).unwrap();
    let port = server.port();
    let test = tokio::spawn(async move {
        let _server = server;
        panic!("as a failing test does");
    });
    assert!(test.await.unwrap_err().is_panic());
    assert_eq!(publishing(port), "");
}

#[test]
fn a_container_is_removed_when_its_test_is_killed() {
    if image().is_none() {
        return;
    }
    if env::var_os(VICTIM).is_some() {
        return wait_to_be_killed();
    }
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["container::a_container_is_removed_when_its_test_is_killed"])
        .args(["--exact", "--nocapture"])
        .env(VICTIM, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(victim.stdout.take().unwrap()).lines();
    let port = said.find_map(|line| line.unwrap().rsplit_once("port ")?.1.parse().ok());
    let port = port.unwrap();
    assert!(!publishing(port).is_empty());
    victim.kill().unwrap();
    victim.wait().unwrap();
    eventually("the container is removed", || publishing(port).is_empty());
}

/// Holds a container, and tells where.
fn wait_to_be_killed() {
    let server = RedisServer::start_on(Way::Container(Image::Default)).unwrap();
    println!("port {}", server.port());
    // Should the other test end first, its end of the input ends with it.
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_container_that_does_not_start_is_removed() {
    if image().is_none() {
        return;
    }
    let name = format!("cache-test-empty:{}", std::process::id());
    make_empty(&name);
    let started = RedisServer::start_on(Way::Container(Image::Named(name.clone())));
    let filter = format!("ancestor={name}");
    let left = docker(&["ps", "--all", "--quiet", "--filter", &filter]).unwrap();
    docker(&["image", "rm", "--force", &name]).unwrap();
    let why = started.unwrap_err().to_string();
    assert!(why.contains("redis-server"), "{why}");
    assert_eq!(left, "");
}

/// Makes an image with nothing in it.
fn make_empty(name: &str) {
    let mut import = Command::new("docker")
        .args(["import", "-", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The end of an archive.
    let mut archive = import.stdin.take().unwrap();
    archive.write_all(&[0; 1_024]).unwrap();
    drop(archive);
    assert!(import.wait().unwrap().success());
}

#[test]
fn an_image_that_is_nowhere_is_an_error_only_where_it_is_forced() {
    // A registry of this machine, where nothing listens: no name has to be found, nothing waited for.
    let nowhere = || Image::Named("127.0.0.1:9/no/redis:0".to_owned());
    let forced = RedisServer::start_on(Way::Container(nowhere())).unwrap_err();
    assert!(
        forced.is_demanded() && forced.to_string().contains("images/make-redis-image.sh"),
        "{forced}"
    );
    let Some(server) = crate::available(RedisServer::start_on(Way::Any(nowhere()))) else {
        return;
    };
    assert!(server.process_id().is_some(), "{}", server.place());
}
