//! The table of the arrows between our crates, in the same form as the architecture document has it.
//!
//! An arrow that is not here is not allowed; to draw one takes a decision record, then a row.

use self::Arrow::{Dev, Needs, Optional};

/// Every crate of the workspace.
pub(crate) const CRATES: &[&str] = &[
    "cache-core",
    "cache-testkit",
    "backend-moka",
    "backend-redis",
    "backend-sled",
    "cache-metrics",
    "cache-facade",
    "cache-derive",
    "cache-warmer",
    "cache-insights",
    "eve",
    "cachectl",
    "integration-tests",
    "docs-tests",
    "drift-tests",
    "rollout-tests",
    "cache-bench",
    "examples",
    "xtask",
];

/// Without a row as a source: cache-core, whose doctests must need nothing of ours either; cache-derive; xtask.
const ARROWS: &[Row] = &[
    row(
        "cache-core",
        Needs,
        &[
            "backend-*",
            "cache-metrics",
            "cache-testkit",
            "cache-facade",
        ],
    ),
    row("backend-*", Optional, &["cache-facade"]),
    row("cache-metrics", Optional, &["cache-facade"]),
    row("cache-derive", Optional, &["cache-facade"]),
    row(
        "cache-facade",
        Needs,
        &["cache-warmer", "cache-insights", "eve"],
    ),
    row("cache-warmer", Needs, &["eve"]),
    row(
        "*",
        Needs,
        &[
            "cachectl",
            "integration-tests",
            "docs-tests",
            "drift-tests",
            "rollout-tests",
            "cache-bench",
            "examples",
        ],
    ),
    row(
        "cache-testkit",
        Dev,
        &["backend-*", "cache-metrics", "cache-facade", "eve"],
    ),
];

/// How a crate may use another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrow {
    /// `<-` as any kind of dependency; a dev-dependency beside it may switch on features for the tests.
    Needs,
    /// `<..` as an optional dependency, so behind a feature; cargo knows no optional dev-dependency.
    Optional,
    /// As a dev-dependency.
    Dev,
}

/// `target <- sources`; a name may end in `*`.
#[derive(Debug)]
struct Row {
    target: &'static str,
    arrow: Arrow,
    sources: &'static [&'static str],
}

const fn row(target: &'static str, arrow: Arrow, sources: &'static [&'static str]) -> Row {
    Row {
        target,
        arrow,
        sources,
    }
}

/// Whether `from` may depend on `to`; the kind is the one of `cargo metadata`, `None` being a normal dependency.
pub(crate) fn allowed(from: &str, to: &str, kind: Option<&str>, optional: bool) -> bool {
    let mut rows = ARROWS.iter().filter(|row| {
        matches(row.target, to) && row.sources.iter().any(|source| matches(source, from))
    });
    rows.any(|row| match row.arrow {
        Needs => true,
        Optional => optional,
        Dev => kind == Some("dev"),
    })
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEV: Option<&str> = Some("dev");
    const BUILD: Option<&str> = Some("build");

    /// Every arrow that may be there, as `from to how`, told by hand: the table and this list check each other.
    fn drawn(from: &str) -> Vec<String> {
        let mut found = Vec::new();
        for to in CRATES {
            let plain = allowed(from, to, None, false);
            let optional = allowed(from, to, None, true);
            let dev = allowed(from, to, DEV, false);
            assert_eq!(plain, allowed(from, to, BUILD, false), "{from} -> {to}");
            match (plain, optional, dev) {
                (false, false, false) => {}
                (true, true, true) => found.push((*to).to_owned()),
                (false, true, false) => found.push(format!("{to}?")),
                (false, false, true) => found.push(format!("{to} dev")),
                odd => panic!("{from} -> {to}: {odd:?}"),
            }
        }
        found
    }

    #[test]
    fn the_contract_the_macros_and_the_chores_use_no_crate_of_ours() {
        for from in ["cache-core", "cache-derive", "xtask"] {
            assert!(drawn(from).is_empty(), "{from}");
        }
    }

    #[test]
    fn backends_see_the_contract_and_for_tests_the_kit() {
        for from in ["backend-moka", "backend-redis", "backend-sled"] {
            assert_eq!(drawn(from), ["cache-core", "cache-testkit dev"], "{from}");
        }
    }

    #[test]
    fn the_facade_wires_everything_else_by_features() {
        let expected = [
            "cache-core",
            "cache-testkit dev",
            "backend-moka?",
            "backend-redis?",
            "backend-sled?",
            "cache-metrics?",
            "cache-derive?",
        ];
        assert_eq!(drawn("cache-facade"), expected);
    }

    #[test]
    fn what_stands_on_the_facade_goes_through_it() {
        assert_eq!(drawn("cache-metrics"), ["cache-core", "cache-testkit dev"]);
        assert_eq!(drawn("cache-testkit"), ["cache-core"]);
        assert_eq!(drawn("cache-warmer"), ["cache-facade"]);
        assert_eq!(drawn("cache-insights"), ["cache-facade"]);
        assert_eq!(
            drawn("eve"),
            ["cache-testkit dev", "cache-facade", "cache-warmer"]
        );
    }

    #[test]
    fn a_pattern_is_the_beginning_of_a_name() {
        assert!(matches("backend-*", "backend-moka") && matches("*", "eve"));
        assert!(
            !matches("backend-*", "no-backend-moka") && !matches("cache-core", "cache-core-too")
        );
    }

    #[test]
    fn the_outermost_may_use_anything() {
        for from in [
            "cachectl",
            "integration-tests",
            "docs-tests",
            "drift-tests",
            "rollout-tests",
            "cache-bench",
            "examples",
        ] {
            assert_eq!(drawn(from).len(), CRATES.len(), "{from}");
        }
    }
}
