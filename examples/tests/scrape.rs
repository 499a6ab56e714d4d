//! A real Prometheus scrapes the example service under load.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test asserts, in the time of other processes"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_facade::metrics::{Form, METRICS};
use serde_json::Value;
use tokio::task::JoinSet;

/// A metric has to be seen outside this long after what it tells of.
const SEEN_WITHIN: Duration = Duration::from_secs(5);
/// How long a process may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the service has nothing to tell of: its store is in process memory.
const NOT_HERE: [&str; 5] = [
    "cache_server_keys",
    "cache_server_memory_bytes",
    "cache_server_max_memory_bytes",
    "cache_server_evicted_keys",
    "cache_server_expired_keys",
];

/// A process that ends with its guard.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The example, as it was built with this test.
fn service() -> (Process, SocketAddr) {
    let test = std::env::current_exe().unwrap();
    let program: PathBuf = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/axum_service");
    let mut command = Command::new(program);
    let mut child = command
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();
    (Process(child), address.parse().unwrap())
}

/// Prometheus, scraping the service each second; `None` where it is not installed.
fn prometheus(directory: &std::path::Path, target: SocketAddr) -> Option<(Process, SocketAddr)> {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let file = directory.join("prometheus.yml");
    let scrape = format!("{{ job_name: service, static_configs: [{{ targets: ['{target}'] }}] }}");
    let text = format!("global: {{ scrape_interval: 1s }}\nscrape_configs: [{scrape}]\n");
    fs::write(&file, text).unwrap();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            directory.join("data").display()
        ))
        .arg(format!("--web.listen-address={address}"))
        .stderr(fs::File::create(directory.join("log")).unwrap())
        .spawn();
    match child {
        Ok(child) => Some((Process(child), address)),
        Err(why) if std::env::var_os("CI").is_some() => {
            panic!("`prometheus` cannot be started ({why}): apt-get install prometheus")
        }
        Err(why) => {
            eprintln!("SKIPPED: `prometheus` cannot be started ({why})");
            None
        }
    }
}

async fn get(url: &str) -> Option<String> {
    let answer = reqwest::get(url).await.ok()?.error_for_status().ok()?;
    answer.text().await.ok()
}

/// What Prometheus answers to a question.
async fn ask(prometheus: SocketAddr, path: &str) -> Value {
    let text = get(&format!("http://{prometheus}/api/v1/{path}"))
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer.get("data").unwrap().clone()
}

async fn until(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

/// Asks for ever, for ids below a bound; 0 is known to be absent.
struct Load {
    below: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    fn on(service: SocketAddr, below: u64) -> Self {
        let (below, stop) = (
            Arc::new(AtomicU64::new(below)),
            Arc::new(AtomicBool::new(false)),
        );
        let mut tasks = JoinSet::new();
        for first in 0..4_u64 {
            let (below, stop) = (Arc::clone(&below), Arc::clone(&stop));
            tasks.spawn(async move {
                let client = reqwest::Client::new();
                let mut id = first;
                while !stop.load(Ordering::Relaxed) {
                    id = (id + 1) % below.load(Ordering::Relaxed);
                    let answer = client.get(format!("http://{service}/systems/{id}"));
                    answer.send().await.unwrap();
                }
            });
        }
        Self { below, stop, tasks }
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

fn expected() -> BTreeSet<String> {
    let here = METRICS
        .iter()
        .filter(|metric| !NOT_HERE.contains(&metric.name));
    let names = here.flat_map(|metric| {
        match metric.form {
            Form::Histogram => vec!["_bucket", "_sum", "_count"],
            Form::Counter | Form::Gauge => vec![""],
        }
        .into_iter()
        .map(|end| format!("{}{end}", metric.name))
    });
    names.collect()
}

/// The operations of a backend, and the reads that are answered at once.
const OPS: usize = 17;

/// The series of the cache, but for which operation of the store they are about: a rare one may be met late.
async fn series(prometheus: SocketAddr) -> BTreeSet<String> {
    let found = ask(prometheus, "series?match[]=%7Bcache!=%22%22%7D").await;
    let mut ops = BTreeSet::new();
    let series = found.as_array().unwrap().iter().map(|labels| {
        let mut labels = labels.as_object().unwrap().clone();
        ops.extend(labels.remove("op").map(|op| op.to_string()));
        Value::from(labels).to_string()
    });
    let series = series.collect();
    assert!(ops.len() <= OPS, "{ops:?}");
    series
}

/// The series once so many ids are held.
async fn series_at(load: &Load, prometheus: SocketAddr, ids: u32) -> BTreeSet<String> {
    load.below.store(u64::from(ids), Ordering::Relaxed);
    until("the ids were looked up", PATIENCE, async || {
        counted(prometheus, "cache_entries").await >= f64::from(ids)
    })
    .await;
    series(prometheus).await
}

async fn counted(prometheus: SocketAddr, query: &str) -> f64 {
    let found = ask(prometheus, &format!("query?query={query}")).await;
    let value = found.pointer("/result/0/value/1");
    value
        .and_then(Value::as_str)
        .map_or(0.0, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_sees_every_metric_within_5_seconds_and_no_label_grows_with_keys() {
    // The client is built with TLS where another crate of the workspace wants it so; then it asks for this.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let (_service, service) = service();
    let Some((_prometheus, prometheus)) = prometheus(directory.path(), service) else {
        return;
    };
    until("Prometheus is ready", PATIENCE, async || {
        get(&format!("http://{prometheus}/-/ready")).await.is_some()
    })
    .await;
    until("the service is scraped", PATIENCE, async || {
        counted(prometheus, "up").await > 0.5
    })
    .await;
    let load = Load::on(service, 50);
    let expected = expected();
    let took = until("every metric is there", SEEN_WITHIN, async || {
        let names = ask(prometheus, "label/__name__/values").await;
        let names: BTreeSet<_> = names
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        expected.is_subset(&names) && counted(prometheus, "sum(cache_requests_total)").await > 0.0
    })
    .await;
    println!(
        "{} names seen {took:?} after the first request",
        expected.len()
    );
    let few = series_at(&load, prometheus, 1_000).await;
    let many = series_at(&load, prometheus, 4_000).await;
    let grown: Vec<_> = many.difference(&few).collect();
    assert!(
        grown.is_empty(),
        "series that came with 3,000 more ids: {grown:?}"
    );
    println!("{} series, with 1,000 ids and with 4,000", many.len());
    load.end().await;
}
