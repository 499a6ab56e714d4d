//! Reads a tree of settings as any type that serde can read: the one way of TOML, of the environment and of a URL's
//! options. Text becomes what the type asks for, so a number in a variable needs no guessing.

use std::collections::btree_map;
use std::time::Duration;

use serde::de::value::MapDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::problem::Problem;
use super::tree::{Node, Table, Value};
use super::{byte_size, duration, names};

/// What the names of sizes in bytes end in.
const SIZE_ENDINGS: [&str; 2] = ["_bytes", "_payload"];

/// A table or a value, and the name that it has in the table around it.
pub(super) struct Reader {
    node: Node,
    name: String,
}

impl Reader {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            name: String::new(),
        }
    }

    /// A whole number. An option whose name says that it is a size in bytes may have a unit.
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Text(text) = &self.node.value else {
            return self.deserialize_any(visitor);
        };
        if let Ok(number) = text.parse::<u64>() {
            return visitor.visit_u64(number);
        }
        if let Ok(number) = text.parse::<i64>() {
            return visitor.visit_i64(number);
        }
        if !SIZE_ENDINGS
            .iter()
            .any(|ending| self.name.ends_with(ending))
        {
            return Err(refused(&visitor));
        }
        visitor.visit_u64(byte_size::parse(text).map_err(Problem::new)?)
    }

    fn fraction<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Text(text) = &self.node.value else {
            return self.deserialize_any(visitor);
        };
        match text.parse::<f64>() {
            Ok(number) => visitor.visit_f64(number),
            Err(_) => Err(refused(&visitor)),
        }
    }
}

fn refused<'de, V: Visitor<'de>>(visitor: &V) -> Problem {
    Problem::invalid_type(Unexpected::Other("text"), visitor)
}

macro_rules! deserialize_as {
    ($way:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.$way(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Problem;

    deserialize_as! { number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }
    deserialize_as! { number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 }
    deserialize_as! { fraction: deserialize_f32 deserialize_f64 }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.node.value {
            Value::Table(table) => visitor.visit_map(Fields::new(table)),
            Value::Text(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Other(what) => Err(Problem::invalid_type(Unexpected::Other(what), &visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Text(text) => match text.parse() {
                Ok(value) => visitor.visit_bool(value),
                Err(_) => Err(refused(&visitor)),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.node.value {
            Value::Text(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(Problem::unknown_variant("", variants)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.node.value {
            Value::Table(table) => {
                refuse_unknown(&table, fields)?;
                visitor.visit_map(Fields::new(table))
            }
            // How serde spells a `Duration`: whoever asks for one may have it as text.
            Value::Text(text) if name == "Duration" && fields == ["secs", "nanos"] => {
                seconds_and_nanos(duration::parse(&text).map_err(Problem::new)?, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Refuses what a type has no field for, whether or not the type itself would.
fn refuse_unknown(table: &Table, fields: &'static [&'static str]) -> Result<(), Problem> {
    match table
        .iter()
        .find(|(name, _)| !fields.contains(&name.as_str()))
    {
        None => Ok(()),
        Some((name, node)) => {
            let text = names::unknown("option", name, fields.iter().copied());
            Err(Problem::new(text).at(&node.origin))
        }
    }
}

fn seconds_and_nanos<'de, V: Visitor<'de>>(
    duration: Duration,
    visitor: V,
) -> Result<V::Value, Problem> {
    let parts = [
        ("secs", duration.as_secs()),
        ("nanos", u64::from(duration.subsec_nanos())),
    ];
    visitor.visit_map(MapDeserializer::new(parts.into_iter()))
}

/// The entries of a table. What goes wrong in one learns its name and its place here.
struct Fields {
    rest: btree_map::IntoIter<String, Node>,
    current: Option<(String, Node)>,
}

impl Fields {
    fn new(table: Table) -> Self {
        Self {
            rest: table.into_iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let Some((name, node)) = self.rest.next() else {
            return Ok(None);
        };
        let key = seed
            .deserialize(name.as_str().into_deserializer())
            .map_err(|problem: Problem| problem.at(&node.origin))?;
        self.current = Some((name, node));
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        let Some((name, node)) = self.current.take() else {
            return Err(Problem::new("a value was asked for before its name"));
        };
        let origin = node.origin.clone();
        let reader = Reader {
            node,
            name: name.clone(),
        };
        seed.deserialize(reader)
            .map_err(|problem| problem.inside(&name).at(&origin))
    }
}
