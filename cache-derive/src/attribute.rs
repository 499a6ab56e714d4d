//! Reads `#[cacheable(...)]` wherever it stands: names that are accepted, each at most once.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Result};

/// Where an attribute stands, and what it may say there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// How a message names the place.
    pub(crate) name: &'static str,
    /// The names it may use.
    pub(crate) accepted: &'static [&'static str],
    /// Names that belong elsewhere, and what is said of them.
    pub(crate) elsewhere: (&'static [&'static str], &'static str),
}

/// Calls `take` for each name with what follows it.
///
/// # Errors
/// A name that is not accepted, a name said twice, or what `take` answers.
pub(crate) fn read(
    attributes: &[Attribute],
    place: Place,
    mut take: impl FnMut(&'static str, &ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|each| each.path().is_ident("cacheable"))
    {
        attribute.parse_nested_meta(|meta| {
            let known = place.accepted.iter().find(|name| meta.path.is_ident(name));
            let name = *known.ok_or_else(|| unknown(&meta, place))?;
            if seen.contains(&name) {
                return Err(meta.error(format!("`{name}` is said twice")));
            }
            seen.push(name);
            take(name, &meta)
        })?;
    }
    Ok(())
}

fn unknown(meta: &ParseNestedMeta<'_>, place: Place) -> Error {
    let name = crate::text::spell(quote::ToTokens::to_token_stream(&meta.path)).replace(' ', "");
    let accepted: Vec<String> = place
        .accepted
        .iter()
        .map(|each| format!("`{each}`"))
        .collect();
    let accepted = match accepted.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let (names, advice) = place.elsewhere;
    let advice = if names.contains(&name.as_str()) {
        advice
    } else {
        ""
    };
    meta.error(format!(
        "no attribute `{name}` on {}; accepted: {accepted}{advice}",
        place.name
    ))
}

/// Reads `= "text"`, which must not be empty.
///
/// # Errors
/// There is no text.
pub(crate) fn text(name: &str, meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let value = meta
        .value()
        .map_err(|_| needs_text(name, meta.path.span()))?;
    let text: LitStr = value
        .parse()
        .map_err(|error| needs_text(name, error.span()))?;
    if text.value().is_empty() {
        return Err(needs_text(name, text.span()));
    }
    Ok(text)
}

fn needs_text(name: &str, at: Span) -> Error {
    Error::new(at, format!("`{name}` needs a text: `{name} = \"...\"`"))
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_str};

    use super::*;

    const PLACE: Place = Place {
        name: "a thing",
        accepted: &["crate", "mark", "text"],
        elsewhere: (&["other"], "; another thing takes it"),
    };

    fn told(attributes: &str, place: Place) -> std::result::Result<Vec<String>, (String, String)> {
        let input: DeriveInput = parse_str(&format!("{attributes} struct Thing;")).unwrap();
        let mut told = Vec::new();
        let outcome = read(&input.attrs, place, |name, meta| {
            if name != "mark" {
                told.push(text(name, meta)?.value());
            }
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(told),
            Err(error) => Err((
                error.to_string(),
                error.span().source_text().unwrap_or_default(),
            )),
        }
    }

    fn refused(attributes: &str) -> (String, String) {
        told(attributes, PLACE).unwrap_err()
    }

    #[test]
    fn several_attributes_are_read_as_one_and_others_left_alone() {
        let told = told(
            r#"#[other(x)] #[cacheable(text = "a", mark)] #[cacheable(crate = "b",)] #[cacheable()]"#,
            PLACE,
        );
        assert_eq!(told, Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn an_unknown_name_is_told_what_is_accepted() {
        let (said, at) = refused("#[cacheable(mark, txet = \"a\")]");
        assert_eq!(
            said,
            "no attribute `txet` on a thing; accepted: `crate`, `mark`, `text`"
        );
        assert_eq!(at, "txet");
        let (said, _) = refused("#[cacheable(a::b)]");
        assert!(said.starts_with("no attribute `a::b` on a thing"), "{said}");
        let (said, _) = refused("#[cacheable(other = \"a\")]");
        assert_eq!(
            said,
            "no attribute `other` on a thing; accepted: `crate`, `mark`, `text`; another thing takes it"
        );
        let nothing = Place {
            name: "a variant",
            accepted: &[],
            elsewhere: (&[], ""),
        };
        let (said, _) = told("#[cacheable(mark)]", nothing).unwrap_err();
        assert_eq!(said, "no attribute `mark` on a variant; accepted: none");
    }

    #[test]
    fn a_name_said_twice_is_refused_at_the_second() {
        for attributes in [
            "#[cacheable(mark, mark)]",
            "#[cacheable(mark)] #[cacheable(mark)]",
        ] {
            assert_eq!(
                refused(attributes),
                ("`mark` is said twice".to_owned(), "mark".to_owned())
            );
        }
    }

    #[test]
    fn a_text_must_be_a_text_and_not_empty() {
        for (attribute, at) in [
            ("#[cacheable(text = 24)]", "24"),
            ("#[cacheable(text = \"\")]", "\"\""),
            ("#[cacheable(text, mark)]", "text"),
            ("#[cacheable(text(24))]", "text"),
        ] {
            let (said, place) = refused(attribute);
            assert_eq!(said, "`text` needs a text: `text = \"...\"`");
            assert_eq!(place, at, "{attribute}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        assert_eq!(refused("#[cacheable(mark = true)]").0, "expected `,`");
        assert!(refused("#[cacheable]").0.contains("cacheable(...)"));
        assert!(refused("#[cacheable = \"a\"]").0.contains("cacheable(...)"));
        assert!(refused("#[cacheable(\"a\")]").0.contains("literal"));
    }
}
