//! The suite is proven able to fail: each case passes on the reference and fails on a backend that was broken for it.

#[path = "../common/mod.rs"]
mod common;

mod counting;
mod fault;
mod mutant;
mod reads;
mod scopes;
mod writes;

use std::collections::BTreeSet;
use std::time::Duration;

use cache_core::{Backend, Clock, Entry, Found, Key, PayloadForm, Result, Scope};
use cache_testkit::conformance::{Case, Verdict, cases, run_case};
use cache_testkit::{Env, MemoryBackend, Outcome, Raw, Setup};
use futures_util::TryStreamExt;

use common::Memory;
use fault::{Fault, MUTATIONS};
use mutant::Mutant;

/// Opens mutants of one fault.
struct Broken {
    memory: Memory,
    fault: Fault,
}

impl Broken {
    fn of(fault: Fault, form: PayloadForm) -> Self {
        Self {
            memory: Memory::of(form),
            fault,
        }
    }

    fn mutant(&self, env: &Env) -> Mutant {
        let new = match self.memory.form {
            PayloadForm::Object => MemoryBackend::new,
            PayloadForm::Encoded => MemoryBackend::encoded,
        };
        let mut memory = new(writes::judge(self.fault, &env.clock));
        memory = memory
            .with_max_payload(env.max_payload)
            .on_disk(&self.memory.disk(env));
        if let Some(entries) = env.capacity {
            let entries = if self.fault == Fault::TheLimitIsIgnored {
                u64::MAX
            } else {
                entries
            };
            memory = memory.with_capacity(entries);
        }
        Mutant::new(self.fault, memory, &env.clock, env.max_payload)
    }
}

impl Setup for Broken {
    type Backend = Mutant;

    async fn open(&self, env: &Env) -> Result<Mutant> {
        Ok(self.mutant(env))
    }

    async fn reopen(&self, env: &Env) -> Result<Mutant> {
        let mutant = self.mutant(env);
        if self.fault == Fault::ReopeningRenewsLives {
            renew_lives(&mutant, env).await?;
        }
        Ok(mutant)
    }

    async fn plant(&self, backend: &Mutant, key: Key<'_>, raw: Raw) -> Result<bool> {
        Ok(backend.memory.plant(key, raw))
    }

    /// What a mutant never does needs no long wait.
    fn patience(&self) -> Duration {
        Duration::from_millis(100)
    }
}

async fn renew_lives(mutant: &Mutant, env: &Env) -> Result<()> {
    let scope = Scope::namespace(&env.namespace);
    let pages: Vec<_> = mutant.memory.scan(scope).try_collect().await?;
    for (key, _) in pages.into_iter().flatten() {
        if let Found::Entry(entry) = mutant.memory.get(key.as_key()).await? {
            let meta = reads::renewed(&entry.meta, env.clock.now());
            reads::force(mutant, key.as_key(), Entry { meta, ..entry }).await?;
        }
    }
    Ok(())
}

fn case(name: &str) -> &'static Case {
    let mut all = cases().iter();
    all.find(|case| case.name() == name)
        .unwrap_or_else(|| panic!("there is no case `{name}`"))
}

fn on_mutant(fault: Fault, form: PayloadForm, case: &Case) -> Outcome<Verdict> {
    run_case(Broken::of(fault, form), case)
}

const ALL: &[Fault] = &[
    Fault::Nothing,
    Fault::FreshAtTheInstant,
    Fault::DeadOneMillisecondLate,
    Fault::DeadIsRead,
    Fault::DeadIsListed,
    Fault::StaleIsAMiss,
    Fault::CreatedIsNow,
    Fault::OverwriteKeepsExtensions,
    Fault::OverwriteKeepsTheLife,
    Fault::NegativeIsAMiss,
    Fault::NullIsNegative,
    Fault::EveryClockIsTrusted,
    Fault::TheStoresTimeDecides,
    Fault::ForeignIsAMiss,
    Fault::ReadsTouch,
    Fault::TheClaimIsLost,
    Fault::UnreadableIsDeleted,
    Fault::GetNowIsAlwaysAbsent,
    Fault::GetNowOutlivesClose,
    Fault::HeadShowsLeasesAndDead,
    Fault::BatchesAreReversed,
    Fault::BatchesLoseRepeatedKeys,
    Fault::BatchesFailTogether,
    Fault::AnEmptyBatchIsAsked,
    Fault::LargeBatchesAreShuffled,
    Fault::BatchesStoreAlways,
    Fault::RemoveManyStopsAtAMiss,
    Fault::PutAlwaysIsAbsent,
    Fault::PutAlwaysSparesUnreadable,
    Fault::TooLargeIsStored,
    Fault::TooLargeRemovesTheOld,
    Fault::AnotherStampIsAnswered,
    Fault::AbsentNeverHolds,
    Fault::DeadBlocks,
    Fault::StaleBlocks,
    Fault::ExpiredBlocks,
    Fault::LeasesBlock,
    Fault::TheFutureBlocks,
    Fault::AbsentOverwritesFresh,
    Fault::AbsentOverwritesNegative,
    Fault::UnreadableBlocks,
    Fault::AbsentOverwritesOtherReleases,
    Fault::AbsentIsCheckedBefore,
    Fault::IfNeverHolds,
    Fault::IfHoldsOverAnything,
    Fault::IfHoldsOverNothing,
    Fault::IfHoldsOverUnreadable,
    Fault::IfIsCheckedBefore,
    Fault::RefusalsTellNothing,
    Fault::RetimeTakesTheMarks,
    Fault::RetimeLosesExtensions,
    Fault::RetimeKeepsExpired,
    Fault::RetimeIgnoresTheStamp,
    Fault::RetimeMakesLeases,
    Fault::RetimeNeedsANewStamp,
    Fault::RetimeKeepsDeadAt,
    Fault::RetimeLosesExpired,
    Fault::RetimeSparesLeases,
    Fault::RetimeIsAPut,
    Fault::RemoveAlwaysExisted,
    Fault::RemoveTakesPrefixes,
    Fault::RemoveOfAStampDoesNothing,
    Fault::RemoveIgnoresTheStamp,
    Fault::RemoveSparesLeases,
    Fault::RemoveSparesDead,
    Fault::RemoveSparesUnreadable,
    Fault::LeasesAreRead,
    Fault::LeasesAreListed,
    Fault::LeasesOverwriteLeases,
    Fault::DeadLeasesBlock,
    Fault::LeasesOverwriteFresh,
    Fault::ClearTakesTheReservedDomain,
    Fault::ClearSparesTheReservedDomain,
    Fault::ClearIgnoresTheDomain,
    Fault::ClearIgnoresTheEpoch,
    Fault::ClearIgnoresTheSchema,
    Fault::ClearTakesPrefixes,
    Fault::ClearTakesPatterns,
    Fault::ClearSparesLeases,
    Fault::ClearTakesCounters,
    Fault::ClearHidesLaterWrites,
    Fault::ClearSparesTheNewest,
    Fault::ClearGoesOnAfterItReturned,
    Fault::ScanTellsOtherMetas,
    Fault::ScanShowsUnreadable,
    Fault::ScanIgnoresTheScope,
    Fault::ScanIsOnePage,
    Fault::ScanCountsPages,
    Fault::ScanLocksTheStore,
    Fault::CountTellsWhatIsHeld,
    Fault::StatsStandStill,
    Fault::StatsComeAndGo,
    Fault::TheLimitIsIgnored,
    Fault::TheLimitIsUntold,
    Fault::FlushFails,
    Fault::CloseFailsTheSecondTime,
    Fault::CloseDoesNothing,
    Fault::ClosedBatchesAreEmpty,
    Fault::ClosedScansAreEmpty,
    Fault::FlushDoesNothing,
    Fault::ReopeningRenewsLives,
    Fault::PutIsRemoveThenPut,
    Fault::CountersStartAtZero,
    Fault::CountersNeverEnd,
    Fault::CountersSlide,
    Fault::LongWindowsWrapAround,
    Fault::ZeroWindowsCount,
    Fault::OverflowSaturates,
    Fault::CountersGoWithEntries,
    Fault::CountersShareIds,
    Fault::CountersReadThenWrite,
    Fault::IdsEndAtNul,
    Fault::IdsAreCut,
    Fault::KeysAreJoined,
    Fault::ObjectsAreCopied,
    Fault::TheFirstTypeStays,
    Fault::ObjectsBecomeEmptyBytes,
    Fault::BytesAreTexts,
    Fault::Undeclared(cache_core::Capability::Batch),
    Fault::Undeclared(cache_core::Capability::Scan),
    Fault::Undeclared(cache_core::Capability::Counters),
    Fault::Undeclared(cache_core::Capability::Bounded),
];

#[test]
#[ignore = "matrix"]
fn matrix() {
    std::panic::set_hook(Box::new(|_| {}));
    for fault in ALL {
        for form in [PayloadForm::Object, PayloadForm::Encoded] {
            for case in cases() {
                let start = tokio::time::Instant::now();
                let met = on_mutant(*fault, form, case);
                if start.elapsed().as_secs() > 2 {
                    println!(
                        "SLOW {fault:?} {form:?} {} {:?}",
                        case.name(),
                        start.elapsed()
                    );
                }
                if let Err(failure) = met {
                    println!(
                        "{fault:?} {form:?} {} :: {}",
                        case.name(),
                        failure.to_string().replace('\n', " ")
                    );
                }
            }
        }
    }
    let _ = MUTATIONS;
    let _: BTreeSet<u8> = BTreeSet::new();
    let _ = case;
}
