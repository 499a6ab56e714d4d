//! Names and descriptions.

use super::seed::Seed;

const SYLLABLES: [&str; 32] = [
    "ar", "bel", "cor", "dai", "el", "fen", "gar", "hel", "is", "jo", "kal", "lor", "mi", "nor",
    "ol", "per", "qua", "ren", "sa", "tor", "ul", "ves", "wyn", "xa", "yor", "zen", "ka", "ri",
    "mo", "tha", "sse", "vo",
];

/// Some words carry what a parser must get right: markup, quotes, line breaks and letters beyond ASCII.
const WORDS: [&str; 40] = [
    "the",
    "of",
    "and",
    "fleet",
    "station",
    "a",
    "to",
    "in",
    "cargo",
    "pilot",
    "gate",
    "for",
    "drone",
    "shield",
    "with",
    "is",
    "hull",
    "ore",
    "market",
    "contract",
    "sovereign",
    "wormhole",
    "we",
    "our",
    "recruiting",
    "null",
    "low",
    "high",
    "security",
    "<br>",
    "\r\n",
    "\"fly safe\"",
    "Zürich",
    "флот",
    "o7",
    "<b>join</b>",
    "mining",
    "war",
    "laser",
    "system.",
];

const TICKER: [char; 36] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S',
    'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// A name of `words` words.
pub(super) fn name(seed: &mut Seed, words: usize) -> String {
    let words: Vec<String> = (0..words).map(|_| word(seed)).collect();
    words.join(" ")
}

/// A short name of three to five letters and digits.
pub(super) fn ticker(seed: &mut Seed) -> String {
    let length = seed.between(3, 5);
    (0..length).map(|_| seed.pick(&TICKER)).collect()
}

/// An instant between 2003, when EVE began, and 2021, in RFC 3339.
pub(super) fn instant(seed: &mut Seed) -> String {
    let (year, month, day) = (
        seed.between(2003, 2020),
        seed.between(1, 12),
        seed.between(1, 28),
    );
    let (hour, minute, second) = (seed.below(24), seed.below(60), seed.below(60));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A text that takes at most `bytes` bytes between the quotes of JSON, and fewer by one word at most.
pub(super) fn prose(seed: &mut Seed, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes);
    let mut taken = 0;
    loop {
        let word = seed.pick(&WORDS);
        taken += escaped_length(word) + 1;
        if taken > bytes {
            return text;
        }
        text.push_str(word);
        text.push(' ');
    }
}

/// The length of a word in JSON, where a quote or a line break takes two bytes.
fn escaped_length(word: &str) -> usize {
    let escapes = word
        .bytes()
        .filter(|byte| matches!(byte, b'"' | b'\r' | b'\n'));
    word.len() + escapes.count()
}

fn word(seed: &mut Seed) -> String {
    let syllables = seed.between(2, 3);
    let mut word: String = (0..syllables).map(|_| seed.pick(&SYLLABLES)).collect();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::prose;
    use crate::Kind;
    use crate::standin::seed::Seed;

    #[test]
    fn prose_fills_its_length_as_json() {
        for bytes in [0, 1, 50, 500, 5_000] {
            let text = prose(&mut Seed::of(Kind::Type, 1), bytes);
            let json = serde_json::to_string(&text).unwrap().len() - 2;
            assert!(json <= bytes && json + 20 > bytes, "{json} of {bytes}");
        }
    }
}
