//! What is read of attributes, and every message about what is not.

use quote::ToTokens;
use syn::{DeriveInput, parse_str};

use super::*;
use crate::text::spell;

fn attributes(inside: &str) -> Vec<Attribute> {
    let input: DeriveInput = parse_str(&format!("#[cacheable({inside})] struct Thing;")).unwrap();
    input.attrs
}

fn settings(inside: &str) -> Result<Settings> {
    Settings::read(&attributes(inside), ON_CACHEABLE)
}

/// The message and the source it points at.
fn refused(inside: &str) -> (String, String) {
    let error = settings(inside).err().unwrap();
    let at = error.span().source_text().unwrap_or_default();
    (error.to_string(), at)
}

fn spelt(path: &Path) -> String {
    spell(path.to_token_stream())
}

#[test]
fn everything_is_read() {
    let read = settings(
        r#"domain = "pilot", ttl = "24h", negative_ttl = "1m", unversioned, opaque = "v1", weight = "Self::weigh", crate = "crate::cache""#,
    )
    .unwrap();
    assert_eq!(read.domain.unwrap().value(), "pilot");
    assert_eq!(read.ttl, Some(Life::After(Duration::from_secs(86_400))));
    assert_eq!(read.negative_ttl, Some(Duration::from_secs(60)));
    assert!(read.is_unversioned);
    assert_eq!(read.opaque.as_deref(), Some("v1"));
    assert_eq!(spelt(&read.weight.unwrap()), "Self : : weigh");
    assert_eq!(spelt(&read.root), "crate : : cache");
}

#[test]
fn nothing_said_is_the_facade_and_no_more() {
    let read = settings("").unwrap();
    assert_eq!(spelt(&read.root), ": : cache_facade");
    assert!(read.domain.is_none() && read.ttl.is_none() && read.negative_ttl.is_none());
    assert!(!read.is_unversioned && read.opaque.is_none() && read.weight.is_none());
}

#[test]
fn two_words_stand_for_times() {
    assert_eq!(settings("ttl = \"never\"").unwrap().ttl, Some(Life::Never));
    assert_eq!(
        settings("ttl = \"default\"").unwrap().ttl,
        Some(Life::Default)
    );
}

#[test]
fn bad_values_are_pointed_at() {
    for (inside, said, at) in [
        (
            "domain = \"Pilot\"",
            "`Pilot` is no domain name; accepted: ",
            "\"Pilot\"",
        ),
        (
            "ttl = \"Never\"",
            "`Never` is no duration; accepted: ",
            "\"Never\"",
        ),
        ("ttl = \"0s\"", "`0s` is no time at all", "\"0s\""),
        (
            "negative_ttl = \"never\"",
            "`never` is no duration; accepted: ",
            "\"never\"",
        ),
        (
            "weight = \"a b\"",
            "`a b` is no path; accepted: the path of a `fn(&Self) -> usize`",
            "\"a b\"",
        ),
        (
            "crate = \"1\"",
            "`1` is no path; accepted: the path of the facade, as in `::cache_facade`",
            "\"1\"",
        ),
    ] {
        let (message, place) = refused(inside);
        assert!(message.starts_with(said), "{message}");
        assert_eq!(place, at);
    }
}

#[test]
fn only_a_ttl_may_be_a_word() {
    assert!(
        refused("ttl = \"x\"")
            .0
            .ends_with(", or `never`, or `default`")
    );
    assert!(
        refused("negative_ttl = \"x\"")
            .0
            .ends_with("as in `24h` or `1h30m`")
    );
}

#[test]
fn names_belong_to_their_place() {
    let error = Settings::read(&attributes("domain = \"pilot\""), ON_SCHEMA)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "no attribute `domain` on a type that derives `Schema`; accepted: `crate`, `opaque`, `weight`; \
         `Cacheable` takes it, and is derived alone: it emits `Schema` too"
    );
    assert_eq!(
        refused("recursive").0,
        "no attribute `recursive` on a type that derives `Cacheable`; accepted: `crate`, `domain`, `negative_ttl`, \
         `opaque`, `ttl`, `unversioned`, `weight`; a field takes it"
    );
    let error = Form::read(&attributes("ttl = \"1s\"")).err().unwrap();
    assert_eq!(
        error.to_string(),
        "no attribute `ttl` on a field; accepted: `opaque`, `recursive`"
    );
    let error = refuse_on_variant(&attributes("opaque = \"v1\""))
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "no attribute `opaque` on a variant; accepted: none; its fields take it"
    );
}

#[test]
fn a_field_has_one_form() {
    assert_eq!(Form::read(&attributes("")).unwrap(), Form::Composed);
    assert_eq!(
        Form::read(&attributes("recursive")).unwrap(),
        Form::Recursive
    );
    assert_eq!(
        Form::read(&attributes("opaque = \"v1\"")).unwrap(),
        Form::Opaque("v1".to_owned())
    );
    let error = Form::read(&attributes("opaque = \"v1\", recursive"))
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "`opaque` and `recursive` exclude each other"
    );
}
