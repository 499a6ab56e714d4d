//! `replay --serve`: what the cache does is read over HTTP while the command runs, and until it is interrupted.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test asserts"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The command, which ends with its guard.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(address: &str) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachectl"));
    command.args(["replay", "--json", "--serve", address]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Serving(command.spawn().unwrap())
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Look-ups, by what the metrics say.
fn lookups(metrics: &str) -> u64 {
    let series = metrics.lines();
    let series = series.filter(|line| line.starts_with("cache_requests_total{"));
    let counts = series.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>());
    counts.map(Result::unwrap).sum()
}

#[test]
fn a_replay_is_seen_over_http_until_it_is_interrupted() {
    let mut serving = serve("127.0.0.1:0");
    let told = BufReader::new(serving.0.stderr.take().unwrap()).lines();
    let mut told = told.map(Result::unwrap);
    let line = told
        .find(|line| line.starts_with("serving http://"))
        .unwrap();
    let address = line.split('/').nth(2).unwrap();
    let under_way = lookups(&get(address, "/metrics"));
    let mut report = String::new();
    let mut output = BufReader::new(serving.0.stdout.take().unwrap());
    output.read_line(&mut report).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["independent_count_matches"], true);
    let all = report["lookups"].as_u64().unwrap();
    assert!(under_way < all, "{under_way} of {all}");
    assert_eq!(lookups(&get(address, "/metrics")), all);
    assert!(get(address, "/readyz").starts_with("HTTP/1.1 200"));
    let id = serving.0.id().to_string();
    let interrupted = Command::new("kill").args(["-INT", &id]).status();
    assert!(interrupted.unwrap().success());
    assert!(serving.0.wait().unwrap().success());
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut serving = serve(&address);
    assert!(!serving.0.wait().unwrap().success());
    let mut told = String::new();
    serving
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert!(
        told.contains(&format!("--serve: cannot listen on {address}")),
        "{told}"
    );
}
