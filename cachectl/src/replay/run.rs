//! The replay itself: kill by kill, look-up by look-up, each predicted before it is asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_facade::{Cache, ErrorKind};
use eve::cache::EveCache;
use eve::killmail::{Entity, KillmailRecord, entities};
use futures_util::{StreamExt, stream};

use super::clock::RecordedClock;
use super::input::Source;
use super::memory::rss_mib;
use super::predict::Predictor;
use super::report::{FileReport, Report};
use super::tally::Tally;
use super::upstream::Upstream;
use super::witness::{Outcome, Witness};
use crate::args::Replay;
use crate::fault::Fault;
use crate::progress::Progress;

/// After this many loads in a row that failed, the upstream is taken to be down.
const GIVE_UP_AFTER: u64 = 20;

/// How many damaged lines are named one by one.
const NAMED_LINES: u64 = 10;

/// A replay under way.
pub(crate) struct Run<'a> {
    pub(crate) arguments: &'a Replay,
    pub(crate) cache: &'a Cache,
    pub(crate) eve: EveCache,
    pub(crate) recorded: Option<Arc<RecordedClock>>,
    pub(crate) witness: Arc<Witness>,
    pub(crate) upstream: &'a Upstream,
}

/// What has been counted so far.
struct Counted {
    total: Tally,
    days: BTreeMap<u64, Tally>,
    predictor: Predictor,
    mismatches: u64,
    loads: u64,
    load_errors: u64,
    errors_in_a_row: u64,
    damaged: u64,
}

/// One look-up, answered.
struct Looked {
    entity: Entity,
    took: Duration,
    answer: Result<bool, cache_facade::Error>,
}

impl Run<'_> {
    /// Replays all sources.
    pub(crate) async fn all(
        &self,
        sources: &[Source],
        predictor: Predictor,
    ) -> Result<Report, Fault> {
        let was_empty = self.is_empty().await?;
        let mut counted = Counted {
            total: Tally::new(),
            days: BTreeMap::new(),
            predictor,
            mismatches: 0,
            loads: 0,
            load_errors: 0,
            errors_in_a_row: 0,
            damaged: 0,
        };
        let progress = Progress::of("kills");
        let started = now();
        let mut files = Vec::new();
        for source in sources {
            progress.file(&source.to_string());
            self.file(source, &mut counted, &progress).await?;
            files.push(FileReport {
                path: source.to_string(),
                rss_mib: rss_mib(),
            });
        }
        let took = started.elapsed();
        drop(progress);
        self.report(counted, files, took, was_empty).await
    }

    async fn is_empty(&self) -> Result<bool, Fault> {
        let count = self.cache.count().await;
        let count =
            count.map_err(|error| Fault::new("the store does not answer").because(error))?;
        Ok(count == 0)
    }

    async fn file(
        &self,
        source: &Source,
        counted: &mut Counted,
        progress: &Progress,
    ) -> Result<(), Fault> {
        let mut damaged = 0_u64;
        for line in source.open()? {
            match line {
                Ok((number, kill)) => match kill.millis() {
                    Ok(millis) => self.kill(&kill, millis, counted).await?,
                    Err(error) => {
                        damaged += 1;
                        warn_of(
                            progress,
                            source,
                            damaged,
                            &format!("line {number} is skipped: {error}"),
                        );
                    }
                },
                Err(error) if error.is_fatal() => {
                    return Err(Fault::new(format!("{source}: cannot be read on")).because(error));
                }
                Err(error) => {
                    damaged += 1;
                    warn_of(
                        progress,
                        source,
                        damaged,
                        &format!("{error}; it is skipped"),
                    );
                }
            }
            progress.add(1);
        }
        counted.damaged += damaged;
        Ok(())
    }

    async fn kill(
        &self,
        kill: &KillmailRecord,
        millis: u64,
        counted: &mut Counted,
    ) -> Result<(), Fault> {
        if let Some(clock) = &self.recorded {
            clock.advance_to(millis);
        }
        let day = millis / 86_400_000;
        counted.total.kills += 1;
        if self.arguments.by_day {
            counted.days.entry(day).or_insert_with(Tally::new).kills += 1;
        }
        for batch in batches(kill, self.arguments.concurrency) {
            let predicted: HashMap<_, _> = batch
                .iter()
                .map(|entity| (*entity, counted.predictor.predict(*entity)))
                .collect();
            let looked: Vec<_> = stream::iter(batch)
                .map(|entity| self.look_up(entity))
                .buffer_unordered(usize::from(self.arguments.concurrency))
                .collect()
                .await;
            let seen = self.witness.take();
            for one in looked {
                counted.note(
                    &one,
                    predicted.get(&one.entity).copied(),
                    seen.get(&one.entity).copied(),
                    day,
                    self.arguments.by_day,
                );
            }
            self.give_up_if_down(counted)?;
        }
        self.cache.settle().await;
        // Hits never wait, and who is served has one thread with them.
        if self.arguments.serve.is_some() {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn look_up(&self, entity: Entity) -> Looked {
        let started = now();
        let id = entity.id();
        let answer = match entity {
            Entity::Character(_) => self
                .eve
                .load_character(id)
                .await
                .map(|value| value.is_some()),
            Entity::Corporation(_) => self
                .eve
                .load_corporation(id)
                .await
                .map(|value| value.is_some()),
            Entity::Alliance(_) => self
                .eve
                .load_alliance(id)
                .await
                .map(|value| value.is_some()),
            Entity::System(_) => self.eve.load_system(id).await.map(|value| value.is_some()),
            Entity::Type(_) => self.eve.load_type(id).await.map(|value| value.is_some()),
        };
        Looked {
            entity,
            took: started.elapsed(),
            answer,
        }
    }

    fn give_up_if_down(&self, counted: &Counted) -> Result<(), Fault> {
        if counted.errors_in_a_row < GIVE_UP_AFTER {
            return Ok(());
        }
        let (url, lookups) = (self.upstream.base_url(), counted.total.lookups());
        Err(Fault::new(format!(
            "the upstream at {url} does not answer: the last {GIVE_UP_AFTER} loads failed, gave up after {lookups} look-ups"
        )))
    }

    async fn report(
        &self,
        counted: Counted,
        files: Vec<FileReport>,
        took: Duration,
        was_empty: bool,
    ) -> Result<Report, Fault> {
        let stats = self
            .cache
            .stats()
            .await
            .map_err(|error| Fault::new("the store does not answer").because(error))?;
        let requests = self.upstream.requests();
        // Retries are requests too: each that failed was sent again, or ended a load that failed.
        let answered = self
            .upstream
            .failed_requests()
            .map(|failed| requests.saturating_sub(failed));
        let loads_match =
            answered.is_none_or(|answered| answered == counted.loads - counted.load_errors);
        let has_kills = counted.total.kills > 0;
        Ok(Report {
            backend: self.cache.backend().name,
            total: counted.total,
            days: self.arguments.by_day.then_some(counted.days),
            took,
            upstream_calls: requests,
            upstream_errors: counted.load_errors,
            evictions: stats.store.evictions,
            damaged_lines: counted.damaged,
            files,
            matches: (was_empty && has_kills).then_some(counted.mismatches == 0 && loads_match),
            mismatches: counted.mismatches,
        })
    }
}

impl Counted {
    fn note(
        &mut self,
        looked: &Looked,
        predicted: Option<Outcome>,
        seen: Option<Outcome>,
        day: u64,
        by_day: bool,
    ) {
        let outcome = seen.unwrap_or(Outcome::Miss);
        if seen.is_none() || predicted != seen {
            self.mismatches += 1;
        }
        let kind = looked.entity.kind();
        self.total.add(kind, outcome, looked.took);
        if by_day {
            self.days
                .entry(day)
                .or_insert_with(Tally::new)
                .add(kind, outcome, looked.took);
        }
        if outcome != Outcome::Miss {
            return;
        }
        self.loads += 1;
        match &looked.answer {
            Ok(exists) => {
                self.errors_in_a_row = 0;
                self.predictor.loaded(looked.entity, *exists);
            }
            Err(error) => {
                self.load_errors += 1;
                // A load that was slow may yet succeed; only an upstream that fails outright counts as down.
                self.errors_in_a_row += u64::from(error.kind() == ErrorKind::Load);
            }
        }
    }
}

/// The look-ups of a kill, in batches of distinct entities. One after the other, or the distinct ones together and then
/// their repeats, so that what is found does not depend on who comes first.
fn batches(kill: &KillmailRecord, concurrency: u16) -> Vec<Vec<Entity>> {
    if concurrency == 1 {
        return entities(kill).map(|entity| vec![entity]).collect();
    }
    let mut seen = HashSet::new();
    let (distinct, repeats): (Vec<_>, Vec<_>) =
        entities(kill).partition(|entity| seen.insert(*entity));
    std::iter::once(distinct)
        .chain(repeats.into_iter().map(|entity| vec![entity]))
        .collect()
}

fn warn_of(progress: &Progress, source: &Source, number: u64, what: &str) {
    if number <= NAMED_LINES {
        progress.warn(&format!("cachectl: {source}: {what}"));
    } else if number == NAMED_LINES + 1 {
        progress.warn(&format!(
            "cachectl: {source}: more damaged lines follow; they are counted"
        ));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a look-up takes is what is measured"
)]
fn now() -> Instant {
    Instant::now()
}
