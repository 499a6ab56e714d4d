//! `cachectl replay`: real kills, looked up entity by entity through the cache, against a prediction of our own.

mod clock;
mod input;
mod memory;
mod predict;
mod report;
mod run;
mod serve;
mod table;
mod tally;
mod upstream;
mod witness;

use std::sync::Arc;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Clock, SystemClock};
use eve::cache::EveCache;

use crate::args::{Replay, Time};
use crate::fault::Fault;

use self::clock::RecordedClock;
use self::predict::Predictor;
use self::report::Report;
use self::run::Run;
use self::serve::Serving;
use self::upstream::Upstream;
use self::witness::Witness;

/// Runs the job.
pub(crate) async fn run(arguments: &Replay) -> Result<(), Fault> {
    let sources = input::sources(arguments)?;
    let config = CacheConfig::from_url(&arguments.cache)
        .map_err(|error| Fault::new("--cache").because(error))?;
    let upstream = Upstream::start(arguments, &sources).await?;
    let recorded = Arc::new(RecordedClock::default());
    let clock: Arc<dyn Clock> = match arguments.time {
        Time::Recorded => Arc::clone(&recorded) as Arc<dyn Clock>,
        Time::Wall => Arc::new(SystemClock::new()),
    };
    let witness = Arc::new(Witness::default());
    let predictor = Predictor::new(&config, Arc::clone(&clock));
    let builder = Cache::builder()
        .config(config)
        .clock(clock)
        .observer(Arc::clone(&witness) as Arc<_>);
    let cache = EveCache::register(builder, upstream.client())
        .build()
        .map_err(|error| Fault::new("cannot build the cache").because(error))?;
    let job = Run {
        arguments,
        cache: &cache,
        eve: EveCache::open(&cache)
            .map_err(|error| Fault::new("cannot open the domains").because(error))?,
        recorded: (arguments.time == Time::Recorded).then_some(recorded),
        witness,
        upstream: &upstream,
    };
    let serving = match arguments.serve {
        Some(address) => Some(Serving::start(address, &cache).await?),
        None => None,
    };
    let outcome = job.all(&sources, predictor).await;
    let verdict = outcome.and_then(|report| {
        print(&report, arguments.json);
        report.verdict()
    });
    if let Some(serving) = serving {
        serving.until_interrupted().await?;
    }
    cache
        .close()
        .await
        .map_err(|error| Fault::new("cannot close the cache").because(error))?;
    upstream.close().await;
    verdict
}

fn print(report: &Report, as_json: bool) {
    if as_json {
        println!("{}", report.to_json());
    } else {
        println!("{}", table::render(report));
    }
}
