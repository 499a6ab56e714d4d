//! What is wrong with a setting, where it stands, and what is accepted. No value is ever part of it.

use std::error::Error as StdError;
use std::fmt;

use cache_core::Error;
use serde::de::{Error as DeError, Expected, Unexpected};

use super::names;

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Unknown,
    /// Bytes from the beginning of the document.
    Offset(usize),
    /// The name of an environment variable.
    Variable(String),
}

/// The document that offsets count in.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Document<'_> {
    pub(super) const NONE: Self = Document { name: "", text: "" };

    fn line(&self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        before.filter(|byte| *byte == b'\n').count() + 1
    }
}

/// An error on its way out of a tree of settings: it learns its path from the inside to the outside.
#[derive(Debug)]
pub(super) struct Problem {
    what: String,
    /// The names of the settings around it, the innermost first.
    path: Vec<String>,
    origin: Origin,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            path: Vec::new(),
            origin: Origin::Unknown,
        }
    }

    /// Says where it stands, unless that is known already.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        if self.origin == Origin::Unknown {
            self.origin = origin.clone();
        }
        self
    }

    /// Says which setting it stands in.
    pub(super) fn inside(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }

    /// Tells where it stands, in which setting, and what is wrong.
    pub(super) fn into_error(self, document: Document<'_>) -> Error {
        let place = match &self.origin {
            Origin::Unknown => document.name.to_owned(),
            Origin::Offset(offset) => format!("{}, line {}", document.name, document.line(*offset)),
            Origin::Variable(name) => format!("environment variable {}", names::shown(name)),
        };
        if place.is_empty() {
            names::invalid(self.to_string())
        } else {
            names::invalid(format!("{place}: {self}"))
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, name) in self.path.iter().rev().enumerate() {
            let dot = if depth == 0 { "" } else { "." };
            write!(f, "{dot}{}", names::shown(name))?;
        }
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.what)
    }
}

impl StdError for Problem {}

/// serde's own texts quote the value; these say what is accepted instead.
impl DeError for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("accepted is {}", plain(&expected.to_string())))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("accepted is {}", plain(&expected.to_string())))
    }

    fn unknown_variant(_: &str, accepted: &'static [&'static str]) -> Self {
        let list = names::list(accepted.iter().copied());
        Self::new(format!("accepted: {list}"))
    }

    fn unknown_field(name: &str, accepted: &'static [&'static str]) -> Self {
        Self::new(names::unknown("option", name, accepted.iter().copied()))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(format!("the option `{name}` is missing"))
    }
}

/// Says in words what serde calls by its Rust name.
fn plain(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, not negative",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" => "a text",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        // `NonZeroUsize` and its like say "a nonzero usize".
        other if other.starts_with("a nonzero u") => "a whole number above zero",
        other => other,
    };
    words.to_owned()
}
