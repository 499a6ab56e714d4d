//! `cachectl version migrate --from-legacy`: what an application kept in Redis by hand becomes entries of its domains.
//!
//! An old key is to an id what the upstream is to a load: it is read after a lease was put in the new place, and what was read
//! is stored over that lease alone. So nothing that the release has by itself is overwritten, and a change that the release
//! makes meanwhile keeps the old value out, as it does with any load that began before it.

mod args;
mod mapping;
mod pattern;

mod route;

mod mover;
mod old;
mod place;
mod value;

mod walk;

mod report;
mod tally;

use std::path::Path;

use cache_core::Layer;
use cache_facade::VersionedLayer;
use tokio::time::Instant;

pub(crate) use self::args::Migrate;
use self::mapping::Mapping;
use self::mover::{Mode, Mover};
use self::report::Report;
use self::route::Route;
use self::tally::Counts;
use crate::fault::Fault;
use crate::inspect::{Answer, Out, Store, no_answer, settings, tell};

pub(crate) async fn run(arguments: &Migrate, mapping: &Path) -> Result<Answer, Fault> {
    let mapping = Mapping::read(mapping)?;
    let store = Store::open(&arguments.place)?;
    let mut out = Out::new();
    let answer = migrate(arguments, mapping, &store, &mut out).await;
    let written = out.finish();
    let closed = store.close().await;
    let answer = answer?;
    let is_done = !arguments.dry_run && answer == Answer::Done;
    let shown = out.shown(written, is_done);
    shown.and(closed).map(|()| answer)
}

async fn migrate(
    arguments: &Migrate,
    mapping: Mapping,
    store: &Store,
    out: &mut Out,
) -> Result<Answer, Fault> {
    let began = Instant::now();
    let foreign = settings(&arguments.place)?.open_foreign();
    let foreign = foreign.map_err(|error| Fault::of("--cache", error))?;
    let release = mapping.release.clone();
    let routes = Route::all(mapping, &store.backend).await?;
    let layer = VersionedLayer::new(release.as_str(), store.judge.clone());
    let mut mover = Mover::new(
        &routes,
        &foreign,
        layer.layer(store.backend.clone()),
        store.judge.clone(),
        Mode::of(arguments),
    );
    mover.enter().await;
    walk::all(&mut mover, arguments.rate).await;
    let (counts, trouble) = mover.end();
    let report = Report {
        is_dry: arguments.dry_run,
        release,
        took: began.elapsed(),
        rows: routes.iter().zip(&counts).collect(),
    };
    // The report is of use also where the work was broken off; who does not read it misses nothing else.
    let written = report.write(arguments.place.json, out);
    if let Some(error) = trouble {
        // A right that is missing shows here as well, when work has been done already.
        return Err(no_answer(error).by_the_store());
    }
    out.shown(written, !arguments.dry_run)?;
    Ok(verdict(&Counts::sum(&counts)))
}

/// Says what was left.
fn verdict(total: &Counts) -> Answer {
    match total.left() {
        Some(left) => {
            tell(&format!("not all was taken over: {left}"));
            Answer::NotFound
        }
        None => Answer::Done,
    }
}
