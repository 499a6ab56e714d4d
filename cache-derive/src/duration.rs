//! Durations as they are written in attributes: `24h`, `1h30m`.

use std::time::Duration;

use syn::{Error, LitStr, Result};

/// What a message lists as accepted.
pub(crate) const ACCEPTED: &str = "whole numbers with a unit of `ns`, `us`, `ms`, `s`, `m`, `h`, `d` or `w`, added up without spaces, as in `24h` or `1h30m`";

/// Reads a duration; `others` is what the attribute accepts besides, for the message.
///
/// # Errors
/// It is no duration, zero, or longer than a `Duration` holds.
pub(crate) fn read(written: &LitStr, others: &str) -> Result<Duration> {
    let text = written.value();
    let said = match sum(&text) {
        Ok(Duration::ZERO) => {
            format!("`{text}` is no time at all, and what is never fresh is not worth storing")
        }
        Ok(duration) => return Ok(duration),
        Err(Fault::Form) => format!("`{text}` is no duration"),
        Err(Fault::Length) => format!("`{text}` is longer than a `Duration` holds"),
    };
    Err(Error::new(
        written.span(),
        format!("{said}; accepted: {ACCEPTED}{others}"),
    ))
}

#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Form,
    Length,
}

fn sum(text: &str) -> std::result::Result<Duration, Fault> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    loop {
        let (number, after) = split(rest, |each| each.is_ascii_digit())?;
        let (unit, after) = split(after, |each| each.is_ascii_alphabetic())?;
        let number = number.parse().map_err(|_| Fault::Length)?;
        let part = part(number, unit)?;
        total = total.checked_add(part).ok_or(Fault::Length)?;
        if after.is_empty() {
            return Ok(total);
        }
        rest = after;
    }
}

/// Splits off the beginning, which must not be empty.
fn split(text: &str, belongs: fn(char) -> bool) -> std::result::Result<(&str, &str), Fault> {
    let end = text.find(|each| !belongs(each)).unwrap_or(text.len());
    match text.split_at_checked(end) {
        None | Some(("", _)) => Err(Fault::Form),
        Some(parts) => Ok(parts),
    }
}

fn part(number: u64, unit: &str) -> std::result::Result<Duration, Fault> {
    let seconds = match unit {
        "ns" => return Ok(Duration::from_nanos(number)),
        "us" => return Ok(Duration::from_micros(number)),
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(Fault::Form),
    };
    let seconds = number.checked_mul(seconds).ok_or(Fault::Length)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn every_unit_is_read() {
        for (text, expected) in [
            ("1ns", Duration::from_nanos(1)),
            ("2us", Duration::from_micros(2)),
            ("3ms", Duration::from_millis(3)),
            ("4s", Duration::from_secs(4)),
            ("5m", Duration::from_secs(300)),
            ("24h", Duration::from_secs(86_400)),
            ("7d", Duration::from_secs(604_800)),
            ("1w", Duration::from_secs(604_800)),
            ("1h30m", Duration::from_secs(5_400)),
            ("1s500ms", Duration::from_millis(1_500)),
            ("0h1s", Duration::from_secs(1)),
            (
                "18446744073709551615s",
                Duration::from_secs(18_446_744_073_709_551_615),
            ),
        ] {
            assert_eq!(sum(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_from_what_is_too_long() {
        for text in [
            "", "h", "24", "1.5h", "-1s", "1 h", "1h 30m", "1H", "1x", "1h30", "1µs", "é", "٣s",
        ] {
            assert_eq!(sum(text), Err(Fault::Form), "{text}");
        }
        for text in [
            "18446744073709551616s",
            "18446744073709551615m",
            "18446744073709551615s1s",
        ] {
            assert_eq!(sum(text), Err(Fault::Length), "{text}");
        }
    }

    #[test]
    fn errors_name_what_is_accepted() {
        for (text, said) in [
            (
                "24",
                "`24` is no duration; accepted: whole numbers with a unit of",
            ),
            (
                "0s",
                "`0s` is no time at all, and what is never fresh is not worth storing; accepted: whole",
            ),
            (
                "18446744073709551615h",
                "`18446744073709551615h` is longer than a `Duration` holds; accepted: whole",
            ),
        ] {
            let error = read(&LitStr::new(text, Span::call_site()), ", or `never`").unwrap_err();
            assert!(error.to_string().starts_with(said), "{error}");
            assert!(
                error
                    .to_string()
                    .ends_with("as in `24h` or `1h30m`, or `never`"),
                "{error}"
            );
        }
    }
}
