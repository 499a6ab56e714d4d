//! What is emitted, read back from the tokens.

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

use super::*;
use crate::text::spell;

fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap()
}

/// What goes into the fingerprint: texts as they are, parts as the path of their constant.
fn steps(source: &str) -> Vec<String> {
    let mut steps = Vec::new();
    collect(schema(tokens(source)).unwrap(), &mut steps);
    steps
}

fn collect(tokens: TokenStream, steps: &mut Vec<String>) {
    let mut call = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => call = name.to_string(),
            TokenTree::Group(group) if matches!(call.as_str(), "new" | "text") => {
                let text: LitStr = syn::parse2(group.stream()).unwrap();
                steps.push(text.value());
            }
            TokenTree::Group(group) if call == "part" => {
                steps.push(spell(group.stream()).replace(' ', ""));
            }
            TokenTree::Group(group) => collect(group.stream(), steps),
            _ => {}
        }
    }
}

fn part(of: &str) -> String {
    format!("<{of}as::cache_facade::Schema>::FINGERPRINT")
}

/// The whole expansion, spelt with single spaces.
fn expanded(source: &str) -> String {
    spell(cacheable(tokens(source)).unwrap())
}

fn holds(expansion: &str, part: &str) {
    let part = spell(tokens(part));
    assert!(expansion.contains(&part), "{part}\nis not in\n{expansion}");
}

#[test]
fn structs_are_composed_over_their_fields_in_order() {
    assert_eq!(
        steps(
            r#"#[serde(rename_all = "camelCase")] struct Pilot { name: String, #[serde(default, rename = "hull")] ship: Option<u32>, r#type: u8 }"#
        ),
        [
            "struct Pilot",
            r#"serde rename_all = "camelCase""#,
            "field name",
            &part("String"),
            "field ship",
            "serde default",
            r#"serde rename = "hull""#,
            &part("Option<u32>"),
            "field type",
            &part("u8"),
        ]
    );
    assert_eq!(
        steps("struct Pair(u8, u16);"),
        [
            "tuple Pair",
            "field 0",
            &part("u8"),
            "field 1",
            &part("u16")
        ]
    );
    assert_eq!(steps("struct Unit;"), ["unit Unit"]);
}

#[test]
fn enums_are_composed_over_their_variants_in_order() {
    assert_eq!(
        steps(
            "enum E { #[serde(other)] A = 3, B(u8), #[serde(skip)] C { x: Foreign, #[serde(skip)] y: u8 } }"
        ),
        [
            "enum E",
            "variant A",
            "serde other",
            "discriminant 3",
            "unit",
            "variant B",
            "tuple",
            "field 0",
            &part("u8"),
            "variant C",
            "serde skip",
            "struct",
            "field x",
            "field y",
            "serde skip",
        ]
    );
    assert_eq!(steps("enum Never {}"), ["enum Never"]);
}

#[test]
fn parameters_come_first() {
    assert_eq!(
        steps(
            "struct Page<'a, T: Clone, const N: usize, const M: u128 = 4> where T: Copy { items: &'a [T; N] }"
        ),
        [
            "struct Page",
            "parameter",
            &part("T"),
            "parameter",
            "Nasu64",
            "parameter",
            "Masu64",
            "(M>>64)asu64",
            "field items",
            &part("&'a[T;N]"),
        ]
    );
}

#[test]
fn an_opaque_field_is_its_text_and_the_spelling_of_its_type() {
    assert_eq!(
        steps(r#"struct S { #[cacheable(opaque = "v1")] a: Vec<Foreign> }"#),
        ["struct S", "field a", "opaque Vec < Foreign >", "v1"]
    );
}

#[test]
fn an_opaque_type_is_its_text_and_its_parameters() {
    assert_eq!(
        steps(
            r#"#[serde(untagged)] #[cacheable(opaque = "v1")] enum E<T> { A(#[cacheable(recursive)] Box<E<T>>), B(Foreign) }"#
        ),
        ["opaque E", "parameter", &part("T"), "v1"]
    );
}

#[test]
fn a_recursive_field_is_composed_around_a_mark() {
    assert_eq!(
        steps("struct Node { #[cacheable(recursive)] children: HashMap<Key, Node> }"),
        [
            // The mark's own fingerprint.
            "itself",
            "Node",
            "struct Node",
            "field children",
            "recursive",
            &part("HashMap<Key,__CacheItself>"),
        ]
    );
}

#[test]
fn what_is_skipped_has_no_type() {
    assert_eq!(
        steps(
            "struct S { #[serde(skip)] a: Foreign, #[serde(skip)] #[cacheable(recursive)] b: Box<S>, c: u8 }"
        ),
        [
            "struct S",
            "field a",
            "serde skip",
            "field b",
            "serde skip",
            "field c",
            &part("u8")
        ]
    );
}

#[test]
fn proxies_are_composed_in() {
    assert_eq!(
        steps(r#"#[serde(from = "Wire", into = "Wire")] struct S { a: u8 }"#),
        [
            "struct S",
            r#"serde from = "Wire""#,
            r#"serde into = "Wire""#,
            &part("Wire"),
            &part("Wire"),
            "field a",
            &part("u8"),
        ]
    );
}

#[test]
fn type_parameters_are_bounded() {
    let expansion = expanded(
        r#"#[cacheable(domain = "page")] struct Page<T: Clone, const N: usize = 1> where T: Copy { a: [T; N] }"#,
    );
    for part in [
        "impl<T: Clone + ::cache_facade::Schema, const N: usize> ::cache_facade::Schema for Page<T, N> where T: Copy",
        "impl<T: Clone + ::cache_facade::weight::Weigh, const N: usize> ::cache_facade::weight::Weigh for Page<T, N>",
        "impl<T: Clone + ::cache_facade::weight::Weigh + ::cache_facade::Schema, const N: usize>
            ::cache_facade::Cacheable for Page<T, N>
            where T: Copy, Page<T, N>: ::core::marker::Send + ::core::marker::Sync + 'static",
    ] {
        holds(&expansion, part);
    }
}

#[test]
fn a_domain_is_emitted_with_what_differs_from_the_defaults() {
    let expansion = expanded(
        r#"#[cacheable(domain = "pilot", ttl = "1s500ms", negative_ttl = "1m", unversioned)] struct Pilot;"#,
    );
    for part in [
        "const DOMAIN: &'static str = \"pilot\";",
        "const TTL: ::cache_facade::Ttl = ::cache_facade::Ttl::After(::core::time::Duration::new(1u64, 500000000u32));",
        "::core::option::Option::Some(::core::time::Duration::new(60u64, 0u32));",
        "const UNVERSIONED: bool = true;",
    ] {
        holds(&expansion, part);
    }
    let plain = expanded(r#"#[cacheable(domain = "pilot")] struct Pilot;"#);
    for absent in ["TTL", "UNVERSIONED", "__CacheItself"] {
        assert!(!plain.contains(absent), "{plain}");
    }
}

#[test]
fn the_root_can_be_elsewhere() {
    let expansion =
        expanded(r#"#[cacheable(crate = "crate::cache", domain = "pilot")] struct Pilot(u8);"#);
    holds(&expansion, "crate::cache::Schema");
    assert!(!expansion.contains("cache_facade"), "{expansion}");
}

#[test]
fn weights_are_looked_up_per_field_unless_a_function_weighs() {
    let derived =
        expanded(r#"#[cacheable(domain = "d")] enum E { A { x: u8 }, B(&'static str, u8), C }"#);
    holds(&derived, "Self::A { x: __cache_0, .. }");
    holds(&derived, "Self::B { 1: __cache_1, .. }");
    holds(
        &derived,
        "(&::cache_facade::weight::derived::Field(__cache_1)).weigh()",
    );
    let inside = spell(schema(tokens("struct S<'a, 'b>(Option<&'b u8>, &'a u8, u8);")).unwrap());
    holds(
        &inside,
        "heap.plus(::cache_facade::weight::Weight::unknown(0))",
    );
    assert!(!inside.contains("& self . 0") && !inside.contains("& self . 1"));
    holds(&inside, "Field(&self.2)");
    let own = expanded(r#"#[cacheable(domain = "d", weight = "total")] struct S<T>(T);"#);
    holds(&own, "::cache_facade::weight::Weight::known(total(self))");
    assert!(
        !own.contains("Field") && !own.contains("T : : : cache_facade : : weight"),
        "{own}"
    );
}

#[test]
fn a_domain_is_needed_and_cannot_borrow() {
    for (source, said, at) in [
        (
            "struct Pilot;",
            "`Cacheable` needs `#[cacheable(domain = \"...\")]`; a type without a domain of its own derives `Schema`",
            "Pilot",
        ),
        (
            "#[cacheable(domain = \"pilot\")] struct Pilot<'a, T>(&'a T);",
            "a value of a domain outlives whatever it could borrow; accepted: types without lifetimes (own it, or share it by `Arc`)",
            "'a",
        ),
    ] {
        let error = cacheable(source.parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), said);
        assert_eq!(error.span().source_text().as_deref(), Some(at));
    }
}

#[test]
fn errors_become_what_the_compiler_shows() {
    let shown = spell(or_error(schema(tokens("union U { a: u8 }"))));
    assert!(
        shown.contains("compile_error") && shown.contains("a union cannot be cached"),
        "{shown}"
    );
    assert!(schema(tokens("fn f() {}")).is_err());
}
