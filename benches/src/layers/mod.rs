//! `layers`: what a decorator costs, over a store that does nothing, over moka and over Redis.
//!
//! Measured is the erased stack itself, below the facade: `AnyBackend::new(backend)` against `AnyBackend::new` of the layered
//! backend. A facade with its feature `metrics` wraps every backend by itself, so no stack of a facade in this program is
//! without; and on a hit the feature changes nothing but which of these two is what the facade asks. So the difference is
//! that of the whole facade, and the ratio is larger than the facade's own, which divides by more: a budget that is kept
//! here is kept there.
//!
//! Within this process a hit is timed in a loop of its own, as in `hits`, and counted by callgrind, as in `cost`. On Redis
//! the two stacks take turns, as in `redis`; there is no count there, since how often a connection is polled is chance.

mod hit;
mod lines;
mod noop;
mod on_redis;
mod stacks;

use std::sync::Arc;

use self::hit::{PLACES, Place};
use self::lines::{Line, add_extras, limit_ratio, most_on, ratio_name};
use self::on_redis::OnRedis;
use self::stacks::STACKS;
use crate::cost::{self, Locked, PerHit};
use crate::on_redis::Server;
use crate::pairs::{self, Cost, Duel, Operation, Ratio, Scene, Stock, add_ratio};
use crate::pilot::Pilot;
use crate::report::{Limit, Report};
use crate::workload::{TEXT_BYTES, Workload};
use crate::{Result, rounds, shift};

pub(crate) use self::hit::make;

/// How many keys each store holds.
const KEYS: usize = cost::KEYS;

/// After so many rounds on Redis nobody waits any longer for a narrow interval.
const MOST_ROUNDS: usize = 401;

/// Measures every stack over every store; the flag says whether all of it is within its limits.
///
/// # Errors
/// If a store cannot be opened, a hit does not find the right value, or callgrind or objdump cannot be run.
pub(crate) fn run(rounds: usize) -> Result<(Report<Line>, bool)> {
    let mut report = Report::new("layers", rounds);
    let mut locked = Locked::default();
    for place in &PLACES {
        eprintln!("{}", place.name);
        in_process(&mut report, place, rounds, &mut locked)?;
    }
    eprintln!("redis");
    over_redis(&mut report, rounds)?;
    let holds = report.limits.values().all(|limit: &Limit| limit.holds);
    Ok((report, holds))
}

/// Times and counts the stacks over a store of this process.
fn in_process(
    report: &mut Report<Line>,
    place: &Place,
    rounds: usize,
    locked: &mut Locked,
) -> Result {
    let workload = Workload::new(KEYS, TEXT_BYTES);
    let runtime = shift::runtime()?;
    let names = STACKS.iter().map(|stack| place.name_of(stack));
    let field = names
        .map(|name| make(&name, &workload, &runtime).ok_or("a stack that stands in the table")?)
        .collect::<Result<Vec<_>>>()?;
    let costs = rounds::run(&field, &workload.draws(), 1, rounds)?;
    let mut bare: Option<(Vec<f64>, PerHit)> = None;
    for (stack, costs) in STACKS.iter().zip(&costs) {
        let nanos: Vec<f64> = costs.iter().map(|cost| cost.cpu).collect();
        let hit = cost::of_a_hit(&place.name_of(stack), locked)?;
        let line = Line::new(place.name_of(stack), KEYS, &nanos, Some(hit));
        report.contenders.push(line);
        match &bare {
            None => bare = Some((nanos, hit)),
            Some((bare_nanos, bare_hit)) => {
                let ratio = Ratio::of(&nanos, bare_nanos);
                let name = ratio_name(place.name, stack, &STACKS[0]);
                limit_ratio(report, &name, ratio, most_on(place.name, stack));
                add_ratio(report, name, ratio);
                add_extras(report, place.name, stack, hit, *bare_hit);
            }
        }
    }
    Ok(())
}

/// Times each stack on a Redis server, in turns with the bare backend.
fn over_redis(report: &mut Report<Line>, rounds: usize) -> Result {
    let [none, layered @ ..] = &STACKS;
    let server = Server::start()?;
    let runtime = pairs::runtime()?;
    let stock = Arc::new(Stock::<Pilot>::new());
    let scene = Scene {
        operation: Operation::Get,
        tasks: 1,
    };
    for stack in layered {
        let duel = Duel {
            runtime: &runtime,
            stock: &stock,
            ours: &OnRedis::new(stack, &server)?,
            raw: &OnRedis::new(none, &server)?,
        };
        duel.fill()?;
        let outcome = duel.play(scene, &(rounds..MOST_ROUNDS.max(rounds)))?;
        let nanos = |costs: &[Cost]| costs.iter().map(|cost| cost.wall).collect::<Vec<f64>>();
        for (stack, costs) in [(none, &outcome.raw), (stack, &outcome.ours)] {
            let name = format!("redis_{}", stack.name);
            let line = Line::new(name, KEYS, &nanos(costs), None);
            report.contenders.push(line);
        }
        let (time, name) = (outcome.time(), ratio_name("redis", stack, none));
        limit_ratio(report, &name, time, most_on("redis", stack));
        add_ratio(report, format!("cpu:{name}"), outcome.cpu());
        add_ratio(report, name, time);
    }
    Ok(())
}
