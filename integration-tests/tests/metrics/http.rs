//! What is read over HTTP: a router in a real server.

use cache_facade::config::CacheConfig;
use cache_facade::metrics::{Exporter, Http, Prometheus};
use cache_facade::{Cache, domain};
use integration_tests::RedisServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::script::{Item, item};

/// A service that shows its cache, as long as this lives.
pub(crate) struct Service {
    address: std::net::SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Service {
    pub(crate) async fn of(cache: &Cache, change: impl FnOnce(Http) -> Http) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let http = change(Http::new(Exporter::new(cache.clone()), Prometheus::apart()));
        let serve = axum::serve(listener, http.router()).into_future();
        let task = tokio::spawn(async { serve.await.unwrap() });
        Self { address, task }
    }

    /// Answers status and body.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn open(url: &str) -> Cache {
    let config = CacheConfig::from_url(url).unwrap();
    let cache = Cache::builder().config(config).domain(domain::<Item>());
    cache.build().unwrap()
}

#[tokio::test]
async fn metrics_are_those_of_the_moment() {
    let cache = open("moka:");
    let service = Service::of(&cache, |http| http).await;
    let items = cache.domain::<Item>().unwrap();
    items.put(7, item(7)).await.unwrap();
    for hits in 1..=3 {
        items.get(7).await.unwrap();
        let (status, text) = service.ask("GET", "/metrics").await;
        assert_eq!(status, 200);
        assert!(
            text.contains("content-type: text/plain; version=0.0.4"),
            "{text}"
        );
        let series = r#"cache_requests_total{cache="cache",domain="item",result="fresh"}"#;
        assert!(text.contains(&format!("{series} {hits}\n")), "{text}");
    }
}

#[tokio::test]
async fn a_service_is_ready_until_its_cache_is_closed_and_alive_even_then() {
    let cache = open("moka:");
    let service = Service::of(&cache, |http| http).await;
    let (status, text) = service.ask("GET", "/readyz").await;
    assert_eq!(status, 200);
    assert!(text.ends_with(r#"{"ready":true,"store":"ok"}"#), "{text}");
    cache.close().await.unwrap();
    let (status, text) = service.ask("GET", "/readyz").await;
    assert_eq!(status, 503);
    assert!(
        text.ends_with(r#"{"ready":false,"store":"closed"}"#),
        "{text}"
    );
    assert_eq!(service.ask("GET", "/healthz").await.0, 200);
    assert_eq!(service.ask("GET", "/metrics").await.0, 200);
}

#[tokio::test]
async fn other_routes_and_methods_are_refused() {
    let cache = open("none:");
    let service = Service::of(&cache, |http| http).await;
    assert_eq!(service.ask("GET", "/other").await.0, 404);
    for route in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(service.ask("POST", route).await.0, 405);
    }
}

#[tokio::test]
async fn a_store_that_is_down_makes_a_service_unready_only_where_that_is_asked_for() {
    let server = match RedisServer::local() {
        Ok(server) => server,
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let cache = open(&format!("redis://{}:{}", server.host(), server.port()));
    let tolerant = Service::of(&cache, |http| http).await;
    let strict = Service::of(&cache, |http| http.require_store(true)).await;
    assert_eq!(strict.ask("GET", "/readyz").await.0, 200);
    server.kill().unwrap();
    let (status, text) = tolerant.ask("GET", "/readyz").await;
    assert!(
        status == 200 && text.contains(r#""ready":true,"store":""#),
        "{text}"
    );
    assert!(!text.contains(r#""store":"ok""#), "{text}");
    assert_eq!(strict.ask("GET", "/readyz").await.0, 503);
    // The figures of the cache itself are there; those of the store are not.
    let (status, text) = tolerant.ask("GET", "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        text.contains("cache_open_flights") && !text.contains("cache_server_keys{"),
        "{text}"
    );
}
