//! Types that hold themselves: a fingerprint composed of itself would have no end, so a mark stands where it recurs.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, GenericArgument, Ident, PathArguments, Result, Type, TypePath, parse_quote};

use crate::item::{Field, Item};
use crate::settings::Form;
use crate::text::spell;

fn name_of_mark() -> Ident {
    Ident::new("__CacheItself", Span::call_site())
}

/// Emits the mark, if a field needs it. It can be cloned because `Cow` asks for that.
pub(crate) fn mark(item: &Item) -> TokenStream {
    if item.settings.opaque.is_some() || !item.fields().any(is_recursive) {
        return TokenStream::new();
    }
    let (mark, root, name) = (name_of_mark(), &item.settings.root, item.plain_name());
    quote! {
        #[derive(::core::clone::Clone)]
        struct #mark;
        impl #root::Schema for #mark {
            const FINGERPRINT: u64 = #root::schema::Composer::new("itself").text(#name).finish();
        }
    }
}

fn is_recursive(field: &Field) -> bool {
    field.form == Form::Recursive && !field.serde.is_skipped
}

/// Returns the type with the mark in place of every mention of the item itself.
///
/// # Errors
/// It does not mention the item: then composition can go there, or it comes back on a way that is not seen here.
pub(crate) fn marked(ty: &Type, item: &Item) -> Result<Type> {
    search(ty, item).ok_or_else(|| {
        let itself = own_name(item);
        Error::new_spanned(
            ty,
            format!(
                "`recursive` is for a field whose type names `{itself}`; where the way back leads through another type, say \
                 `opaque = \"v1\"` here, and another text whenever that type changes"
            ),
        )
    })
}

/// Refuses a type that mentions the item, before the compiler finds the endless constant.
///
/// # Errors
/// It mentions the item.
pub(crate) fn refuse(ty: &Type, item: &Item) -> Result<()> {
    match search(ty, item) {
        None => Ok(()),
        Some(_) => {
            let said = format!(
                "`{}` holds itself here: add `#[cacheable(recursive)]` to the field",
                item.name
            );
            Err(Error::new_spanned(ty, said))
        }
    }
}

/// The item's name with its own parameters, as it is written.
fn own_name(item: &Item) -> String {
    let (_, parameters, _) = item.generics.split_for_impl();
    format!(
        "{}{}",
        item.name,
        spell(parameters.to_token_stream()).replace(' ', "")
    )
}

fn search(ty: &Type, item: &Item) -> Option<Type> {
    let mark = name_of_mark();
    let mut search = Search {
        itself: own_name(item),
        mark: parse_quote!(#mark),
        is_met: false,
    };
    let mut ty = ty.clone();
    search.visit(&mut ty);
    search.is_met.then_some(ty)
}

struct Search {
    itself: String,
    mark: Type,
    is_met: bool,
}

impl Search {
    fn visit(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if self.is_item(path) => {
                *ty = self.mark.clone();
                self.is_met = true;
            }
            Type::Path(path) => {
                for segment in &mut path.path.segments {
                    self.visit_arguments(&mut segment.arguments);
                }
            }
            Type::Array(array) => self.visit(&mut array.elem),
            Type::Slice(slice) => self.visit(&mut slice.elem),
            Type::Reference(reference) => self.visit(&mut reference.elem),
            Type::Paren(paren) => self.visit(&mut paren.elem),
            Type::Group(group) => self.visit(&mut group.elem),
            Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| self.visit(elem)),
            _ => {}
        }
    }

    /// Only by `Self` or its bare name. What a longer path ends in may be another type, and with other arguments it is one
    /// whose shape the item's own fields do not tell.
    fn is_item(&self, path: &TypePath) -> bool {
        let spelt = spell(path.to_token_stream()).replace(' ', "");
        spelt == "Self" || spelt == self.itself
    }

    fn visit_arguments(&mut self, arguments: &mut PathArguments) {
        let PathArguments::AngleBracketed(arguments) = arguments else {
            return;
        };
        for argument in &mut arguments.args {
            if let GenericArgument::Type(ty) = argument {
                self.visit(ty);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;
    use crate::settings::ON_SCHEMA;

    fn item(source: &str) -> Item {
        Item::read(parse_str(source).unwrap(), ON_SCHEMA)
            .ok()
            .unwrap()
    }

    #[test]
    fn the_item_is_marked_wherever_it_stands() {
        let node = item("struct Node<T, const N: usize>;");
        for (ty, expected) in [
            ("Box<Node<T, N>>", "Box < __CacheItself >"),
            (
                "std::vec::Vec<Option<Self>>",
                "std : : vec : : Vec < Option < __CacheItself > >",
            ),
            ("HashMap<T, Self>", "HashMap < T , __CacheItself >"),
            ("[Self; 2]", "[ __CacheItself ; 2 ]"),
            (
                "(u8, &'static [Self])",
                "( u8 , & ' static [ __CacheItself ] )",
            ),
        ] {
            let ty = parse_str(ty).unwrap();
            let marked = marked(&ty, &node).unwrap();
            assert_eq!(spell(marked.to_token_stream()), expected);
            let error = refuse(&ty, &node).unwrap_err();
            assert_eq!(
                error.to_string(),
                "`Node` holds itself here: add `#[cacheable(recursive)]` to the field"
            );
            assert_eq!(error.span().source_text(), ty_source(&ty));
        }
    }

    fn ty_source(ty: &Type) -> Option<String> {
        syn::spanned::Spanned::span(ty).source_text()
    }

    #[test]
    fn a_type_without_the_item_is_refused() {
        let node = item("struct Node<T>;");
        for ty in [
            "Vec<Other>",
            "u8",
            "other::Node<T>",
            "Vec<<Node<T> as Trait>::Part>",
            "Vec<Node<u8>>",
        ] {
            let ty = parse_str(ty).unwrap();
            assert!(refuse(&ty, &node).is_ok());
            let error = marked(&ty, &node).err().unwrap();
            assert_eq!(
                error.to_string(),
                "`recursive` is for a field whose type names `Node<T>`; where the way back leads through another type, say \
                 `opaque = \"v1\"` here, and another text whenever that type changes"
            );
            assert_eq!(error.span().source_text(), ty_source(&ty));
        }
    }
}
