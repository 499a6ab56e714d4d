//! Emits `Cacheable`: the domain, its times, and the weight of a whole value.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Generics, LitStr, Result, parse_quote};

use crate::expand::bounded;
use crate::item::Item;
use crate::settings::Life;
use crate::weigh;

/// Emits the implementation.
///
/// # Errors
/// The domain is missing, or the type borrows.
pub(crate) fn implement(item: &Item) -> Result<TokenStream> {
    refuse_lifetimes(item)?;
    let (name, root) = (&item.name, &item.settings.root);
    let domain = domain(item)?;
    let constants = constants(item);
    let weight = weight(item);
    let generics = generics(item);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #root::Cacheable for #name #ty_generics #where_clause {
            const DOMAIN: &'static str = #domain;
            #constants
            fn weight(&self) -> #root::weight::Weight { #weight }
        }
    })
}

fn domain(item: &Item) -> Result<&LitStr> {
    item.settings.domain.as_ref().ok_or_else(|| {
        Error::new(
            item.name.span(),
            "`Cacheable` needs `#[cacheable(domain = \"...\")]`; a type without a domain of its own derives `Schema`",
        )
    })
}

/// An entry lives as long as the cache.
fn refuse_lifetimes(item: &Item) -> Result<()> {
    match item.generics.lifetimes().next() {
        None => Ok(()),
        Some(lifetime) => Err(Error::new_spanned(
            lifetime,
            "a value of a domain outlives whatever it could borrow; accepted: types without lifetimes (own it, or share it by `Arc`)",
        )),
    }
}

/// What differs from the trait's own defaults.
fn constants(item: &Item) -> TokenStream {
    let (settings, root) = (&item.settings, &item.settings.root);
    let ttl = settings.ttl.map(|life| {
        let ttl = match life {
            Life::Default => quote!(#root::Ttl::Default),
            Life::Never => quote!(#root::Ttl::Never),
            Life::After(duration) => {
                let duration = written(duration);
                quote!(#root::Ttl::After(#duration))
            }
        };
        quote!(const TTL: #root::Ttl = #ttl;)
    });
    let negative_ttl = settings.negative_ttl.map(|duration| {
        let duration = written(duration);
        quote! {
            const NEGATIVE_TTL: ::core::option::Option<::core::time::Duration> = ::core::option::Option::Some(#duration);
        }
    });
    let unversioned = settings.is_unversioned.then(|| {
        quote!(
            const UNVERSIONED: bool = true;
        )
    });
    quote!(#ttl #negative_ttl #unversioned)
}

fn written(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

fn weight(item: &Item) -> TokenStream {
    let root = &item.settings.root;
    match &item.settings.weight {
        Some(function) => quote!(#root::weight::Weight::known(#function(self))),
        None => quote! {
            #root::weight::Weight::known(::core::mem::size_of::<Self>()).plus(#root::weight::Weigh::heap(self))
        },
    }
}

fn generics(item: &Item) -> Generics {
    let (name, root) = (&item.name, &item.settings.root);
    let mut bounds = weigh::bounds(item);
    bounds.push(parse_quote!(#root::Schema));
    let mut generics = bounded(&item.generics, &bounds);
    if generics.type_params().next().is_some() {
        let (_, ty_generics, _) = item.generics.split_for_impl();
        let whole =
            parse_quote!(#name #ty_generics: ::core::marker::Send + ::core::marker::Sync + 'static);
        generics.make_where_clause().predicates.push(whole);
    }
    generics
}
