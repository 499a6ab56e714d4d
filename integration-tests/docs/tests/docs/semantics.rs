//! `docs/semantics.md` and the conformance suite name each other's cases.

use std::collections::BTreeSet;

use cache_testkit::conformance::{Case, cases};

use crate::{files, markdown};

/// The names in the last column of the tables whose last column is headed `cases`.
fn named() -> BTreeSet<String> {
    let text = files::read("docs/semantics.md");
    let mut named = BTreeSet::new();
    let mut names_cases = false;
    for line in markdown::prose(&text) {
        let Some(cells) = markdown::cells(line) else {
            names_cases = false;
            continue;
        };
        let last = *cells.last().unwrap();
        if last == "cases" {
            names_cases = true;
        } else if names_cases {
            named.extend(markdown::spans(last).map(str::to_owned));
        }
    }
    assert!(
        !named.is_empty(),
        "docs/semantics.md: no table with a column `cases`"
    );
    named
}

fn known() -> BTreeSet<String> {
    cases().iter().map(Case::name).map(str::to_owned).collect()
}

#[test]
fn every_case_that_is_named_exists() {
    let unknown: Vec<_> = named().difference(&known()).cloned().collect();
    assert!(
        unknown.is_empty(),
        "docs/semantics.md names cases that the suite does not have: {unknown:?}"
    );
}

#[test]
fn every_case_of_the_suite_is_named() {
    let missing: Vec<_> = known().difference(&named()).cloned().collect();
    assert!(
        missing.is_empty(),
        "docs/semantics.md does not name these cases: {missing:?}"
    );
}
