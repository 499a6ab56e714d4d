//! The suite is proven able to fail: each case passes on the reference and fails on a backend that was broken for it.

#[path = "../common/mod.rs"]
mod common;

mod conditions;
mod counting;
mod fault;
mod mutant;
mod reads;
mod scopes;
mod writes;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use cache_core::{Backend, Clock, Entry, Found, Key, PayloadForm, Result, Scope};
use cache_testkit::conformance::{Case, Row, cases, run_case};
use cache_testkit::{Env, MemoryBackend, Raw, Setup, linearize, model};
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
        let mut memory = new(conditions::judge(self.fault, &env.clock));
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

fn case(name: &str) -> Option<&'static Case> {
    cases().iter().find(|case| case.name() == name)
}

/// Cases that no mutant fails. A case that is added has to come with a mutant, or be named here with a reason.
const WITHOUT_MUTANT: &[&str] = &[];

#[test]
fn every_case_and_so_every_row_has_a_mutant() {
    let found: HashSet<&str> = MUTATIONS
        .iter()
        .flat_map(|(_, _, names)| *names)
        .copied()
        .collect();
    let mut table: BTreeMap<Row, (usize, usize)> = BTreeMap::new();
    for case in cases() {
        let pairs = MUTATIONS
            .iter()
            .filter(|(_, _, names)| names.contains(&case.name()));
        let (known, mutants) = table.entry(case.row()).or_default();
        *known += 1;
        *mutants += pairs.count();
    }
    for (row, (known, mutants)) in &table {
        println!(
            "{:<32} {known:>3} cases, {mutants:>3} times failed by a mutant",
            row.label()
        );
    }
    let without: Vec<&str> = cases()
        .iter()
        .map(Case::name)
        .filter(|name| !found.contains(name))
        .collect();
    println!(
        "{} cases, {} mutants, without a mutant: {without:?}",
        cases().len(),
        MUTATIONS.len()
    );
    assert_eq!(without, WITHOUT_MUTANT);
    assert_eq!(table.len(), Row::ALL.len(), "rows without a case");
    let known: HashSet<&str> = cases().iter().map(Case::name).collect();
    assert!(
        found.is_subset(&known),
        "a mutant for a case that is not there"
    );
}

#[test]
fn every_case_passes_on_the_unbroken_mutant() {
    for form in [PayloadForm::Object, PayloadForm::Encoded] {
        for case in cases() {
            let outcome = run_case(Broken::of(Fault::Nothing, form), case);
            assert!(outcome.is_ok(), "{form:?}: {}", outcome.unwrap_err());
        }
    }
}

/// Runs a part of the pairs; parts run side by side.
fn every_case_fails_on_its_mutants(part: usize) {
    let mine = MUTATIONS.iter().skip(part).step_by(PARTS);
    let mut survived = Vec::new();
    for (fault, form, names) in mine {
        for name in *names {
            let failed = case(name).map(|case| run_case(Broken::of(*fault, *form), case));
            if !matches!(failed, Some(Err(_))) {
                survived.push((fault, form, name));
            }
        }
    }
    assert!(survived.is_empty(), "not found: {survived:#?}");
}

const PARTS: usize = 2;

#[test]
fn every_case_fails_on_its_mutants_part_1() {
    every_case_fails_on_its_mutants(0);
}

#[test]
fn every_case_fails_on_its_mutants_part_2() {
    every_case_fails_on_its_mutants(1);
}

/// Faults that show in sequences of operations on plain keys, without threads, planted bytes or closing.
const FOUND_BY_THE_MODEL: &[Fault] = &[
    Fault::FreshAtTheInstant,
    Fault::DeadOneMillisecondLate,
    Fault::DeadIsRead,
    Fault::DeadIsListed,
    Fault::StaleIsAMiss,
    Fault::CreatedIsNow,
    Fault::OverwriteKeepsExtensions,
    Fault::OverwriteKeepsTheLife,
    Fault::NegativeIsAMiss,
    Fault::EveryClockIsTrusted,
    Fault::ReadsTouch,
    Fault::TheClaimIsLost,
    Fault::GetNowIsAlwaysAbsent,
    Fault::HeadShowsLeasesAndDead,
    Fault::BatchesAreReversed,
    Fault::BatchesStoreAlways,
    Fault::PutAlwaysIsAbsent,
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
    Fault::IfNeverHolds,
    Fault::IfHoldsOverAnything,
    Fault::IfHoldsOverNothing,
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
    Fault::RemoveOfAStampDoesNothing,
    Fault::RemoveIgnoresTheStamp,
    Fault::RemoveSparesLeases,
    Fault::RemoveSparesDead,
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
    Fault::ClearSparesLeases,
    Fault::ClearTakesCounters,
    Fault::ScanTellsOtherMetas,
    Fault::ScanIgnoresTheScope,
    Fault::CountTellsWhatIsHeld,
    Fault::OverflowSaturates,
    Fault::CountersShareIds,
];

#[test]
fn the_model_finds_what_shows_in_sequences_of_operations() {
    let form = |fault: &Fault| match fault {
        Fault::TheFirstTypeStays => PayloadForm::Object,
        _ => PayloadForm::Encoded,
    };
    let survived: Vec<&Fault> = FOUND_BY_THE_MODEL
        .iter()
        .filter(|fault| model::check(Broken::of(**fault, form(fault)), 20_000).is_ok())
        .collect();
    assert!(survived.is_empty(), "not found: {survived:#?}");
}

/// Shrinking leaves little more than what is needed to fail, and the seed is told.
#[test]
fn the_model_tells_its_seed_and_a_short_run() {
    let broken = Broken::of(Fault::NegativeIsAMiss, PayloadForm::Object);
    let told = model::check(broken, 20_000).unwrap_err().to_string();
    assert!(told.starts_with("seed "), "{told}");
    assert!(told.matches("kind: ").count() <= 6, "{told}");
    assert!(told.contains("Negative"), "{told}");
}

const FOUND_BY_HISTORIES: &[Fault] = &[
    Fault::PutAlwaysIsAbsent,
    Fault::AbsentNeverHolds,
    Fault::AbsentOverwritesFresh,
    Fault::AbsentIsCheckedBefore,
    Fault::IfNeverHolds,
    Fault::IfHoldsOverAnything,
    Fault::IfHoldsOverNothing,
    Fault::IfIsCheckedBefore,
    Fault::RefusalsTellNothing,
    Fault::RemoveOfAStampDoesNothing,
    Fault::RemoveIgnoresTheStamp,
    Fault::PutIsRemoveThenPut,
    Fault::TheFirstTypeStays,
];

#[test]
fn histories_find_what_is_not_one_step() {
    let survived: Vec<&Fault> = FOUND_BY_HISTORIES
        .iter()
        .filter(|fault| linearize::check(Broken::of(**fault, PayloadForm::Object), 5_000).is_ok())
        .collect();
    assert!(survived.is_empty(), "not found: {survived:#?}");
}
