//! Emits `Weigh`: what the fields own on the heap, or what the type's own function says.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type, parse_quote};

use crate::expand::bounded;
use crate::item::{Body, Field, Item, Shape};
use crate::text::spell;

/// Emits the implementation.
pub(crate) fn implement(item: &Item) -> TokenStream {
    let (name, root) = (&item.name, &item.settings.root);
    let generics = bounded(&item.generics, &bounds(item));
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let heap = heap(item);
    quote! {
        #[automatically_derived]
        impl #impl_generics #root::weight::Weigh for #name #ty_generics #where_clause {
            fn heap(&self) -> #root::weight::Weight { #heap }
        }
    }
}

/// What a type parameter must be able to do. Whether a field can be weighed is looked up where the type is written, and
/// there nothing is known of a parameter but its bounds: without this one, every generic weight would be unknown.
pub(crate) fn bounds(item: &Item) -> Vec<Path> {
    let root = &item.settings.root;
    match item.settings.weight {
        Some(_) => Vec::new(),
        None => vec![parse_quote!(#root::weight::Weigh)],
    }
}

fn heap(item: &Item) -> TokenStream {
    let root = &item.settings.root;
    if let Some(function) = &item.settings.weight {
        return quote! {
            let total: usize = #function(self);
            #root::weight::Weight::known(total.saturating_sub(::core::mem::size_of::<Self>()))
        };
    }
    match &item.shape {
        Shape::Struct(body) => sum(
            item,
            owning(body).map(|(field, _)| {
                let member = &field.member;
                (&field.ty, quote!(&self.#member))
            }),
        ),
        Shape::Enum(variants) if variants.is_empty() => quote!(match *self {}),
        Shape::Enum(variants) => {
            let arms = variants.iter().map(|variant| {
                let (name, body) = (&variant.name, &variant.body);
                let bindings = owning(body).map(|(field, binding)| {
                    let member = &field.member;
                    quote!(#member: #binding,)
                });
                let sum = sum(
                    item,
                    owning(body).map(|(field, binding)| (&field.ty, quote!(#binding))),
                );
                quote!(Self::#name { #(#bindings)* .. } => { #sum })
            });
            quote!(match self { #(#arms)* })
        }
    }
}

/// The fields that may own something, each with a name to bind it to.
fn owning(body: &Body) -> impl Iterator<Item = (&Field, Ident)> {
    let fields = body.fields.iter().enumerate();
    fields
        .filter(|(_, field)| !owns_nothing(&field.ty))
        .map(|(position, field)| (field, format_ident!("__cache_{position}")))
}

/// A borrow, which `Weigh` need not know for every lifetime, and a marker, which `Weigh` need not know at all.
fn owns_nothing(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        Type::Group(group) => owns_nothing(&group.elem),
        Type::Paren(paren) => owns_nothing(&paren.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData"),
        _ => false,
    }
}

/// Whether a lifetime of the item stands inside. Looking such a type up may find what is implemented for `'static` alone,
/// because the search for methods does not see lifetimes, and then it would not compile.
fn borrows(item: &Item, ty: &Type) -> bool {
    let spelt = spell(ty.to_token_stream());
    let words: Vec<&str> = spelt.split(' ').collect();
    item.generics.lifetimes().any(|parameter| {
        let name = parameter.lifetime.ident.to_string();
        words.windows(2).any(|pair| pair == ["'", name.as_str()])
    })
}

fn sum<'a>(item: &Item, fields: impl Iterator<Item = (&'a Type, TokenStream)>) -> TokenStream {
    let root = &item.settings.root;
    let heap = Ident::new("heap", Span::mixed_site());
    let steps = fields.map(|(ty, field)| {
        let at = Span::call_site().located_at(ty.span());
        let weighed = if borrows(item, ty) {
            quote!(#root::weight::Weight::unknown(0))
        } else {
            quote_spanned!(at=> (&#root::weight::derived::Field(#field)).weigh())
        };
        quote!(let #heap = #heap.plus(#weighed);)
    });
    quote! {
        let #heap = #root::weight::Weight::known(0);
        #(#steps)*
        #heap
    }
}
