//! Emits `Schema`: everything that decides over the bytes, one after the other, each with a word that says what it is.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ConstParam, GenericParam, Result, Type, parse_quote};

use crate::expand::bounded;
use crate::item::{Body, Field, Item, Shape, Variant};
use crate::recursion;
use crate::serde_texts::SerdeTexts;
use crate::settings::Form;
use crate::text::spell;

/// Emits the implementation.
///
/// # Errors
/// A field is said to be recursive and is not.
pub(crate) fn implement(item: &Item) -> Result<TokenStream> {
    let (name, root) = (&item.name, &item.settings.root);
    let generics = bounded(&item.generics, &[parse_quote!(#root::Schema)]);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let steps = compose(item)?;
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #root::Schema for #name #ty_generics #where_clause {
            const FINGERPRINT: u64 = { #steps };
        }
    })
}

fn compose(item: &Item) -> Result<TokenStream> {
    let kind = match (&item.settings.opaque, &item.shape) {
        (Some(_), _) => "opaque",
        (None, Shape::Struct(body)) => body.kind,
        (None, Shape::Enum(_)) => "enum",
    };
    let mut steps = Steps::begin(item, &format!("{kind} {}", item.plain_name()));
    for parameter in &item.generics.params {
        steps.parameter(parameter);
    }
    if let Some(text) = &item.settings.opaque {
        steps.text(text);
        return Ok(steps.finish());
    }
    steps.serde(&item.serde);
    match &item.shape {
        Shape::Struct(body) => steps.body(body)?,
        Shape::Enum(variants) => {
            for variant in variants {
                steps.variant(variant)?;
            }
        }
    }
    Ok(steps.finish())
}

/// One statement per step: a chain of calls would nest as deep as the type is long.
struct Steps<'a> {
    item: &'a Item,
    composer: Ident,
    tokens: TokenStream,
}

impl<'a> Steps<'a> {
    fn begin(item: &'a Item, title: &str) -> Self {
        let composer = Ident::new("composer", Span::mixed_site());
        let root = &item.settings.root;
        let tokens = quote!(let #composer = #root::schema::Composer::new(#title););
        Self {
            item,
            composer,
            tokens,
        }
    }

    fn finish(self) -> TokenStream {
        let Self {
            composer,
            mut tokens,
            ..
        } = self;
        tokens.extend(quote!(#composer.finish()));
        tokens
    }

    fn text(&mut self, text: &str) {
        let composer = &self.composer;
        self.tokens
            .extend(quote!(let #composer = #composer.text(#text);));
    }

    fn part(&mut self, part: &TokenStream) {
        let composer = &self.composer;
        self.tokens
            .extend(quote!(let #composer = #composer.part(#part);));
    }

    /// The span is the type's own, so that a missing schema is shown where the type is written.
    fn part_of(&mut self, ty: &Type) {
        let root = &self.item.settings.root;
        let at = Span::call_site().located_at(ty.span());
        self.part(&quote_spanned!(at=> <#ty as #root::Schema>::FINGERPRINT));
    }

    /// Also of what no field holds: an id of a pilot is not an id of a ship.
    fn parameter(&mut self, parameter: &GenericParam) {
        match parameter {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(parameter) => {
                let name = &parameter.ident;
                self.text("parameter");
                self.part_of(&parse_quote!(#name));
            }
            GenericParam::Const(parameter) => self.const_parameter(parameter),
        }
    }

    fn const_parameter(&mut self, parameter: &ConstParam) {
        let name = &parameter.ident;
        self.text("parameter");
        self.part(&quote!(#name as u64));
        if matches!(
            spell(parameter.ty.to_token_stream()).as_str(),
            "u128" | "i128"
        ) {
            self.part(&quote!((#name >> 64) as u64));
        }
    }

    fn serde(&mut self, serde: &SerdeTexts) {
        for text in &serde.texts {
            self.text(&format!("serde {text}"));
        }
        for proxy in &serde.proxies {
            self.part_of(proxy);
        }
    }

    fn variant(&mut self, variant: &Variant) -> Result<()> {
        self.text(&format!("variant {}", variant.plain_name()));
        self.serde(&variant.serde);
        if let Some(discriminant) = &variant.discriminant {
            self.text(&format!("discriminant {discriminant}"));
        }
        self.text(variant.body.kind);
        self.body(&variant.body)
    }

    fn body(&mut self, body: &Body) -> Result<()> {
        body.fields.iter().try_for_each(|field| self.field(field))
    }

    fn field(&mut self, field: &Field) -> Result<()> {
        self.text(&format!("field {}", field.plain_name()));
        self.serde(&field.serde);
        if field.serde.is_skipped {
            return Ok(());
        }
        match &field.form {
            Form::Composed => {
                recursion::refuse(&field.ty, self.item)?;
                self.part_of(&field.ty);
            }
            Form::Opaque(text) => {
                self.text(&format!("opaque {}", spell(field.ty.to_token_stream())));
                self.text(text);
            }
            Form::Recursive => {
                self.text("recursive");
                self.part_of(&recursion::marked(&field.ty, self.item)?);
            }
        }
        Ok(())
    }
}
