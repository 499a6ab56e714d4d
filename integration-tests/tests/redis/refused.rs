//! Whom a server turns away is told why, and no secret is in it.

use std::time::Duration;

use backend_redis::{RedisBackend, RedisBuilder, Secret, TlsConfig};
use cache_core::{
    Backend, CodecKind, Condition, Entry, Epoch, Error, ErrorKind, Judge, Key, Lifetime, Meta,
    Space, Ttl,
};
use integration_tests::RedisTls;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::tls::certificates;

const PASSWORD: &str = "hunter2";

struct Refusals(RedisTls);

impl Refusals {
    fn new() -> Self {
        match RedisTls::start("mine:*") {
            Ok(server) => Self(server),
            Err(why) => panic!("{why}"),
        }
    }

    fn builder(&self) -> RedisBuilder {
        RedisBackend::builder()
            .server(self.0.host(), self.0.port())
            .user(RedisTls::USER, Secret::new(self.0.password()))
            .tls(certificates(&self.0))
            .deadline(Duration::from_secs(5))
    }

    /// Asks twice: the second answer comes while the first failure is remembered, and is the same.
    async fn error(&self, builder: RedisBuilder, namespace: &str) -> Error {
        let backend = builder.build().unwrap();
        let first = put(&backend, namespace).await.unwrap_err();
        let second = put(&backend, namespace).await.unwrap_err();
        assert_eq!(
            (first.kind(), first.to_string()),
            (second.kind(), second.to_string())
        );
        let shown = format!("{first} {first:?} {backend:?}");
        for secret in [PASSWORD, self.0.password(), "30000142"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        first
    }
}

async fn put(backend: &RedisBackend, namespace: &str) -> cache_core::Result<()> {
    let judge = Judge::default();
    let space = Space::new(namespace, "system", 1)?;
    let key = Key::new(&space, Epoch::UNVERSIONED, b"30000142")?;
    let now = judge.clock().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(60)), Duration::ZERO);
    let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, "1".into());
    backend.put(key, entry, Condition::Always).await.map(drop)
}

fn says(error: &Error, words: &str) {
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn who_has_everything_is_let_in() {
    let refusals = Refusals::new();
    let backend = refusals.builder().build().unwrap();
    put(&backend, "mine").await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_certificate() {
    let refusals = Refusals::new();
    let mut tls = TlsConfig::default();
    tls.ca = Some(refusals.0.ca());
    let error = refusals.error(refusals.builder().tls(tls), "mine").await;
    says(&error, "asks for a client's certificate");
}

#[tokio::test]
async fn a_client_whose_certificate_is_not_trusted() {
    let refusals = Refusals::new();
    let mut tls = certificates(&refusals.0);
    tls.certificate = Some(refusals.0.wrong_client_certificate());
    tls.key = Some(refusals.0.wrong_client_key());
    let error = refusals.error(refusals.builder().tls(tls), "mine").await;
    says(&error, "does not accept the client's `certificate`");
}

#[tokio::test]
async fn a_server_whose_authority_is_not_trusted() {
    let refusals = Refusals::new();
    let mut tls = certificates(&refusals.0);
    tls.ca = Some(refusals.0.wrong_ca());
    let error = refusals.error(refusals.builder().tls(tls), "mine").await;
    says(&error, "the server's certificate of TLS is not trusted");
}

#[tokio::test]
async fn a_server_with_a_certificate_for_another_host() {
    let refusals = Refusals::new();
    // The same server by an address that its certificate does not have.
    let way = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let (address, port) = (way.local_addr().unwrap(), refusals.0.port());
    let forward = tokio::spawn(async move {
        while let Ok((mut client, _)) = way.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    let builder = refusals
        .builder()
        .server(address.ip().to_string(), address.port());
    let error = refusals.error(builder, "mine").await;
    says(&error, "another host");
    forward.abort();
}

#[tokio::test]
async fn a_wrong_password() {
    let refusals = Refusals::new();
    let builder = refusals
        .builder()
        .user(RedisTls::USER, Secret::new(PASSWORD));
    let error = refusals.error(builder, "mine").await;
    says(&error, "refused `username` and `password`");
}

#[tokio::test]
async fn a_user_without_the_key_pattern() {
    let refusals = Refusals::new();
    let error = refusals.error(refusals.builder(), "other").await;
    says(&error, "may not run this command, or not on this key");
}

#[tokio::test]
async fn a_client_that_does_not_encrypt() {
    let refusals = Refusals::new();
    let plain = RedisBackend::builder()
        .server(refusals.0.host(), refusals.0.port())
        .deadline(Duration::from_secs(5));
    let error = refusals.error(plain, "mine").await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[test]
fn files_that_are_missing_or_no_certificates() {
    let refusals = Refusals::new();
    let password = refusals.0.ca().with_file_name("not-a.pem");
    std::fs::write(&password, PASSWORD).unwrap();
    for (ca, words) in [
        (
            refusals.0.ca().with_file_name("missing.pem"),
            "cannot be read",
        ),
        (password, "accepted: PEM"),
    ] {
        let mut tls = certificates(&refusals.0);
        tls.ca = Some(ca);
        let error = refusals.builder().tls(tls).build().unwrap_err();
        says(&error, words);
        says(&error, "`ca`");
        assert!(!format!("{error} {error:?}").contains(PASSWORD));
    }
}
