//! The service: `rollout-service URL NAMESPACE LOOKUPS FROM`, told what to do by the lines of its input.
//!
//! `LOOKUPS` is a file with a line for each kill; `FROM` is the number of the kill that every pass begins with. The answers are
//! lines of JSON, [`Answer`]. The commands:
//!
//! | command | answer |
//! |---|---|
//! | `play passes NUMBER`, `play seconds NUMBER`, `play on` | `pass` after each whole pass, `played` at the end |
//! | `stop` | none of its own; a play ends with the next kill |
//! | `report` | `report` |
//! | `read LOOKUP` | `read`, by a loader on a miss |
//! | `put LOOKUP EDITION`, `invalidate LOOKUP` | `done` |
//! | `upstream LOOKUP EDITION` | `done`; from now on loaders return this edition |
//! | `demand LOOKUP EDITION` | `done`; from now on an older answer counts as old |
//! | `exit`, or the end of the input | none; the process ends |
//!
//! What goes wrong is answered by `failed` and why.

mod play;
mod service;
mod shelf;
mod upstream;

use std::env;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rollout_tests::lookup::Lookup;
use rollout_tests::report::Answer;
use tokio::sync::mpsc;

use crate::play::{Play, Until};
use crate::service::Service;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let [url, namespace, lookups, from] = words.as_slice() else {
        eprintln!("rollout-service URL NAMESPACE LOOKUPS FROM");
        return ExitCode::FAILURE;
    };
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(url, namespace, lookups, from)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(url: &str, namespace: &str, lookups: &str, from: &str) -> Outcome {
    let kills = std::fs::read_to_string(lookups)?;
    let kills: Option<Vec<_>> = kills.lines().map(Lookup::parse_line).collect();
    let kills = kills.filter(|kills| !kills.is_empty());
    let kills = kills.ok_or("LOOKUPS: accepted are lines such as `character:1 system:2`")?;
    let service = Service::new(url, namespace, kills, from.parse()?)?;
    service.enter().await?;
    tell(&Answer::Ready(service.report()))?;
    let (service, play) = (Arc::new(service), Play::default());
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let words: Vec<&str> = line.split(' ').collect();
        if words == ["exit"] {
            break;
        }
        match obey(&service, &play, &words).await {
            Ok(Some(answer)) => tell(&answer)?,
            Ok(None) => {}
            Err(why) => tell(&Answer::Failed(why.to_string()))?,
        }
    }
    play.stop();
    service.close().await
}

async fn obey(service: &Arc<Service>, play: &Play, words: &[&str]) -> Outcome<Option<Answer>> {
    match *words {
        ["play", "passes", number] => {
            return play.start(service, Until::Passes(number.parse()?));
        }
        ["play", "seconds", number] => {
            let time = Duration::from_secs(number.parse()?);
            return play.start(service, Until::After(time));
        }
        ["play", "on"] => return play.start(service, Until::Stopped),
        ["stop"] => {
            play.stop();
            return Ok(None);
        }
        ["report"] => return Ok(Some(Answer::Report(service.report()))),
        ["read", text] => return service.read(lookup(text)?).await.map(Some),
        ["put", text, edition] => service.put(lookup(text)?, edition.parse()?).await?,
        ["invalidate", text] => service.invalidate(lookup(text)?).await?,
        ["upstream", text, edition] => {
            service.upstream.change(lookup(text)?, edition.parse()?);
        }
        ["demand", text, edition] => {
            service.upstream.demand(lookup(text)?, edition.parse()?);
        }
        _ => return Err("not a command".into()),
    }
    Ok(Some(Answer::Done))
}

fn lookup(text: &str) -> Outcome<Lookup> {
    Lookup::parse(text).ok_or_else(|| "accepted is a look-up such as `character:1`".into())
}

/// The lines of the input: read by a thread, since a process has no other way to wait for them.
fn lines() -> mpsc::Receiver<String> {
    let (line, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let read = io::stdin().lock().lines().map_while(Result::ok);
        for text in read {
            if line.blocking_send(text).is_err() {
                break;
            }
        }
    });
    lines
}

/// Writes an answer.
fn tell(answer: &Answer) -> Outcome {
    let line = serde_json::to_string(answer)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
