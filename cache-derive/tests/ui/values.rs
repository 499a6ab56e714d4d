//! Values are checked where they are written. Every message has its unit test; this is how they look.

use cache_derive::{Cacheable, Schema};

#[path = "../facade/mod.rs"]
mod facade;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "Kill-Mails")]
struct Domain;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "pilot", ttl = "24")]
struct Ttl;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "pilot", tll = "24h")]
struct Misspelt;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "pilot")]
#[cacheable(domain = "ship")]
struct Twice;

#[derive(Cacheable)]
struct Homeless;

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "pilot")]
struct Borrowing<'a>(&'a str);

#[derive(Schema)]
union Either {
    left: u8,
    right: u8,
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Other(#[cacheable(recursive)] Vec<Ttl>);

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Endless(Vec<Self>);

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "pilot", weight = "length")]
struct Function;

fn length(text: &str) -> usize {
    text.len()
}

fn main() {}
