//! The process that tests of sled kill, hold against, and count panics of.
//!
//! `write PATH ROUND SEED` runs a script and tells each flush; `check PATH` tells what can be read; `hold PATH` opens the
//! directory until its input ends.

use std::io::{self, Read, Write};

use backend_sled::SledBackend;
use cache_core::{Backend, Condition, Found, Payload, Scope};
use integration_tests::sled_script::{self, IDS, Script, Step};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["write", path, round, seed] => {
            let script = Script {
                round: round.parse()?,
                seed: seed.parse()?,
            };
            write(path, script).await
        }
        ["check", path] => check(path).await,
        ["hold", path] => hold(path).await,
        _ => Err("accepted: write PATH ROUND SEED, check PATH, hold PATH".into()),
    }
}

fn open(path: &str) -> Outcome<SledBackend> {
    let backend = SledBackend::builder()
        .path(path)
        .page_cache_bytes(16 << 20)
        // Its own flushes run into those of the script.
        .flush_interval(std::time::Duration::from_millis(10))
        .build()?;
    match backend.quarantined() {
        Some(_) => tell("quarantined")?,
        None => tell("open")?,
    }
    Ok(backend)
}

fn tell(line: &str) -> Outcome {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Goes on until it is killed.
async fn write(path: &str, script: Script) -> Outcome {
    let backend = open(path)?;
    for number in 0_u64.. {
        let (id, step) = script.step(number);
        let key = sled_script::key(id)?;
        match step {
            Step::Put(version) => {
                let entry = sled_script::entry(id, version);
                backend.put(key.as_key(), entry, Condition::Always).await?;
            }
            Step::Remove => {
                backend.remove(key.as_key(), None).await?;
            }
        }
        if script.flushes_after(number) {
            backend.flush().await?;
            tell(&format!("flushed {number}"))?;
        }
    }
    Ok(())
}

async fn check(path: &str) -> Outcome {
    let backend = open(path)?;
    let mut readable = 0;
    for id in 0..IDS {
        let key = sled_script::key(id)?;
        match backend.get(key.as_key()).await? {
            Found::Absent => {}
            Found::Entry(entry) => {
                readable += 1;
                let version = match &entry.payload {
                    Payload::Encoded(bytes) => sled_script::version_of(id, bytes),
                    _ => None,
                };
                match version {
                    Some(version) => tell(&format!("entry {id} {version}"))?,
                    None => tell(&format!("garbage {id}"))?,
                }
            }
            _ => tell(&format!("unreadable {id}"))?,
        }
    }
    let stats = backend.stats().await?;
    let counted = backend.count(Scope::namespace("crash")).await?;
    if stats.entries != Some(readable) || counted != readable {
        tell(&format!("miscounted {readable} {counted} {stats:?}"))?;
    }
    backend.close().await?;
    tell("done")
}

async fn hold(path: &str) -> Outcome {
    let backend = open(path)?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(backend.close().await?)
}
