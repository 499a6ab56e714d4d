//! Names in messages: lists of what is accepted, the nearest of them, and which names may be repeated at all.

use std::borrow::Cow;

use cache_core::{Error, ErrorKind};

const MAX_SHOWN_CHARS: usize = 96;

/// The one way to make an error of this module.
pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
}

/// Returns a name that can be repeated in a message. What is not even written like a name may be a value that went
/// astray, and is not repeated.
pub(super) fn shown(name: &str) -> &str {
    let like_a_name = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.'));
    if like_a_name && !name.is_empty() && name.len() <= MAX_SHOWN_CHARS {
        name
    } else {
        "(not a name)"
    }
}

/// Says that a name is unknown, which ones are accepted, and which one was probably meant.
pub(super) fn unknown<'a>(
    what: &str,
    name: &str,
    accepted: impl IntoIterator<Item = &'a str>,
) -> String {
    let accepted: Vec<&str> = accepted.into_iter().collect();
    let list = list(accepted.iter().copied());
    let name = shown(name);
    match nearest(name, &accepted) {
        Some(nearest) => {
            format!("unknown {what} `{name}`; accepted: {list}; did you mean `{nearest}`?")
        }
        None => format!("unknown {what} `{name}`; accepted: {list}"),
    }
}

/// Lists names: `` `a`, `b` ``, or `none`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() {
        return "none".to_owned();
    }
    quoted.join(", ")
}

/// Returns the accepted name that at most two slips turn into this one, and at most a slip in three letters.
fn nearest<'a>(name: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let near = |candidate: &&str| {
        let slips = distance(name, candidate);
        (slips <= 2 && slips * 3 <= candidate.len()).then_some(slips)
    };
    accepted
        .iter()
        .filter_map(|candidate| Some((near(candidate)?, *candidate)))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// Counts the letters to insert, remove or change (Levenshtein), with one row of the table in memory.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut left = line + 1;
        let mut diagonal = line;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(to.chars()) {
            let above = *cell;
            *cell = (diagonal + usize::from(a != b))
                .min(above + 1)
                .min(left + 1);
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn distance_counts_slips() {
        for (from, to, slips) in [
            ("", "", 0),
            ("ttl", "ttl", 0),
            ("", "ttl", 3),
            ("charcter", "character", 1),
            ("ttll", "ttl", 1),
            ("tlt", "ttl", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), slips, "{from} {to}");
            assert_eq!(distance(to, from), slips, "{to} {from}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let accepted = ["character", "corporation", "ttl"];
        assert_eq!(nearest("charcter", &accepted), Some("character"));
        assert_eq!(nearest("ttll", &accepted), Some("ttl"));
        assert_eq!(nearest("corporat", &accepted), None);
        assert_eq!(nearest("xyz", &accepted), None);
        assert_eq!(nearest("a", &accepted), None);
        assert_eq!(nearest("a", &[]), None);
    }

    #[test]
    fn what_is_no_name_is_not_repeated() {
        assert_eq!(shown("load_timeout"), "load_timeout");
        let long = "a".repeat(97);
        for text in ["", "redis://:secret@host", "two words", "ü", &long] {
            assert_eq!(shown(text), "(not a name)");
        }
    }

    proptest! {
        #[test]
        fn distance_is_at_most_the_longer_text(a in ".{0,20}", b in ".{0,20}") {
            prop_assert!(distance(&a, &b) <= a.chars().count().max(b.chars().count()));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
        }
    }
}
