//! What was written, before it is read as settings: a tree of tables and values, each knowing where it stands.
//! It has no `Debug` on purpose: its values may be secrets.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Origin, Problem};

pub(super) type Table = BTreeMap<String, Node>;

/// A table or a value, and where it was written.
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

pub(super) enum Value {
    Table(Table),
    /// Text. From the environment and from a URL everything is; who reads it knows what it should be.
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// What no setting is: a list, a date, a number out of range.
    Other(&'static str),
}

impl Node {
    pub(super) fn table(table: Table) -> Self {
        Self {
            origin: Origin::Unknown,
            value: Value::Table(table),
        }
    }

    pub(super) fn text(text: impl Into<String>, origin: Origin) -> Self {
        Self {
            origin,
            value: Value::Text(text.into()),
        }
    }

    /// Puts another tree over this one: tables are merged, everything else is replaced.
    pub(super) fn overlay(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Table(below), Value::Table(above)) => {
                for (name, node) in above {
                    match below.entry(name) {
                        Entry::Occupied(mut place) => place.get_mut().overlay(node),
                        Entry::Vacant(place) => {
                            place.insert(node);
                        }
                    }
                }
            }
            (_, value) => {
                *self = Self {
                    origin: over.origin,
                    value,
                }
            }
        }
    }
}

/// Reads TOML.
///
/// The parser's own rendering of an error quotes the line that it stands in, so only its message is kept: it speaks of
/// syntax alone.
pub(super) fn from_toml(text: &str) -> Result<Node, Problem> {
    let document = DeTable::parse(text).map_err(|error| {
        let origin = error
            .span()
            .map_or(Origin::Unknown, |span| Origin::Offset(span.start));
        Problem::new(format!("no TOML: {}", error.message())).at(&origin)
    })?;
    Ok(Node::table(table(document.into_inner())))
}

fn table(table: DeTable<'_>) -> Table {
    table
        .into_iter()
        .map(|(name, value)| {
            let origin = Origin::Offset(name.span().start);
            (name.into_inner().into_owned(), node(origin, value))
        })
        .collect()
}

fn node(origin: Origin, value: Spanned<DeValue<'_>>) -> Node {
    let value = match value.into_inner() {
        DeValue::Table(nested) => Value::Table(table(nested)),
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number out of range"), Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or(Value::Other("a number out of range"), Value::Float),
        DeValue::Array(_) => Value::Other("a list"),
        DeValue::Datetime(_) => Value::Other("a date"),
    };
    Node { origin, value }
}
