//! Interleaved rounds, in processor time of the thread: what else runs on the machine plays little part.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A name, and what is done once, for the operation of that number.
pub(crate) struct Contender<'a> {
    name: &'static str,
    work: Box<dyn FnMut(usize) + 'a>,
    times: Vec<f64>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: &'static str, work: impl FnMut(usize) + 'a) -> Self {
        Self {
            name,
            work: Box::new(work),
            times: Vec::new(),
        }
    }
}

/// Prints per contender the nanoseconds of an operation (minimum and median of the rounds), and the median of the ratios to
/// the first contender of the same round. A round before the first is not counted.
pub(crate) fn compare(
    title: &str,
    rounds: usize,
    operations: usize,
    mut contenders: Vec<Contender<'_>>,
) {
    for round in 0..=rounds {
        for contender in &mut contenders {
            let before = processor_time();
            (0..operations).for_each(&mut contender.work);
            if round > 0 {
                let time = processor_time() - before;
                contender.times.push(per_operation(time, operations));
            }
        }
    }
    println!("{title}, {rounds} rounds of {operations}");
    let base = contenders.first().map(|first| first.times.clone());
    for Contender { name, times, .. } in contenders {
        let ratios = times.iter().zip(base.iter().flatten());
        let ratio = median(ratios.map(|(own, base)| own / base).collect());
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        println!(
            "  {name:<38} {least:>7.0} {:>7.0} ns   x {ratio:.2}",
            median(times)
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "a measurement")]
fn per_operation(time: Duration, operations: usize) -> f64 {
    time.as_nanos() as f64 / operations as f64
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
