//! Parameters of every kind.

use std::marker::PhantomData;

use cache_derive::{Cacheable, Schema};

use crate::facade::weight::{Weigh, Weight};
use crate::facade::{Cacheable, Schema};

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Borrowed<'a, T: ?Sized> {
    name: &'a str,
    part: &'a T,
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
enum Inside<'a> {
    Shared(Option<&'static str>),
    Borrowed { near: Option<&'a str>, name: String },
}

#[derive(Cacheable)]
#[cacheable(crate = "crate::facade", domain = "page")]
struct Page<T, const N: usize = 4>
where
    T: Clone,
{
    items: Vec<T>,
    mark: [u8; N],
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Id<T> {
    raw: u32,
    #[cacheable(opaque = "v1")]
    marker: PhantomData<T>,
}

#[derive(Schema)]
#[cacheable(crate = "crate::facade")]
struct Sealed128<const N: u128, const C: char, const B: bool>;

#[derive(Schema)]
#[cacheable(crate = "crate::facade", opaque = "v1")]
struct Sealed<T>(Vec<T>);

#[test]
fn what_is_borrowed_weighs_nothing() {
    let borrowed = Borrowed {
        name: "Jita",
        part: "x",
    };
    assert_eq!(borrowed.heap(), Weight::known(0));
    assert_eq!((borrowed.name, borrowed.part), ("Jita", "x"));
    assert_ne!(
        Borrowed::<str>::FINGERPRINT,
        Borrowed::<String>::FINGERPRINT
    );
}

#[test]
fn what_borrows_inside_is_unknown() {
    assert_eq!(Inside::Shared(Some("sun")).heap(), Weight::known(0));
    let name = "abc".to_owned();
    let inside = Inside::Borrowed {
        near: Some(&name.clone()),
        name,
    };
    assert_eq!(inside.heap(), Weight::unknown(3));
}

#[test]
fn arguments_are_part_of_the_shape() {
    assert_ne!(Page::<u8>::FINGERPRINT, Page::<u32>::FINGERPRINT);
    assert_ne!(Page::<u8, 1>::FINGERPRINT, Page::<u8, 2>::FINGERPRINT);
    assert_eq!(Page::<u8>::FINGERPRINT, Page::<u8, 4>::FINGERPRINT);
    assert_eq!(Page::<u8, 1>::DOMAIN, "page");
}

#[test]
fn arguments_that_no_field_holds_are_too() {
    assert_ne!(Id::<u8>::FINGERPRINT, Id::<u32>::FINGERPRINT);
    assert_ne!(Sealed::<u8>::FINGERPRINT, Sealed::<u32>::FINGERPRINT);
    let plain = Sealed128::<0, 'a', true>::FINGERPRINT;
    assert_ne!(plain, Sealed128::<{ 1 << 100 }, 'a', true>::FINGERPRINT);
    assert_ne!(plain, Sealed128::<0, 'b', true>::FINGERPRINT);
    assert_ne!(plain, Sealed128::<0, 'a', false>::FINGERPRINT);
}

#[test]
fn generic_parts_are_weighed() {
    let page = Page {
        items: vec!["abc".to_owned()],
        mark: [0; 4],
    };
    let heap = size_of::<String>() + 3;
    assert_eq!(page.heap(), Weight::known(heap));
    assert_eq!((page.items.len(), page.mark), (1, [0; 4]));
    let id = Id::<u8> {
        raw: 1,
        marker: PhantomData,
    };
    assert_eq!((id.raw, id.heap()), (1, Weight::known(0)));
    assert_eq!(id.marker, PhantomData);
    assert_eq!(Sealed(vec!["abc".to_owned()]).heap(), Weight::known(heap));
}
