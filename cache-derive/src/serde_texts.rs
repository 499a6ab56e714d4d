//! What `#[serde(...)]` says, as texts that go into the fingerprint.
//!
//! Everything is taken but the few words of `NEUTRAL`, so an attribute that serde does not have yet moves the fingerprint
//! too. What a text only names (the function behind `with`, `default` or `skip_serializing_if`) is not looked into.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, LitStr, Meta, Type};

use crate::text::spell;

/// Words that change neither a byte that is written nor a value that is read; at most, reading fails where it would not
/// have (`deny_unknown_fields`) or in other words (`expecting`).
const NEUTRAL: &[&str] = &[
    "bound",
    "borrow",
    "crate",
    "deny_unknown_fields",
    "expecting",
];

/// Words that name a type in whose place this one is written or read.
const PROXIES: &[&str] = &["from", "into", "try_from"];

/// What serde is told about a type, a variant or a field.
#[derive(Default)]
pub(crate) struct SerdeTexts {
    /// One text per word, sorted, since their order means nothing to serde.
    pub(crate) texts: Vec<String>,
    /// The types that are written or read in place of this one: their shape is the shape of the bytes.
    pub(crate) proxies: Vec<Type>,
    /// Whether nothing of it is ever written or read.
    pub(crate) is_skipped: bool,
}

impl SerdeTexts {
    /// Collects from all `#[serde(...)]` of one place. What serde itself will refuse is taken as it is.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        for attribute in attributes
            .iter()
            .filter(|each| each.path().is_ident("serde"))
        {
            match &attribute.meta {
                Meta::List(list) => words(list.tokens.clone())
                    .into_iter()
                    .for_each(|word| found.take(word)),
                other => found.texts.push(spell(other.to_token_stream())),
            }
        }
        found.texts.sort_unstable();
        let has = |word: &str| found.texts.iter().any(|text| text == word);
        found.is_skipped = has("skip") || (has("skip_serializing") && has("skip_deserializing"));
        found
    }

    fn take(&mut self, word: TokenStream) {
        let name = match word.clone().into_iter().next() {
            Some(TokenTree::Ident(name)) => name.to_string(),
            _ => String::new(),
        };
        if NEUTRAL.contains(&name.as_str()) {
            return;
        }
        if PROXIES.contains(&name.as_str()) {
            self.proxies.extend(type_of(word.clone()));
        }
        self.texts.push(spell(word));
    }
}

/// Splits at the commas.
fn words(tokens: TokenStream) -> Vec<TokenStream> {
    let mut words = vec![TokenStream::new()];
    for token in tokens {
        match (&token, words.last_mut()) {
            (TokenTree::Punct(mark), _) if mark.as_char() == ',' => words.push(TokenStream::new()),
            (_, Some(word)) => word.extend([token]),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The type in `from = "Type"`.
fn type_of(word: TokenStream) -> Option<Type> {
    let TokenTree::Literal(literal) = word.into_iter().nth(2)? else {
        return None;
    };
    let text: LitStr = syn::parse2(literal.to_token_stream()).ok()?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_str};

    use super::*;

    fn texts(attributes: &str) -> SerdeTexts {
        let input: DeriveInput = parse_str(&format!("{attributes} struct Thing;")).unwrap();
        SerdeTexts::of(&input.attrs)
    }

    #[test]
    fn words_are_split_and_sorted_over_all_attributes() {
        let found = texts(
            r#"#[serde(tag = "t", rename(serialize = "a", deserialize = "b"))] #[other] #[serde(default)]"#,
        );
        assert_eq!(
            found.texts,
            [
                "default",
                r#"rename ( serialize = "a" , deserialize = "b" )"#,
                r#"tag = "t""#
            ]
        );
        assert!(!found.is_skipped && found.proxies.is_empty());
    }

    #[test]
    fn every_word_but_the_neutral_ones_is_taken() {
        for word in [
            "alias = \"x\"",
            "content = \"x\"",
            "default",
            "default = \"f\"",
            "deserialize_with = \"f\"",
            "field_identifier",
            "flatten",
            "from = \"X\"",
            "getter = \"f\"",
            "into = \"X\"",
            "other",
            "remote = \"X\"",
            "rename = \"x\"",
            "rename_all = \"camelCase\"",
            "rename_all_fields = \"camelCase\"",
            "serialize_with = \"f\"",
            "skip",
            "skip_deserializing",
            "skip_serializing",
            "skip_serializing_if = \"f\"",
            "tag = \"x\"",
            "transparent",
            "try_from = \"X\"",
            "untagged",
            "variant_identifier",
            "with = \"m\"",
            "a_word_of_the_future(1)",
        ] {
            assert_eq!(texts(&format!("#[serde({word})]")).texts.len(), 1, "{word}");
        }
        let neutral = r#"#[serde(bound = "", bound(serialize = ""), borrow, borrow = "'a", crate = "s", deny_unknown_fields, expecting = "x",)]"#;
        assert_eq!(texts(neutral).texts, [""; 0]);
    }

    #[test]
    fn only_what_is_skipped_both_ways_is_skipped() {
        assert!(texts("#[serde(skip)]").is_skipped);
        assert!(texts("#[serde(skip_serializing)] #[serde(skip_deserializing)]").is_skipped);
        assert!(!texts("#[serde(skip_serializing)]").is_skipped);
        assert!(!texts("#[serde(skip_deserializing)]").is_skipped);
        assert!(!texts("#[serde(skip_serializing_if = \"f\")]").is_skipped);
    }

    #[test]
    fn proxies_are_types() {
        let found = texts(
            r#"#[serde(from = "wire::Pilot<u8>", into = "String", try_from = "not a type")]"#,
        );
        let spelt: Vec<String> = found
            .proxies
            .iter()
            .map(|proxy| spell(proxy.to_token_stream()))
            .collect();
        assert_eq!(spelt, ["wire : : Pilot < u8 >", "String"]);
    }

    #[test]
    fn what_serde_refuses_is_taken_as_it_is() {
        assert_eq!(texts("#[serde]").texts, ["serde"]);
        assert_eq!(texts("#[serde = \"x\"]").texts, ["serde = \"x\""]);
        assert_eq!(texts("#[serde(\"x\", = 1)]").texts, ["\"x\"", "= 1"]);
    }
}
