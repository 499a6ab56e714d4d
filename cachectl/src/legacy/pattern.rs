//! Patterns of old keys, such as `esi:killmail:{id}:{hash}`: which keys a row means, and what in them is the id.

use std::fmt;

use cache_core::{IdBuf, KeyPart};

const ACCEPTED: &str = "accepted is text with at least one part in braces, such as `esi:killmail:{id}:{hash}`: it begins with \
     text, a part ends at a `:` or at the end of the key, and a brace itself is doubled";

/// A pattern. A part in braces stands for one or more bytes, none of which is a `:`.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    prefix: Vec<u8>,
    /// What stands between the colons.
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, Default)]
struct Segment {
    text: Vec<u8>,
    /// Whether a part follows the text.
    is_open: bool,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is accepted.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut segments = vec![Segment::default()];
        let mut prefix = Vec::new();
        let mut names = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let last = segments.last_mut().ok_or(ACCEPTED)?;
            let (literal, after) = match rest.get(..2) {
                Some("{{" | "}}") => (first, rest.split_at(2).1),
                _ if first == '{' => {
                    let (name, after) = part(rest)?;
                    if last.is_open || names.contains(&name) {
                        return Err(ACCEPTED);
                    }
                    last.is_open = true;
                    names.push(name);
                    rest = after;
                    continue;
                }
                _ if first == '}' => return Err(ACCEPTED),
                _ => (first, rest.split_at(first.len_utf8()).1),
            };
            rest = after;
            let mut buffer = [0; 4];
            let bytes = literal.encode_utf8(&mut buffer).as_bytes();
            if names.is_empty() {
                prefix.extend_from_slice(bytes);
            }
            match literal {
                ':' => segments.push(Segment::default()),
                _ if last.is_open => return Err(ACCEPTED),
                _ => last.text.extend_from_slice(bytes),
            }
        }
        if names.is_empty() || prefix.is_empty() {
            return Err(ACCEPTED);
        }
        Ok(Self {
            text: text.to_owned(),
            prefix,
            segments,
        })
    }

    /// Returns the text that all keys begin with.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Returns the id that a key becomes: its part, or the list of its parts. `None` if the key does not match.
    pub(super) fn id(&self, key: &[u8]) -> Option<Vec<u8>> {
        let mut pieces = key.split(|byte| *byte == b':');
        let mut parts = Vec::new();
        for segment in &self.segments {
            let rest = pieces.next()?.strip_prefix(segment.text.as_slice())?;
            if segment.is_open == rest.is_empty() {
                return None;
            }
            if segment.is_open {
                parts.push(rest);
            }
        }
        if pieces.next().is_some() {
            return None;
        }
        match parts.as_slice() {
            [part] => Some(part.to_vec()),
            parts => {
                // Lists are lists of text (ADR 0004).
                let texts = parts.iter().map(|part| std::str::from_utf8(part));
                let texts: Vec<&str> = texts.collect::<Result<_, _>>().ok()?;
                Some(texts.id_bytes(&mut IdBuf::new()).to_vec())
            }
        }
    }

    /// Says whether a key can match both patterns.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len()
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|(one, other)| one.meets(other))
    }
}

impl Segment {
    fn meets(&self, other: &Self) -> bool {
        match (self.is_open, other.is_open) {
            (false, false) => self.text == other.text,
            (true, true) => {
                self.text.starts_with(&other.text) || other.text.starts_with(&self.text)
            }
            (true, false) => self.takes(&other.text),
            (false, true) => other.takes(&self.text),
        }
    }

    fn takes(&self, text: &[u8]) -> bool {
        text.strip_prefix(self.text.as_slice())
            .is_some_and(|part| !part.is_empty())
    }
}

/// Reads a part in braces: its name, and what follows.
fn part(text: &str) -> Result<(&str, &str), &'static str> {
    let inside = text.strip_prefix('{').ok_or(ACCEPTED)?;
    let (name, after) = inside.split_once('}').ok_or(ACCEPTED)?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(ACCEPTED);
    }
    Ok((name, after))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns what all keys of all patterns begin with.
pub(super) fn common_prefix<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> &'a [u8] {
    let mut patterns = patterns.into_iter();
    let first = patterns.next().map(Pattern::prefix).unwrap_or_default();
    patterns.fold(first, |common, pattern| {
        let alike = common.iter().zip(pattern.prefix());
        let length = alike.take_while(|(one, other)| one == other).count();
        common.get(..length).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn id(text: &str, key: &str) -> Option<String> {
        let id = pattern(text).id(key.as_bytes())?;
        Some(String::from_utf8(id).unwrap())
    }

    #[test]
    fn a_part_is_what_stands_between_the_colons() {
        for (text, key, expected) in [
            ("esi:character:{id}", "esi:character:95", Some("95")),
            ("esi:character:{id}", "esi:character:", None),
            ("esi:character:{id}", "esi:character:95:1.0.0", None),
            ("esi:character:{id}", "esi:character", None),
            ("esi:character:{id}", "esi:characters:95", None),
            ("esi:character:{id}", "x:esi:character:95", None),
            ("pilot-{id}", "pilot-7", Some("7")),
            ("pilot-{id}", "pilot-7:8", None),
            ("{{app}}:{id}:name", "{app}:7:name", Some("7")),
            ("{{app}}:{id}:name", "{app}:7:names", None),
            ("a:{id}", "a:007", Some("007")),
        ] {
            assert_eq!(id(text, key).as_deref(), expected, "{text} {key}");
        }
        assert_eq!(pattern("a:{id}").id(b"a:\xff"), Some(vec![0xff]));
    }

    #[test]
    fn several_parts_are_a_list_as_the_facade_spells_it() {
        let text = "esi:killmail:{id}:{hash}";
        assert_eq!(id(text, "esi:killmail:7:ab").as_deref(), Some("7:ab"));
        assert_eq!(id(text, "esi:killmail:7"), None);
        let spelt = ("7", "a%b").id_bytes(&mut IdBuf::new()).to_vec();
        assert_eq!(pattern(text).id(b"esi:killmail:7:a%b"), Some(spelt));
        assert_eq!(pattern(text).id(b"esi:killmail:7:\xff"), None);
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_what_is_accepted() {
        for text in [
            "",
            "esi:character",
            "{id}",
            "{a}:{b}",
            "a:{a}{b}",
            "a:{a}b",
            "a:{id}:{id}",
            "a:{}",
            "a:{ID}",
            "a:{id",
            "a:id}",
            "a:{i{d}",
        ] {
            assert!(
                Pattern::parse(text)
                    .unwrap_err()
                    .contains("esi:killmail:{id}:{hash}"),
                "{text}"
            );
        }
    }

    #[test]
    fn two_patterns_meet_if_one_key_matches_both() {
        for (one, other, meet) in [
            ("esi:character:{id}", "esi:alliance:{id}", false),
            ("esi:{kind}:{id}", "esi:alliance:{id}", true),
            ("esi:killmail:{id}", "esi:killmail:{id}:{hash}", false),
            ("a:{id}", "a:x{id}", true),
            ("a:x{id}", "a:y{id}", false),
            ("a:{id}:b", "a:{id}:c", false),
            ("a:b{id}:c", "a:{id}:c", true),
            ("a:bc:{x}", "a:b{y}:{x}", true),
            ("a:b:{x}", "a:b{y}:{x}", false),
        ] {
            let (one, other) = (pattern(one), pattern(other));
            assert_eq!(one.meets(&other), meet, "{one} {other}");
            assert_eq!(other.meets(&one), meet, "{other} {one}");
        }
    }

    #[test]
    fn one_walk_serves_all_patterns() {
        let of = |texts: &[&str]| {
            let patterns: Vec<_> = texts.iter().map(|text| pattern(text)).collect();
            String::from_utf8(common_prefix(&patterns).to_vec()).unwrap()
        };
        assert_eq!(of(&["esi:character:{id}"]), "esi:character:");
        assert_eq!(of(&["esi:character:{id}", "esi:corporation:{id}"]), "esi:c");
        assert_eq!(of(&["esi:type:{id}", "map:system:{id}"]), "");
    }
}
