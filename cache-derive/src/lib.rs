// Its examples need the facade, on which this crate does not depend: drift-tests runs them.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod attribute;
mod domain;
mod duration;
mod item;
mod serde_texts;
mod settings;
mod text;

mod cacheable;
mod expand;
mod recursion;
mod schema;
mod weigh;

use proc_macro::TokenStream;

#[cfg_attr(not(doctest), doc = include_str!("schema.md"))]
#[proc_macro_derive(Schema, attributes(cacheable))]
pub fn derive_schema(item: TokenStream) -> TokenStream {
    expand::or_error(expand::schema(item.into())).into()
}

#[cfg_attr(not(doctest), doc = include_str!("cacheable.md"))]
#[proc_macro_derive(Cacheable, attributes(cacheable))]
pub fn derive_cacheable(item: TokenStream) -> TokenStream {
    expand::or_error(expand::cacheable(item.into())).into()
}
