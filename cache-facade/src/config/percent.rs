//! Percent-encoding of the parts of a URL. A `+` is a plus, not a space.

use std::fmt::Write;

/// Decodes a part; `None` if an escape is malformed, or the bytes are not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let [high, low, after @ ..] = tail else {
                return None;
            };
            plain.push(digit(*high)? << 4 | digit(*low)?);
            rest = after;
        } else {
            plain.push(*first);
        }
    }
    String::from_utf8(plain).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Encodes everything but letters, digits, `-._~` and the characters to keep.
pub(super) fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if byte.is_ascii_alphanumeric()
            || "-._~".contains(c)
            || (byte.is_ascii() && keep.contains(c))
        {
            encoded.push(c);
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_two_hex_digits_of_utf_8() {
        assert_eq!(decode("a%2Fb%c3%a4+").as_deref(), Some("a/bä+"));
        for text in ["%", "%1", "%zz", "%+1", "%ff"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text, "/")), Some(text));
        }
    }
}
