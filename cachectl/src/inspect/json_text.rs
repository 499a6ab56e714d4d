//! JSON as it was written: order, numbers and repeated names stay; white space goes, and what could steer a terminal is
//! escaped, which is the same JSON.

use std::fmt::Write;

use serde_json::Value;
use serde_json::value::RawValue;

/// Reads one JSON value; `None` if the bytes are none, or one that no reader here could hold (too deep, too large a number).
pub(super) fn read(bytes: &[u8]) -> Option<Box<RawValue>> {
    serde_json::from_slice::<Value>(bytes).ok()?;
    let text = compact(std::str::from_utf8(bytes).ok()?);
    RawValue::from_string(text).ok()
}

/// Takes out white space between the tokens.
fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut after_backslash) = (false, false);
    for c in text.chars() {
        if in_string {
            push(&mut out, c);
            in_string = after_backslash || c != '"';
            after_backslash = !after_backslash && c == '\\';
        } else if !c.is_ascii_whitespace() {
            out.push(c);
            in_string = c == '"';
        }
    }
    out
}

/// Escapes what could steer a terminal, in any text.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

fn push(out: &mut String, c: char) {
    if steers(c) {
        let _ = write!(out, "\\u{:04x}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// Control characters, and those that turn lines and directions. All have four hex digits.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        read(json.as_bytes()).map(|value| value.get().to_owned())
    }

    #[test]
    fn nothing_is_lost_but_white_space() {
        let written = r#"  { "b" : 1.0 , "a": [12345678901234567890123, "x \" y" ], "b":null }"#;
        let kept = r#"{"b":1.0,"a":[12345678901234567890123,"x \" y"],"b":null}"#;
        assert_eq!(text(written).as_deref(), Some(kept));
        assert_eq!(text(r#""\\" "#).as_deref(), Some(r#""\\""#));
    }

    #[test]
    fn what_steers_a_terminal_is_the_same_text_escaped() {
        let steering = "\"a\u{7f}\u{9b}31m\u{202e}\u{2028}é\"";
        let safe = text(steering).unwrap();
        assert_eq!(safe, "\"a\\u007f\\u009b31m\\u202e\\u2028é\"");
        let read = |json: &str| serde_json::from_str::<String>(json).unwrap();
        assert_eq!(read(&safe), read(steering));
        assert_eq!(super::safe("a\u{1b}[2J\nb"), "a\\u001b[2J\\u000ab");
    }

    #[test]
    fn what_is_no_json_is_none() {
        for bytes in [&b"{"[..], b"", b"Jita", b"1 2", b"\"\xff\"", b"\"\x1b\""] {
            assert!(read(bytes).is_none(), "{bytes:?}");
        }
        assert_eq!(text(&"[".repeat(500)), None);
    }
}
