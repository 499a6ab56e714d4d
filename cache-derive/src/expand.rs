//! From the tokens of a type to the tokens of its implementations.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Generics, Path, Result, TypeParamBound, parse_quote};

use crate::attribute::Place;
use crate::item::Item;
use crate::settings::{ON_CACHEABLE, ON_SCHEMA};
use crate::{cacheable, recursion, schema, weigh};

/// Expands `#[derive(Schema)]`: the schema and the weight.
///
/// # Errors
/// What is derived for is not accepted.
pub(crate) fn schema(item: TokenStream) -> Result<TokenStream> {
    let item = read(item, ON_SCHEMA)?;
    in_a_block(&item, &TokenStream::new())
}

/// Expands `#[derive(Cacheable)]`: the schema, the weight and the domain.
///
/// # Errors
/// What is derived for is not accepted.
pub(crate) fn cacheable(item: TokenStream) -> Result<TokenStream> {
    let item = read(item, ON_CACHEABLE)?;
    let domain = cacheable::implement(&item)?;
    in_a_block(&item, &domain)
}

/// Returns the expansion, or what makes the compiler show the error.
pub(crate) fn or_error(expansion: Result<TokenStream>) -> TokenStream {
    expansion.unwrap_or_else(Error::into_compile_error)
}

fn read(item: TokenStream, place: Place) -> Result<Item> {
    Item::read(syn::parse2(item)?, place)
}

/// Puts the implementations where their helpers are seen by nobody else.
fn in_a_block(item: &Item, more: &TokenStream) -> Result<TokenStream> {
    let root = &item.settings.root;
    let mark = recursion::mark(item);
    let schema = schema::implement(item)?;
    let weigh = weigh::implement(item);
    Ok(quote! {
        #[allow(dead_code, deprecated, unused_imports, unused_variables)]
        const _: () = {
            use #root::weight::derived::{Known as _, Unknown as _};
            #mark
            #schema
            #weigh
            #more
        };
    })
}

/// Returns the generics with these bounds on every type parameter.
pub(crate) fn bounded(generics: &Generics, bounds: &[Path]) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        for bound in bounds {
            let bound: TypeParamBound = parse_quote!(#bound);
            parameter.bounds.push(bound);
        }
    }
    generics
}

#[cfg(test)]
mod tests;
