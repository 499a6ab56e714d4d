//! The table of options, the types, their defaults and their documentation say the same.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::value::Error as AnyError;
use serde::de::{Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

use crate::config::table::{OPTIONS, value_at};
use crate::config::{CacheConfig, DomainConfig, LoadTimeout, LoadTimeoutOverride, defaults_table};

/// Asks a type for the names of its fields, and gives it nothing.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = AnyError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, AnyError> {
        *self.0 = fields;
        Err(AnyError::custom("the names are all there is"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, AnyError> {
        Err(AnyError::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields<'de, T: Deserialize<'de>>(prefix: &str, tables: &[&str]) -> BTreeSet<String> {
    let mut names: &'static [&'static str] = &[];
    assert!(T::deserialize(FieldNames(&mut names)).is_err());
    assert!(!names.is_empty());
    let is_option = |name: &&&str| !tables.contains(*name);
    names
        .iter()
        .filter(is_option)
        .map(|name| format!("{prefix}{name}"))
        .collect()
}

fn options_of_the_types() -> BTreeSet<String> {
    let mut options = fields::<CacheConfig>("", &["load_timeout", "domains"]);
    options.extend(fields::<LoadTimeout>("load_timeout.", &[]));
    options.extend(fields::<DomainConfig>("domains.<name>.", &["load_timeout"]));
    options.extend(fields::<LoadTimeoutOverride>(
        "domains.<name>.load_timeout.",
        &[],
    ));
    options
}

#[test]
fn the_table_holds_exactly_the_fields_of_the_types() {
    let listed: BTreeSet<String> = OPTIONS.iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(listed.len(), OPTIONS.len(), "an option is listed twice");
    assert_eq!(listed, options_of_the_types());
}

#[test]
fn every_default_is_either_set_or_told_in_words() {
    let defaults = toml::Value::try_from(CacheConfig::default()).unwrap();
    for row in &OPTIONS {
        let is_set = value_at(&defaults, row.name).is_some();
        assert_eq!(is_set, row.open.is_empty(), "{}", row.name);
        assert!(!row.accepted.contains('|') && !row.meaning.contains('|'));
    }
}

#[test]
fn the_table_has_a_line_per_option() {
    let table = defaults_table();
    assert_eq!(table.lines().count(), OPTIONS.len() + 2);
    assert!(
        table.lines().all(|line| line.matches('|').count() == 5),
        "{table}"
    );
    assert!(table.contains("| `deadline` | `\"250ms\"` | a duration above zero |"));
    assert!(table.contains("| `codec` | the first compiled in |"));
    assert!(table.contains("| `max_flights` | `100000` |"));
}

/// Returns the documentation above `pub <field>:` in the source of a type.
fn doc_of(source: &str, field: &str) -> String {
    let end = source.find(&format!("    pub {field}:")).unwrap();
    let lines: Vec<&str> = source[..end].lines().collect();
    let doc = lines.iter().rev().take_while(|line| {
        line.trim_start().starts_with("///") || line.trim_start().starts_with("#[serde")
    });
    let mut lines: Vec<&str> = doc
        .map(|line| line.trim().trim_start_matches("///"))
        .collect();
    lines.reverse();
    lines.concat()
}

#[test]
fn the_doc_of_each_field_quotes_its_default() {
    let source = include_str!("../cache_config.rs");
    let defaults = toml::Value::try_from(CacheConfig::default()).unwrap();
    for row in OPTIONS
        .iter()
        .filter(|row| !row.name.starts_with("domains."))
    {
        let field = row.name.rsplit('.').next().unwrap();
        let doc = doc_of(source, field);
        let quoted = match value_at(&defaults, row.name) {
            Some(value) => format!("Default: `{value}`."),
            None => format!("Default: none, {}", row.open),
        };
        assert!(doc.contains(&quoted), "{field}: {quoted} is not in: {doc}");
    }
}
