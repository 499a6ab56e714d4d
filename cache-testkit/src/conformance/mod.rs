//! The conformance suite: every row of the semantics table that a backend can see, each as named cases.
//!
//! [`conformance!`](crate::conformance!) expands each case to a test of its own. Here are the table of cases and the way
//! one is run; what a case does is in the module named after the operation or the part of an entry's life.

mod fixture;
mod row;
mod run;
mod table;

mod damage;
mod unsupported;

mod batch;
mod clear;
mod counters;
mod ends;
mod forms;
mod get;
mod keys;
mod lease;
mod life;
mod put;
mod put_absent;
mod put_if;
mod remove;
mod retime;
mod scan;
mod stats;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use self::row::{Need, Row};
pub use self::run::{Verdict, check, run_case, summary};

use self::fixture::Fixture;
use crate::Outcome;

/// A case of the suite.
pub struct Case {
    row: Row,
    name: &'static str,
    needs: &'static [Need],
    threads: bool,
    run: Run,
}

type Run = fn(Fixture) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

impl Case {
    /// Returns the row that it proves.
    #[must_use]
    pub const fn row(&self) -> Row {
        self.row
    }

    /// Returns its name: the fact that it proves.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what a backend needs for it; most cases need nothing. Where a capability is needed and not declared, the
    /// case asserts instead that the operations of that capability answer `Unsupported`.
    #[must_use]
    pub const fn needs(&self) -> &'static [Need] {
        self.needs
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("row", &self.row)
            .field("name", &self.name)
            .field("needs", &self.needs)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// Returns every case, in the order of the table.
#[must_use]
pub fn cases() -> &'static [Case] {
    table::TABLE
}

/// Expands every case of the suite to a test of its own, with the case's name, for a [`Setup`](crate::Setup).
///
/// The expression is evaluated once per test. Tests go where the macro is called: put two calls into two modules. Three
/// tests stand beside the cases: `soak_random_operations_agree_with_a_map` ([`model`](crate::model)),
/// `soak_histories_are_linearizable` ([`linearize`](crate::linearize)), both with small numbers unless `CACHE_SOAK=1`, and
/// `summary`, which prints how many cases the backend can run and what it lacks for the others.
///
/// # Example
/// ```
/// # use cache_core::Result;
/// # use cache_testkit::{Env, MemoryBackend, Setup};
/// struct Memory;
///
/// impl Setup for Memory {
///     type Backend = MemoryBackend;
///
///     async fn open(&self, env: &Env) -> Result<MemoryBackend> {
///         Ok(MemoryBackend::new(env.judge.clone()).with_max_payload(env.max_payload))
///     }
/// }
///
/// mod memory {
///     use super::Memory;
///     cache_testkit::conformance!(Memory);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($setup:expr $(,)?) => {
        $crate::__with_cases! { [$crate::__tests] [$setup] }
    };
}

/// Makes the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ([$setup:expr] $([$row:ident $module:ident::$name:ident ($($need:ident)*) $($threads:ident)?])*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::check($setup, stringify!($name));
            }
        )*

        #[test]
        fn soak_random_operations_agree_with_a_map() {
            $crate::model::run($setup);
        }

        #[test]
        fn soak_histories_are_linearizable() {
            $crate::linearize::run($setup);
        }

        #[test]
        fn summary() {
            $crate::conformance::summary($setup);
        }
    };
}
