//! Weights of fields, of variants, and of what cannot be seen.

use cache_derive::{Cacheable, Schema};

use crate::facade::Cacheable;
use crate::facade::weight::{Weigh, Weight};

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Ship {
    name: String,
    mass: u32,
}

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "fleet")]
struct Fleet(Vec<Ship>, u8);

/// Has a schema and no weight.
struct Foreign;

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Mixed {
    name: String,
    #[cacheable(opaque = "v1")]
    #[allow(dead_code, reason = "only weighed")]
    foreign: Foreign,
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
enum Place {
    Nowhere,
    Station(String, u32),
    Space { near: String, names: Vec<String> },
    Elsewhere(#[cacheable(opaque = "v1")] Foreign),
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
enum Never {}

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "image", weight = "Image::total")]
struct Image {
    #[cacheable(opaque = "v1")]
    pixels: Foreign,
}

impl Image {
    fn total(&self) -> usize {
        let Self { pixels: Foreign } = self;
        1_000
    }
}

fn ship(name: &str) -> Ship {
    Ship {
        name: name.to_owned(),
        mass: 7,
    }
}

#[test]
fn fields_are_added_up_with_what_they_hold() {
    let fleet = Fleet(vec![ship("Rifter"), ship("Jaguar")], 1);
    let heap = 2 * size_of::<Ship>() + 12;
    assert_eq!(fleet.heap(), Weight::known(heap));
    assert_eq!(fleet.weight(), Weight::known(size_of::<Fleet>() + heap));
    assert_eq!((fleet.1, fleet.0[0].mass), (1, 7));
}

#[test]
fn what_cannot_be_weighed_makes_the_whole_unknown() {
    let mixed = Mixed {
        name: "abc".to_owned(),
        foreign: Foreign,
    };
    assert_eq!(mixed.heap(), Weight::unknown(3));
}

#[test]
fn enums_weigh_their_variant() {
    assert_eq!(Place::Nowhere.heap(), Weight::known(0));
    assert_eq!(
        Place::Station("Jita".to_owned(), 4).heap(),
        Weight::known(4)
    );
    let space = Place::Space {
        near: "sun".to_owned(),
        names: vec!["a".to_owned()],
    };
    assert_eq!(space.heap(), Weight::known(3 + size_of::<String>() + 1));
    assert_eq!(Place::Elsewhere(Foreign).heap(), Weight::unknown(0));
    let nobody: Option<Never> = None;
    assert!(nobody.is_none_or(|never| never.heap().is_known));
}

#[test]
fn a_function_of_ones_own_is_the_last_word() {
    let image = Image { pixels: Foreign };
    assert_eq!(image.weight(), Weight::known(1_000));
    assert_eq!(image.heap(), Weight::known(1_000 - size_of::<Image>()));
}
