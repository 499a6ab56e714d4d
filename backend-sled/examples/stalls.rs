//! How long a read takes, and how long it holds a thread of the runtime, while writes and flushes go on: for each of the
//! places where reads run, with everything in the page cache, and with little of it.
//!
//! `cargo run --release -p backend-sled --example stalls`; the figures are in `docs/adr/0010-reads-on-sled.md`.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use backend_sled::{Reads, SledBackend};
use cache_core::{
    Backend, Clock, CodecKind, Condition, Entry, Epoch, Found, Lifetime, Meta, OwnedKey, Result,
    Space, SystemClock, Ttl,
};
use tokio::time::Instant;

const ENTRIES: u64 = 50_000;
const VALUE: usize = 1_024;
const READS: usize = 200_000;
const BATCH: usize = 50;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    println!(
        "| page cache | others | reads | call p50 | p99.9 | max | thread held p50 | p99.9 | max |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (cache, bytes) in [("fits", 512 << 20), ("2 % fit", 1 << 20)] {
        for writes in [false, true] {
            for reads in [Reads::Inline, Reads::Offload] {
                let others = if writes { "write and flush" } else { "nobody" };
                let told = run(reads, bytes, writes).await?;
                println!("| {cache} | {others} | {reads:?} | {told} |");
            }
        }
    }
    Ok(())
}

/// One row: fills a directory, reads, and tells the percentiles.
async fn run(reads: Reads, page_cache_bytes: u64, writes: bool) -> Outcome<String> {
    let root = tempfile::tempdir()?;
    let backend = SledBackend::builder()
        .path(root.path())
        .reads(reads)
        .page_cache_bytes(page_cache_bytes)
        .build()?;
    let backend = Arc::new(backend);
    for id in 0..ENTRIES {
        put(&backend, id).await?;
    }
    backend.flush().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let others = if writes {
        vec![
            tokio::spawn(write(Arc::clone(&backend), Arc::clone(&stop))),
            tokio::spawn(flush(Arc::clone(&backend), Arc::clone(&stop))),
        ]
    } else {
        Vec::new()
    };
    let (mut calls, mut held) = (Vec::with_capacity(READS), Vec::with_capacity(READS));
    let mut dice = 1_u64;
    for _ in 0..READS {
        dice = dice.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let (call, thread) = timed(read(&backend, (dice >> 33) % ENTRIES)).await?;
        calls.push(call);
        held.push(thread);
    }
    stop.store(true, Relaxed);
    for other in others {
        other.await??;
    }
    backend.close().await?;
    Ok(format!("{} | {}", percentiles(calls), percentiles(held)))
}

fn key(id: u64) -> Result<OwnedKey> {
    let space = Space::new("stalls", "entry", 1)?;
    OwnedKey::new(space, Epoch(1), id.to_string().into_bytes())
}

async fn put(backend: &SledBackend, id: u64) -> Result<()> {
    let now = SystemClock::new().now();
    let life = Lifetime::starting(now, Ttl::After(Duration::from_secs(3_600)), Duration::ZERO);
    let entry = Entry::encoded(Meta::new(now, life), CodecKind::Json, vec![7; VALUE].into());
    let key = key(id)?;
    backend
        .put(key.as_key(), entry, Condition::Always)
        .await
        .map(|_| ())
}

async fn read(backend: &SledBackend, id: u64) -> Outcome {
    match backend.get(key(id)?.as_key()).await? {
        Found::Entry(_) => Ok(()),
        _ => Err("an entry is missing".into()),
    }
}

/// Runs a future and tells how long it took, and the longest that one poll of it held its thread.
async fn timed(work: impl Future<Output = Outcome>) -> Outcome<(Duration, Duration)> {
    let (mut work, began) = (pin!(work), Instant::now());
    let mut held = Duration::ZERO;
    std::future::poll_fn(|context| {
        let began = Instant::now();
        let polled = work.as_mut().poll(context);
        held = held.max(began.elapsed());
        polled
    })
    .await?;
    Ok((began.elapsed(), held))
}

/// Overwrites, a batch of 50 every 10 ms: 5,000 puts a second.
async fn write(backend: Arc<SledBackend>, stop: Arc<AtomicBool>) -> Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    while !stop.load(Relaxed) {
        pace.tick().await;
        for _ in 0..BATCH {
            put(&backend, NEXT.fetch_add(7, Relaxed) % ENTRIES).await?;
        }
    }
    Ok(())
}

async fn flush(backend: Arc<SledBackend>, stop: Arc<AtomicBool>) -> Result<()> {
    while !stop.load(Relaxed) {
        backend.flush().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The median, 99.9 % and the longest, in microseconds.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a length is below it"
        )]
        let index = (times.len() as f64 * share) as usize;
        let time = times.get(index.min(times.len() - 1)).copied();
        time.unwrap_or_default().as_secs_f64() * 1e6
    };
    format!(
        "{:.1} us | {:.0} us | {:.0} us",
        at(0.5),
        at(0.999),
        at(1.0)
    )
}
