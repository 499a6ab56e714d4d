//! What `#[cacheable(...)]` says on a type and on a field.

use std::time::Duration;

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Path, Result, parse_quote};

use crate::attribute::{self, Place};
use crate::text::placed;
use crate::{domain, duration};

/// The places on a type.
pub(crate) const ON_SCHEMA: Place = Place {
    name: "a type that derives `Schema`",
    accepted: &["crate", "opaque", "weight"],
    elsewhere: (
        &["domain", "negative_ttl", "ttl", "unversioned"],
        "; `Cacheable` takes it, and is derived alone: it emits `Schema` too",
    ),
};
pub(crate) const ON_CACHEABLE: Place = Place {
    name: "a type that derives `Cacheable`",
    accepted: &[
        "crate",
        "domain",
        "negative_ttl",
        "opaque",
        "ttl",
        "unversioned",
        "weight",
    ],
    elsewhere: (&["recursive"], "; a field takes it"),
};
const ON_FIELD: Place = Place {
    name: "a field",
    accepted: &["opaque", "recursive"],
    elsewhere: (&[], ""),
};
const ON_VARIANT: Place = Place {
    name: "a variant",
    accepted: &[],
    elsewhere: (&["opaque", "recursive"], "; its fields take it"),
};

/// What is said on a type.
pub(crate) struct Settings {
    /// Where the facade is.
    pub(crate) root: Path,
    pub(crate) domain: Option<LitStr>,
    pub(crate) ttl: Option<Life>,
    pub(crate) negative_ttl: Option<Duration>,
    pub(crate) is_unversioned: bool,
    /// A text in place of what the fields say.
    pub(crate) opaque: Option<String>,
    /// A function that weighs a value in place of what the fields say.
    pub(crate) weight: Option<Path>,
}

/// A time to live as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Default,
    Never,
    After(Duration),
}

impl Settings {
    /// Reads what is said on a type.
    ///
    /// # Errors
    /// A name or value that is not accepted at this place.
    pub(crate) fn read(attributes: &[Attribute], place: Place) -> Result<Self> {
        let mut settings = Self {
            root: parse_quote!(::cache_facade),
            domain: None,
            ttl: None,
            negative_ttl: None,
            is_unversioned: false,
            opaque: None,
            weight: None,
        };
        attribute::read(attributes, place, |name, meta| settings.take(name, meta))?;
        Ok(settings)
    }

    fn take(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if name == "unversioned" {
            self.is_unversioned = true;
            return Ok(());
        }
        let text = attribute::text(name, meta)?;
        match name {
            "crate" => self.root = path(&text, "the path of the facade, as in `::cache_facade`")?,
            "weight" => self.weight = Some(path(&text, "the path of a `fn(&Self) -> usize`")?),
            "opaque" => self.opaque = Some(text.value()),
            "ttl" => self.ttl = Some(life(&text)?),
            "negative_ttl" => self.negative_ttl = Some(duration::read(&text, "")?),
            _ => {
                domain::check(&text)?;
                self.domain = Some(text);
            }
        }
        Ok(())
    }
}

fn path(text: &LitStr, accepted: &str) -> Result<Path> {
    let said = text.value();
    let read = said.parse().map(|tokens| placed(tokens, text.span()));
    read.ok()
        .and_then(|tokens| syn::parse2(tokens).ok())
        .ok_or_else(|| {
            Error::new(
                text.span(),
                format!("`{said}` is no path; accepted: {accepted}"),
            )
        })
}

fn life(text: &LitStr) -> Result<Life> {
    match text.value().as_str() {
        "default" => Ok(Life::Default),
        "never" => Ok(Life::Never),
        _ => duration::read(text, ", or `never`, or `default`").map(Life::After),
    }
}

/// How a field goes into the fingerprint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By the fingerprint of its type.
    Composed,
    /// By this text, which stands for its type.
    Opaque(String),
    /// By its type, in which the type itself stands for a mark.
    Recursive,
}

impl Form {
    /// Reads what is said on a field.
    ///
    /// # Errors
    /// A name or value that is not accepted, or both names at once.
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut form = Self::Composed;
        attribute::read(attributes, ON_FIELD, |name, meta| {
            if form != Self::Composed {
                return Err(meta.error("`opaque` and `recursive` exclude each other"));
            }
            form = match name {
                "recursive" => Self::Recursive,
                _ => Self::Opaque(attribute::text(name, meta)?.value()),
            };
            Ok(())
        })?;
        Ok(form)
    }
}

/// Refuses whatever is said on a variant.
///
/// # Errors
/// Anything is said.
pub(crate) fn refuse_on_variant(attributes: &[Attribute]) -> Result<()> {
    attribute::read(attributes, ON_VARIANT, |_, _| Ok(()))
}

#[cfg(test)]
mod tests;
