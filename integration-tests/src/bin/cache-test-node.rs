//! A node of its own process, for the tests of what holds between processes: a cache over one Redis server, told what to do
//! by the lines of its input, one command each. `cache-test-node HOST PORT NAMESPACE`
//!
//! | command | answer |
//! |---|---|
//! | `load ID VALUE` | `loading ID` when its loader is called, which then waits for `go`; `loaded ID VALUE` at the end |
//! | `go` | none; every loader that waits goes on |
//! | `read ID VALUE` | `read VALUE`; on a miss by a loader that returns `VALUE` at once |
//! | `get ID` | `found VALUE`, or `nothing` |
//! | `put ID VALUE`, `update ID VALUE`, `invalidate ID`, `expire ID`, `clear` | `done` |
//! | `stats` | `stats LOADS FENCED` |
//! | `exit`, or the end of the input | none; the process ends |
//!
//! What goes wrong is answered by `failed` and why.

use std::env;
use std::error::Error;
use std::io::{BufRead, stdin};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use backend_redis::RedisBackend;
use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, Domain, domain};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Cacheable, Debug, Serialize, Deserialize)]
#[cacheable(domain = "system", ttl = "1h")]
struct System {
    name: String,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let [host, port, namespace] = words.as_slice() else {
        eprintln!("cache-test-node HOST PORT NAMESPACE");
        return ExitCode::FAILURE;
    };
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(host, port, namespace)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(host: &str, port: &str, namespace: &str) -> Outcome<()> {
    let node = Node::new(host, port.parse()?, namespace)?;
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let words: Vec<&str> = line.split(' ').collect();
        if words == ["exit"] {
            break;
        }
        match node.obey(&words).await {
            Ok(Some(answer)) => println!("{answer}"),
            Ok(None) => {}
            Err(why) => println!("failed {why}"),
        }
    }
    Ok(())
}

/// The lines of the input: read by a thread, since a process has no other way to wait for them.
fn lines() -> mpsc::Receiver<String> {
    let (line, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let read = stdin().lock().lines().map_while(Result::ok);
        for text in read {
            if line.blocking_send(text).is_err() {
                break;
            }
        }
    });
    lines
}

struct Node {
    systems: Domain<System>,
    go: Arc<Notify>,
    _cache: Cache,
}

impl Node {
    fn new(host: &str, port: u16, namespace: &str) -> Outcome<Self> {
        let deadline = Duration::from_secs(5);
        let backend = RedisBackend::builder()
            .server(host, port)
            .deadline(deadline)
            .build()?;
        let mut config = CacheConfig::default();
        namespace.clone_into(&mut config.namespace);
        config.deadline = deadline;
        let cache = Cache::builder()
            .config(config)
            .backend(backend)
            .domain(domain::<System>())
            .build()?;
        Ok(Self {
            systems: cache.domain::<System>()?,
            go: Arc::default(),
            _cache: cache,
        })
    }

    async fn obey(&self, words: &[&str]) -> Outcome<Option<String>> {
        match *words {
            ["load", id, value] => {
                self.load(id.to_owned(), value.to_owned());
                return Ok(None);
            }
            ["go"] => {
                self.go.notify_waiters();
                return Ok(None);
            }
            ["read", id, value] => return self.read(id, value).await.map(Some),
            ["get", id] => {
                let found = self.systems.get(id).await?;
                let found = found.map(|system| format!("found {}", system.name));
                return Ok(Some(found.unwrap_or_else(|| "nothing".to_owned())));
            }
            ["stats"] => {
                let stats = self.systems.stats();
                return Ok(Some(format!("stats {} {}", stats.loads, stats.fenced)));
            }
            ["put", id, value] => self.systems.put(id, system(value)).await?,
            ["update", id, value] => {
                let change = |_: Option<&System>| Some(system(value));
                self.systems.update(id, change).await?;
            }
            ["invalidate", id] => drop(self.systems.invalidate(id).await?),
            ["expire", id] => drop(self.systems.expire(id).await?),
            ["clear"] => self.systems.clear().await?,
            _ => return Err("not a command".into()),
        }
        Ok(Some("done".to_owned()))
    }

    /// Starts a load in a task, so that other commands can be obeyed while it stands.
    fn load(&self, id: String, value: String) {
        let (systems, go) = (self.systems.clone(), Arc::clone(&self.go));
        tokio::spawn(async move {
            let called = id.clone();
            let load = move |_| async move {
                // A `go` counts from here on, before the word that the loader runs.
                let gone = go.notified();
                println!("loading {called}");
                gone.await;
                Ok::<_, std::convert::Infallible>(system(&value))
            };
            match systems.get_or_load_with(&*id, load).await {
                Ok(Some(system)) => println!("loaded {id} {}", system.name),
                Ok(None) => println!("failed {id}: nothing"),
                Err(why) => println!("failed {id}: {why}"),
            }
        });
    }

    async fn read(&self, id: &str, value: &str) -> Outcome<String> {
        let loaded = system(value);
        let load = move |_| async move { Ok::<_, std::convert::Infallible>(loaded) };
        let found = self.systems.get_or_load_with(id, load).await?;
        let found = found.ok_or("nothing")?;
        Ok(format!("read {}", found.name))
    }
}

fn system(name: &str) -> System {
    System {
        name: name.to_owned(),
    }
}
