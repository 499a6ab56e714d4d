//! `docs/semantics.md` and the conformance suite name each other's cases.

use std::collections::BTreeSet;
use std::fs;

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

/// Other documents name cases too, in lines that say so.
#[test]
fn every_case_that_another_document_names_exists() {
    let known = known();
    for path in files::documents() {
        let text = fs::read_to_string(&path).unwrap();
        for line in markdown::prose(&text) {
            let Some((_, after)) = line.split_once("onformance case") else {
                continue;
            };
            // Up to the end of the clause; the spans of its rest may name other things.
            let clause = after.split([';', '|']).next().unwrap_or_default();
            for name in markdown::spans(clause).filter(|span| span.contains('_')) {
                assert!(known.contains(name), "{}: {name}", path.display());
            }
        }
    }
}
