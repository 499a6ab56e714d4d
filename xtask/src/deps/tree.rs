//! Which crates may not hang in a package's tree of normal dependencies.

/// A package, the features that are on, and what its tree may not hold.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) package: &'static str,
    features: &'static [&'static str],
    forbidden: &'static [&'static str],
    why: &'static str,
}

/// The rules; one whose package is not there yet says nothing.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        package: "cache-facade",
        features: &[],
        forbidden: &["sled", "bincode", "fxhash", "instant", "redis"],
        why: "the default build stays free of unmaintained crates and of clients nobody asked for",
    },
    Rule {
        package: "cache-core",
        features: &["--all-features"],
        forbidden: &["moka", "redis", "sled", "tokio", "metrics"],
        why: "the contract names no client and no runtime",
    },
];

impl Rule {
    /// The arguments that make cargo print the tree, a crate on each line.
    pub(crate) fn call(&self) -> impl Iterator<Item = &'static str> {
        let fixed = [
            "tree",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "-p",
            self.package,
        ];
        fixed.into_iter().chain(self.features.iter().copied())
    }

    /// The forbidden crates in the printed tree.
    pub(crate) fn offences(&self, tree: &str) -> Vec<String> {
        let held = |name: &str| {
            tree.lines()
                .any(|line| line.split_whitespace().next() == Some(name))
        };
        let found = self.forbidden.iter().filter(|name| held(name));
        found
            .map(|name| format!("{} holds {name}: {}", self.package, self.why))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        package: "cache-facade",
        features: &["--all-features"],
        forbidden: &["sled", "redis"],
        why: "because",
    };

    #[test]
    fn a_forbidden_crate_is_found_anywhere_in_the_tree() {
        let tree = "cache-facade v0.1.0 (/src)\nbackend-sled v0.1.0 (/src/sled)\nsled v0.34.7\ncrc32fast v1.5.0 (*)\n";
        assert_eq!(RULE.offences(tree), ["cache-facade holds sled: because"]);
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_crate() {
        assert!(
            RULE.offences("redis-protocol v1.0.0\nbackend-redis v0.1.0 (/sled)\n")
                .is_empty()
        );
    }

    #[test]
    fn the_features_of_a_rule_are_asked_for() {
        assert!(RULE.call().any(|word| word == "--all-features"));
        assert!(RULE.call().any(|word| word == "cache-facade"));
    }
}
