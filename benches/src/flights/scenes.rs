//! The scenes: a plain miss, a leader that is dropped while it loads, a loader that panics.

use std::time::{Duration, Instant};

use cache_facade::ErrorKind;

use super::crowd::{Answer, Crowd};
use super::upstream::{ID, Upstream, Way};
use crate::Result;

/// What happens to the load.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scene {
    /// It goes well.
    Miss,
    /// The caller that leads is dropped when all others wait for it.
    CancelledLeader,
    /// It panics when all wait for it. The next one does not.
    PanickingLeader,
}

/// How a scene went.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) loader_calls: u64,
    pub(super) right_answers: bool,
    pub(super) wall: Duration,
}

impl Scene {
    pub(super) const ALL: [Self; 3] = [Self::Miss, Self::CancelledLeader, Self::PanickingLeader];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Miss => "miss",
            Self::CancelledLeader => "cancelled leader",
            Self::PanickingLeader => "panicking leader",
        }
    }

    /// One, whatever happens; but a load that runs in a caller's future goes with it, and the next caller loads again.
    pub(super) const fn expected_calls(self, way: Way) -> u64 {
        match (self, way) {
            (Self::CancelledLeader, Way::Inline) => 2,
            (Self::Miss | Self::CancelledLeader | Self::PanickingLeader, _) => 1,
        }
    }

    /// Plays the scene.
    ///
    /// # Errors
    /// If the cache cannot be built, or the callers do not assemble.
    #[expect(
        clippy::disallowed_methods,
        reason = "measuring time is what this package is for"
    )]
    pub(super) async fn play(self, way: Way, callers: usize) -> Result<Outcome> {
        let began = Instant::now();
        let (loader_calls, right_answers) = match self {
            Self::Miss => miss(way, callers).await?,
            Self::CancelledLeader => cancelled_leader(way, callers).await?,
            Self::PanickingLeader => panicking_leader(way, callers).await?,
        };
        Ok(Outcome {
            loader_calls,
            right_answers,
            wall: began.elapsed(),
        })
    }
}

async fn miss(way: Way, callers: usize) -> Result<(u64, bool)> {
    let mut crowd = Crowd::new(way, Upstream::default())?;
    crowd.gather(callers, callers - 1).await?;
    crowd.upstream.answer();
    let answers = crowd.answers().await?;
    Ok((crowd.upstream.calls(), answers.iter().all(is_pilot)))
}

async fn cancelled_leader(way: Way, callers: usize) -> Result<(u64, bool)> {
    let mut crowd = Crowd::new(way, Upstream::default())?;
    let leader = crowd.lead().await?;
    crowd.gather(callers - 1, callers - 1).await?;
    leader.abort();
    let was_dropped = leader.await.is_err_and(|error| error.is_cancelled());
    crowd.upstream.answer();
    let answers = crowd.answers().await?;
    let right = was_dropped && answers.iter().all(is_pilot);
    Ok((crowd.upstream.calls(), right))
}

async fn panicking_leader(way: Way, callers: usize) -> Result<(u64, bool)> {
    let mut crowd = Crowd::new(way, Upstream::panicking())?;
    crowd.gather(callers, callers - 1).await?;
    crowd.upstream.answer();
    let answers = crowd.answers().await?;
    let calls = crowd.upstream.calls();
    let next = way.ask(&crowd.pilots, &crowd.upstream).await;
    let right = answers.iter().all(is_load_error) && is_pilot(&next);
    Ok((calls, right && crowd.upstream.calls() == calls + 1))
}

fn is_pilot(answer: &Answer) -> bool {
    matches!(answer, Ok(Some(pilot)) if pilot.number == ID)
}

fn is_load_error(answer: &Answer) -> bool {
    matches!(answer, Err(error) if error.kind() == ErrorKind::Load)
}
