//! Names of domains, checked where they are written rather than when the cache is built.

use syn::{Error, LitStr, Result};

const MAX_BYTES: usize = 64;

/// Checks the name of a domain.
///
/// # Errors
/// It is not `[a-z][a-z0-9_]*`, or longer than 64 bytes.
pub(crate) fn check(name: &LitStr) -> Result<()> {
    let text = name.value();
    if is_name(&text) && text.len() <= MAX_BYTES {
        return Ok(());
    }
    let said = if text.len() > MAX_BYTES {
        format!("a domain name of {} bytes", text.len())
    } else {
        format!("`{text}` is no domain name")
    };
    Err(Error::new(
        name.span(),
        format!("{said}; accepted: `[a-z][a-z0-9_]*`, at most {MAX_BYTES} bytes"),
    ))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_')
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn checked(name: &str) -> std::result::Result<(), String> {
        check(&LitStr::new(name, Span::call_site())).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_lower_case_words() {
        for name in ["a", "corporation", "kill_mails_2", &"a".repeat(64)] {
            assert_eq!(checked(name), Ok(()));
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_is_accepted() {
        for name in [
            "",
            "_cache",
            "2nd",
            "Pilot",
            "kill-mail",
            "a b",
            "a.b",
            "a:b",
            "é",
        ] {
            assert_eq!(
                checked(name),
                Err(format!(
                    "`{name}` is no domain name; accepted: `[a-z][a-z0-9_]*`, at most 64 bytes"
                ))
            );
        }
        assert_eq!(
            checked(&"a".repeat(65)).unwrap_err(),
            "a domain name of 65 bytes; accepted: `[a-z][a-z0-9_]*`, at most 64 bytes"
        );
    }
}
