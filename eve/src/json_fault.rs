//! Why some JSON could not be read, told without quoting the JSON.

use std::error::Error;
use std::fmt;

use serde_json::error::Category;

/// Where and why JSON could not be read.
///
/// `serde_json` quotes the offending value in its messages; values belong to other people and stay out of ours, so
/// this keeps the place, the class of the fault and, where one is missing, the name of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    class: Class,
    line: usize,
    column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Class {
    Syntax,
    EndsEarly,
    WrongShape,
    /// As `serde_json` words it: "missing field" and the name of a field of ours.
    MissingField(String),
    Unreadable,
}

impl JsonFault {
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        let class = match error.classify() {
            Category::Syntax => Class::Syntax,
            Category::Eof => Class::EndsEarly,
            Category::Data => shape_class(&error.to_string()),
            Category::Io => Class::Unreadable,
        };
        Self {
            class,
            line: error.line(),
            column: error.column(),
        }
    }
}

/// Tells a missing field (whose name is from our own declaration) from a value of the wrong shape (whose message may
/// quote the value).
fn shape_class(message: &str) -> Class {
    let missing = message.starts_with("missing field `");
    match message.split(" at line ").next() {
        Some(head) if missing => Class::MissingField(head.to_owned()),
        _ => Class::WrongShape,
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.class {
            Class::Syntax => f.write_str("not JSON")?,
            Class::EndsEarly => f.write_str("the JSON ends early")?,
            Class::WrongShape => f.write_str("a field is of another type than the schema says")?,
            Class::MissingField(head) => f.write_str(head)?,
            Class::Unreadable => f.write_str("the JSON cannot be read")?,
        }
        write!(f, " (line {}, column {})", self.line, self.column)
    }
}

impl Error for JsonFault {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::JsonFault;

    #[derive(Debug, Deserialize)]
    struct Named {
        #[expect(dead_code, reason = "only its shape matters")]
        name: String,
    }

    fn fault(json: &str) -> String {
        JsonFault::new(&serde_json::from_str::<Named>(json).unwrap_err()).to_string()
    }

    #[test]
    fn a_missing_field_is_named() {
        assert_eq!(fault("{}"), "missing field `name` (line 1, column 2)");
    }

    #[test]
    fn a_value_is_never_quoted() {
        let text = fault(r#"{"name":123456789}"#);
        assert!(!text.contains("123456789"), "{text}");
        assert!(text.contains("another type"), "{text}");
    }

    #[test]
    fn syntax_and_early_end_are_told_apart() {
        assert!(fault("{]").starts_with("not JSON"));
        assert!(fault("{\"name\":\"a").starts_with("the JSON ends early"));
    }
}
