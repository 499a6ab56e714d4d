//! What the derived implementations do, against a stand-in for the facade. Fingerprints that move are drift-tests' matter.

#[path = "../facade/mod.rs"]
mod facade;

mod domain;
mod generics;
mod recursion;
mod weight;
