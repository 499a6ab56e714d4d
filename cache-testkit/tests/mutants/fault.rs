//! The faults, one per mutant, and the cases that have to find each.

use cache_core::{Capability, PayloadForm};

/// What is wrong with a mutant. Each is a mistake that a backend can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None: a mutant that is the reference.
    Nothing,

    // Life.
    FreshAtTheInstant,
    DeadOneMillisecondLate,
    DeadIsRead,
    DeadIsListed,
    StaleIsAMiss,
    CreatedIsNow,
    OverwriteKeepsExtensions,
    OverwriteKeepsTheLife,
    NegativeIsAMiss,
    NullIsNegative,
    EveryClockIsTrusted,
    TheStoresTimeDecides,
    ForeignIsAMiss,
    // Reads.
    ReadsTouch,
    TheClaimIsLost,
    UnreadableIsDeleted,
    GetNowIsAlwaysAbsent,
    GetNowOutlivesClose,
    HeadShowsLeasesAndDead,
    // Batches.
    BatchesAreReversed,
    BatchesLoseRepeatedKeys,
    BatchesFailTogether,
    AnEmptyBatchIsAsked,
    LargeBatchesAreShuffled,
    BatchesStoreAlways,
    RemoveManyStopsAtAMiss,
    // Puts.
    PutAlwaysIsAbsent,
    PutAlwaysSparesUnreadable,
    TooLargeIsStored,
    TooLargeRemovesTheOld,
    AnotherStampIsAnswered,
    AbsentNeverHolds,
    DeadBlocks,
    StaleBlocks,
    ExpiredBlocks,
    LeasesBlock,
    TheFutureBlocks,
    AbsentOverwritesFresh,
    AbsentOverwritesNegative,
    UnreadableBlocks,
    AbsentOverwritesOtherReleases,
    AbsentIsCheckedBefore,
    IfNeverHolds,
    IfHoldsOverAnything,
    IfHoldsOverNothing,
    IfHoldsOverUnreadable,
    IfIsCheckedBefore,
    RefusalsTellNothing,
    // Retime.
    RetimeTakesTheMarks,
    RetimeLosesExtensions,
    RetimeKeepsExpired,
    RetimeIgnoresTheStamp,
    RetimeMakesLeases,
    RetimeNeedsANewStamp,
    RetimeKeepsDeadAt,
    RetimeLosesExpired,
    RetimeSparesLeases,
    RetimeIsAPut,
    // Remove.
    RemoveAlwaysExisted,
    RemoveTakesPrefixes,
    RemoveOfAStampDoesNothing,
    RemoveIgnoresTheStamp,
    RemoveSparesLeases,
    RemoveSparesDead,
    RemoveSparesUnreadable,
    // Leases.
    LeasesAreRead,
    LeasesAreListed,
    LeasesOverwriteLeases,
    DeadLeasesBlock,
    LeasesOverwriteFresh,
    // Clear.
    ClearTakesTheReservedDomain,
    ClearSparesTheReservedDomain,
    ClearIgnoresTheDomain,
    ClearIgnoresTheEpoch,
    ClearIgnoresTheSchema,
    ClearTakesPrefixes,
    ClearTakesPatterns,
    ClearSparesLeases,
    ClearTakesCounters,
    ClearHidesLaterWrites,
    ClearSparesTheNewest,
    ClearGoesOnAfterItReturned,
    // Scan.
    ScanTellsOtherMetas,
    ScanShowsUnreadable,
    ScanIgnoresTheScope,
    ScanIsOnePage,
    ScanCountsPages,
    ScanLocksTheStore,
    CountTellsWhatIsHeld,
    // Stats and bounds.
    StatsStandStill,
    StatsComeAndGo,
    TheLimitIsIgnored,
    TheLimitIsUntold,
    // Ends.
    FlushFails,
    CloseFailsTheSecondTime,
    CloseDoesNothing,
    ClosedBatchesAreEmpty,
    ClosedScansAreEmpty,
    FlushDoesNothing,
    ReopeningRenewsLives,
    PutIsRemoveThenPut,
    // Counters.
    CountersAreMissing,
    CountersStartAtZero,
    CountersNeverEnd,
    CountersSlide,
    LongWindowsWrapAround,
    ZeroWindowsCount,
    OverflowSaturates,
    CountersGoWithEntries,
    CountersShareIds,
    CountersReadThenWrite,
    // Keys.
    IdsEndAtNul,
    IdsAreCut,
    KeysAreJoined,
    // Forms.
    ObjectsAreCopied,
    TheFirstTypeStays,
    ObjectsBecomeEmptyBytes,
    BytesAreTexts,
    // Declarations.
    Undeclared(Capability),
}

/// A mutant: its fault, the form in which it takes values, and the cases that have to fail on it.
pub(crate) type Mutation = (Fault, PayloadForm, &'static [&'static str]);

pub(crate) use self::table::MUTATIONS;

#[path = "table.rs"]
mod table;
