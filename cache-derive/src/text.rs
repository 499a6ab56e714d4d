//! Between tokens and text: how tokens are spelt in fingerprints, and where tokens stand that come from a literal.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Spells tokens with one space between any two.
///
/// How a token stream prints itself differs between compilers and says something of the source's layout; a fingerprint
/// may depend on neither.
pub(crate) fn spell(tokens: TokenStream) -> String {
    let mut words = Vec::new();
    collect(tokens, &mut words);
    words.join(" ")
}

fn collect(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        let TokenTree::Group(group) = token else {
            words.push(token.to_string());
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            // Around what a macro was given as a whole, and not written by anybody.
            Delimiter::None => {
                collect(group.stream(), words);
                continue;
            }
        };
        words.push(open.to_owned());
        collect(group.stream(), words);
        words.push(close.to_owned());
    }
}

/// Moves tokens to a place in the source, where errors show them.
///
/// They stay the expansion's own: lints would otherwise take them for what somebody wrote there.
pub(crate) fn placed(tokens: TokenStream, at: Span) -> TokenStream {
    let at = Span::call_site().located_at(at);
    let moved = tokens.into_iter().map(|token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), placed(group.stream(), at)).into()
            }
            token => token,
        };
        token.set_span(at);
        token
    });
    moved.collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn layout_is_not_seen() {
        let loose: TokenStream = "Vec < Option<u8 > > , x = \"a b\"".parse().unwrap();
        let tight: TokenStream = "Vec<Option<u8>>,x=\"a b\"".parse().unwrap();
        assert_eq!(spell(loose), "Vec < Option < u8 > > , x = \"a b\"");
        assert_eq!(
            spell(tight.clone()),
            spell("Vec<Option<u8>>,\n x=\"a b\"".parse().unwrap())
        );
        assert_eq!(spell(tight), "Vec < Option < u8 > > , x = \"a b\"");
    }

    #[test]
    fn delimiters_are_spelt_unless_a_macro_made_them() {
        let invisible = Group::new(Delimiter::None, quote!([u8; 4]));
        assert_eq!(spell(quote!(f(#invisible, {}))), "f ( [ u8 ; 4 ] , { } )");
    }
}
