//! Types that hold themselves.

use cache_derive::Schema;

use crate::facade::Schema;
use crate::facade::weight::{Weigh, Weight};

/// The same two types, where `Part` is another one.
macro_rules! release {
    ($name:ident, $part:ty) => {
        mod $name {
            use super::*;

            #[derive(Schema)]
            #[cacheable(crate = "crate::facade")]
            pub(super) struct Node<T> {
                pub(super) value: T,
                #[cacheable(recursive)]
                pub(super) children: Vec<Node<T>>,
            }

            #[derive(Schema)]
            #[cacheable(crate = "crate::facade")]
            pub(super) struct Part(pub(super) $part);

            #[derive(Schema)]
            #[cacheable(crate = "crate::facade")]
            pub(super) enum Tree {
                Leaf,
                Branch(#[cacheable(recursive)] Vec<(Part, Self)>),
            }
        }
    };
}

release!(before, u8);
release!(after, u32);

#[test]
fn a_type_may_hold_itself() {
    use before::Node;
    assert_ne!(Node::<u8>::FINGERPRINT, Node::<u32>::FINGERPRINT);
    assert_eq!(Node::<u8>::FINGERPRINT, after::Node::<u8>::FINGERPRINT);
    let node = |value: &str, children| Node {
        value: value.to_owned(),
        children,
    };
    let family = node("a", vec![node("bc", Vec::new())]);
    assert_eq!(family.value, "a");
    assert_eq!(family.heap(), Weight::known(3 + size_of::<Node<String>>()));
}

#[test]
fn what_recurs_hides_nothing_beside_it() {
    use before::{Part, Tree};
    assert_ne!(Tree::FINGERPRINT, after::Tree::FINGERPRINT);
    let tree = Tree::Branch(vec![(Part(1), Tree::Leaf)]);
    assert_eq!(tree.heap(), Weight::known(size_of::<(Part, Tree)>()));
    let Tree::Branch(parts) = tree else {
        panic!("a branch")
    };
    assert_eq!(parts[0].0.0, 1);
    let _later = after::Tree::Branch(vec![(after::Part(2), after::Tree::Leaf)]);
}
