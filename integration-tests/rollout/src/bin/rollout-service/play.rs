//! A play: passes over the kills, beside which commands are obeyed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use rollout_tests::report::Answer;
use tokio::time::Instant;

use crate::service::Service;
use crate::{Outcome, tell};

/// When a play ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After so many passes.
    Passes(u64),
    /// With the next kill after so long.
    After(Duration),
    /// When it is stopped.
    Stopped,
}

impl Until {
    fn is_reached(self, passes: u64, began: Instant) -> bool {
        match self {
            Self::Passes(number) => passes >= number,
            Self::After(time) => began.elapsed() >= time,
            Self::Stopped => false,
        }
    }
}

/// At most one play at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Play(Arc<State>);

#[derive(Debug, Default)]
struct State {
    runs: AtomicBool,
    is_stopped: AtomicBool,
}

impl Play {
    /// Starts a play in a task of its own.
    pub(crate) fn start(&self, service: &Arc<Service>, until: Until) -> Outcome<Option<Answer>> {
        if self.0.runs.swap(true, SeqCst) {
            return Err("a play is under way".into());
        }
        self.0.is_stopped.store(false, SeqCst);
        let (play, service) = (self.clone(), Arc::clone(service));
        tokio::spawn(async move {
            let played = play.run(&service, until).await;
            play.0.runs.store(false, SeqCst);
            let answer = match played {
                Ok(()) => Answer::Played(service.report()),
                Err(why) => Answer::Failed(why.to_string()),
            };
            // Nobody reads it: the service is about to end.
            let _ = tell(&answer);
        });
        Ok(None)
    }

    /// Ends it with its next kill.
    pub(crate) fn stop(&self) {
        self.0.is_stopped.store(true, SeqCst);
    }

    async fn run(&self, service: &Service, until: Until) -> Outcome {
        let (began, mut passes) = (Instant::now(), 0);
        loop {
            for kill in service.pass() {
                if self.0.is_stopped.load(SeqCst) || until.is_reached(passes, began) {
                    return Ok(());
                }
                service.play(kill).await?;
            }
            passes += 1;
            service.passes.fetch_add(1, SeqCst);
            tell(&Answer::Pass(service.report()))?;
        }
    }
}
