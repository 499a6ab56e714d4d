//! Counts the lines of a source: its own without test modules, and those of each function's body.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Ident, ImplItemFn, ItemFn, ItemImpl, ItemMacro, ItemMod, Macro, Meta,
    TraitItemFn,
};

/// What is counted of one source.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) lines: usize,
    pub(crate) functions: Vec<Function>,
}

/// A function outside of tests; a nested one counts for itself and for the one around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where its name stands.
    pub(crate) line: usize,
    /// The lines between the braces of its body.
    pub(crate) lines: usize,
}

/// Measures a source.
///
/// # Errors
///
/// It is no Rust.
pub(crate) fn measure(source: &str) -> syn::Result<Measured> {
    let file = syn::parse_file(source)?;
    let mut ruler = Ruler::default();
    ruler.visit_file(&file);
    let lines = source.lines().count().saturating_sub(ruler.test_lines);
    Ok(Measured {
        lines,
        functions: ruler.functions,
    })
}

#[derive(Default)]
struct Ruler {
    test_lines: usize,
    functions: Vec<Function>,
}

impl Ruler {
    fn function(&mut self, name: &Ident, block: &Block) {
        self.body(
            name,
            block.brace_token.span.open(),
            block.brace_token.span.close(),
        );
    }

    fn body(&mut self, name: &Ident, open: Span, close: Span) {
        let lines = close
            .start()
            .line
            .saturating_sub(open.start().line)
            .saturating_sub(1);
        self.functions.push(Function {
            name: name.to_string(),
            line: name.span().start().line,
            lines,
        });
    }

    /// Finds functions in what a macro is given or made of: `fn`, a name, and the next braces beside them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut after_fn = false;
        let mut name = None;
        for token in tokens {
            match token {
                TokenTree::Ident(word) if after_fn => {
                    name = Some(word);
                    after_fn = false;
                }
                TokenTree::Ident(word) => after_fn = word == "fn",
                // A macro's own `fn $name`.
                TokenTree::Punct(mark) if mark.as_char() == '$' => {}
                TokenTree::Group(group) => {
                    self.group(&group, &mut name);
                    after_fn = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => name = None,
                _ => after_fn = false,
            }
        }
    }

    fn group(&mut self, group: &Group, name: &mut Option<Ident>) {
        if group.delimiter() == Delimiter::Brace
            && let Some(name) = name.take()
        {
            self.body(&name, group.span_open(), group.span_close());
        }
        self.tokens(group.stream());
    }
}

impl<'ast> Visit<'ast> for Ruler {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        } else if item.content.is_some() {
            let span = item.span();
            self.test_lines += span.end().line.saturating_sub(span.start().line) + 1;
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            self.function(&item.sig.ident, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !is_test(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            self.function(&item.sig.ident, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if !is_test(&item.attrs) {
            visit::visit_item_macro(self, item);
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
    }
}

/// `#[test]` and its like (`#[tokio::test]`), `#[cfg(test)]`, `#[cfg(all(test, ..))]`; not `any`, which is compiled
/// without tests too.
fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let text = list.tokens.to_string().replace(' ', "");
            text == "test" || text.starts_with("all(test,")
        }
        meta => meta
            .path()
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "test"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(source: &str) -> Vec<(String, usize, usize)> {
        let measured = measure(source).unwrap();
        measured
            .functions
            .into_iter()
            .map(|function| (function.name, function.line, function.lines))
            .collect()
    }

    fn one(name: &str, line: usize, lines: usize) -> (String, usize, usize) {
        (name.to_owned(), line, lines)
    }

    #[test]
    fn test_modules_do_not_count_wherever_they_are() {
        let source = "fn a() {}\n/// Doc.\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nmod m {\n    #[cfg(all(test, unix))]\n    mod t {\n    }\n}\n";
        let measured = measure(source).unwrap();
        assert_eq!(measured.lines, 11 - 5 - 3);
        assert_eq!(functions(source), [one("a", 1, 0)]);
    }

    #[test]
    fn other_modules_count() {
        let source = "#[cfg(any(test, feature = \"x\"))]\nmod m {\n    fn a() {\n        b();\n    }\n}\n#[cfg(test)]\nmod tests;\n";
        assert_eq!(measure(source).unwrap().lines, 8);
        assert_eq!(functions(source), [one("a", 3, 1)]);
    }

    #[test]
    fn methods_defaults_and_nested_functions_are_found() {
        let source = "trait T {\n    fn none();\n    fn a() {\n        1;\n    }\n}\nimpl T for S {\n    fn b() {\n        fn c() {\n            2;\n        }\n    }\n}\n";
        assert_eq!(
            functions(source),
            [one("a", 3, 1), one("b", 8, 3), one("c", 9, 1)]
        );
    }

    #[test]
    fn the_body_alone_is_measured() {
        let source = "/// Long\n/// doc.\n#[inline]\nfn a<T>(\n    t: T,\n) -> T\nwhere\n    T: Copy,\n{\n    t\n}\n";
        assert_eq!(functions(source), [one("a", 4, 1)]);
    }

    #[test]
    fn functions_in_macros_are_found() {
        let source = "macro_rules! m {\n    ($n:ident) => {\n        fn $n() {\n            1;\n        }\n    };\n}\nm! { fn y(); struct Y { a: u8 } fn x(f: fn(u8) -> u8) {\n    1;\n    2;\n} }\n";
        assert_eq!(functions(source), [one("n", 3, 1), one("x", 8, 2)]);
    }

    #[test]
    fn tests_outside_of_test_modules_are_not_held_to_the_limit() {
        let source = "#[test]\nfn a() {\n}\n#[tokio::test(start_paused = true)]\nasync fn b() {\n}\n#[cfg(test)]\nimpl S {\n    fn c() {}\n}\n";
        assert_eq!(functions(source), []);
    }
}
