//! The type that is derived for, read once, so that what is emitted is only written down.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Generics, Ident, Index, Member, Result, Type};

use crate::attribute::Place;
use crate::serde_texts::SerdeTexts;
use crate::settings::{Form, Settings, refuse_on_variant};
use crate::text::spell;

/// A struct or an enum.
pub(crate) struct Item {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) serde: SerdeTexts,
    pub(crate) settings: Settings,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Struct(Body),
    Enum(Vec<Variant>),
}

/// The fields of a struct or a variant.
pub(crate) struct Body {
    /// `struct`, `tuple` or `unit`.
    pub(crate) kind: &'static str,
    pub(crate) fields: Vec<Field>,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) serde: SerdeTexts,
    pub(crate) form: Form,
}

pub(crate) struct Variant {
    pub(crate) name: Ident,
    pub(crate) serde: SerdeTexts,
    pub(crate) discriminant: Option<String>,
    pub(crate) body: Body,
}

impl Item {
    /// Reads a type.
    ///
    /// # Errors
    /// It is a union, or an attribute is not accepted.
    pub(crate) fn read(input: DeriveInput, place: Place) -> Result<Self> {
        let shape = match input.data {
            Data::Struct(data) => Shape::Struct(body(data.fields)?),
            Data::Enum(data) => Shape::Enum(
                data.variants
                    .into_iter()
                    .map(variant)
                    .collect::<Result<_>>()?,
            ),
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "a union cannot be cached: nothing tells which of its fields is set; accepted: structs and enums",
                ));
            }
        };
        Ok(Self {
            serde: SerdeTexts::of(&input.attrs),
            settings: Settings::read(&input.attrs, place)?,
            name: input.ident,
            generics: input.generics,
            shape,
        })
    }

    /// Returns the name without the mark of a raw identifier.
    pub(crate) fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// Returns every field there is.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let (body, variants) = match &self.shape {
            Shape::Struct(body) => (Some(body), None),
            Shape::Enum(variants) => (None, Some(variants)),
        };
        let of_variants = variants.into_iter().flatten().map(|variant| &variant.body);
        body.into_iter()
            .chain(of_variants)
            .flat_map(|body| &body.fields)
    }
}

impl Field {
    /// Returns the name without the mark of a raw identifier, or the position.
    pub(crate) fn plain_name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

impl Variant {
    /// Returns the name without the mark of a raw identifier.
    pub(crate) fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }
}

fn variant(variant: syn::Variant) -> Result<Variant> {
    refuse_on_variant(&variant.attrs)?;
    let serde = SerdeTexts::of(&variant.attrs);
    let mut body = body(variant.fields)?;
    for field in &mut body.fields {
        field.serde.is_skipped |= serde.is_skipped;
    }
    Ok(Variant {
        serde,
        name: variant.ident,
        discriminant: variant
            .discriminant
            .map(|(_, value)| spell(value.to_token_stream())),
        body,
    })
}

fn body(fields: Fields) -> Result<Body> {
    let kind = match &fields {
        Fields::Named(_) => "struct",
        Fields::Unnamed(_) => "tuple",
        Fields::Unit => "unit",
    };
    let fields = fields
        .into_iter()
        .zip(0_u32..)
        .map(|(field, position)| read_field(field, position))
        .collect::<Result<_>>()?;
    Ok(Body { kind, fields })
}

fn read_field(field: syn::Field, position: u32) -> Result<Field> {
    Ok(Field {
        serde: SerdeTexts::of(&field.attrs),
        form: Form::read(&field.attrs)?,
        member: field
            .ident
            .map_or_else(|| Member::Unnamed(index(position)), Member::Named),
        ty: field.ty,
    })
}

fn index(position: u32) -> Index {
    Index {
        index: position,
        span: proc_macro2::Span::call_site(),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;
    use crate::settings::{ON_CACHEABLE, ON_SCHEMA};

    fn read(source: &str) -> Result<Item> {
        Item::read(parse_str(source).unwrap(), ON_SCHEMA)
    }

    #[test]
    fn structs_are_read_in_order() {
        let item = read(
            "struct r#type { r#fn: u8, #[serde(skip)] #[cacheable(opaque = \"v1\")] b: Vec<u8> }",
        )
        .unwrap();
        assert_eq!(item.plain_name(), "type");
        let Shape::Struct(body) = item.shape else {
            panic!("a struct")
        };
        assert_eq!(body.kind, "struct");
        let [first, second] = &body.fields[..] else {
            panic!("two fields")
        };
        assert_eq!(
            (first.plain_name(), second.plain_name()),
            ("fn".to_owned(), "b".to_owned())
        );
        assert!(second.serde.is_skipped && !first.serde.is_skipped);
        assert_eq!(second.form, Form::Opaque("v1".to_owned()));
    }

    #[test]
    fn enums_are_read_with_their_discriminants() {
        let item = read("enum E { A = 1 << 3, #[serde(other)] B(u8, u16), C { x: u8 } }").unwrap();
        let Shape::Enum(variants) = item.shape else {
            panic!("an enum")
        };
        let kinds: Vec<&str> = variants.iter().map(|each| each.body.kind).collect();
        assert_eq!(kinds, ["unit", "tuple", "struct"]);
        assert_eq!(variants[0].discriminant.as_deref(), Some("1 < < 3"));
        assert_eq!(variants[1].body.fields[1].plain_name(), "1");
        assert_eq!(variants[1].serde.texts, ["other"]);
    }

    #[test]
    fn unions_are_refused() {
        let error = read("union U { a: u8, b: i8 }").err().unwrap();
        assert_eq!(
            error.to_string(),
            "a union cannot be cached: nothing tells which of its fields is set; accepted: structs and enums"
        );
        assert_eq!(error.span().source_text().as_deref(), Some("union"));
    }

    #[test]
    fn attributes_are_checked_wherever_they_stand() {
        for source in [
            "#[cacheable(domain = \"d\")] struct S;",
            "struct S { #[cacheable(skip)] a: u8 }",
            "enum E { #[cacheable(opaque = \"v1\")] A }",
            "enum E { A(#[cacheable(domain = \"d\")] u8) }",
        ] {
            assert!(
                read(source)
                    .err()
                    .unwrap()
                    .to_string()
                    .starts_with("no attribute"),
                "{source}"
            );
        }
        let input = parse_str("#[cacheable(domain = \"d\")] struct S;").unwrap();
        assert!(Item::read(input, ON_CACHEABLE).is_ok());
    }
}
