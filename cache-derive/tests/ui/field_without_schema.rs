//! The error stands on the field's type, and says what to do.

use cache_derive::Schema;

#[path = "../facade/mod.rs"]
mod facade;

struct Foreign;

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Direct {
    name: String,
    foreign: Foreign,
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
enum Nested {
    Nothing,
    Some(u8, Vec<[Foreign; 2]>),
}

fn main() {}
