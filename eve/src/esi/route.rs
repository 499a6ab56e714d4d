//! Where each kind of entity is found.

use reqwest::Url;

use super::EsiError;
use crate::{Id, Kind};

/// One entity to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) kind: Kind,
    pub(super) id: Id,
    /// Killmails alone are asked for with a hash, which proves that the caller was told of the kill.
    pub(super) hash: Option<String>,
}

impl Route {
    /// Checks that the hash can be one. An empty one, or dots, would lead to another route, whose 404 would pass for an
    /// answer about the kill.
    pub(super) fn check(&self) -> Result<(), EsiError> {
        let is_hash =
            |hash: &String| !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.hash.as_ref().is_none_or(is_hash) {
            Ok(())
        } else {
            Err(EsiError::config("`hash` must be hexadecimal digits"))
        }
    }

    /// Returns the address.
    pub(super) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        // An http or https address always has segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(folders(self.kind))
                .push(&self.id.to_string());
            // ESI's own addresses end in a slash, hence the empty segment.
            segments.extend(self.hash.as_deref()).push("");
        }
        url
    }
}

/// The version and the folders of a kind, as ESI publishes them.
fn folders(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Character => &["v5", "characters"],
        Kind::Corporation => &["v5", "corporations"],
        Kind::Alliance => &["v4", "alliances"],
        Kind::System => &["v4", "universe", "systems"],
        Kind::Type => &["v3", "universe", "types"],
        Kind::Killmail => &["v1", "killmails"],
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::Route;
    use crate::Kind;

    fn path(base: &str, kind: Kind, hash: Option<&str>) -> String {
        let route = Route {
            kind,
            id: 7,
            hash: hash.map(str::to_owned),
        };
        route.url(&Url::parse(base).unwrap()).to_string()
    }

    #[test]
    fn addresses_are_those_of_esi() {
        let base = "http://a";
        let paths = Kind::ALL.map(|kind| path(base, kind, None));
        assert_eq!(
            paths,
            [
                "http://a/v5/characters/7/",
                "http://a/v5/corporations/7/",
                "http://a/v4/alliances/7/",
                "http://a/v4/universe/systems/7/",
                "http://a/v3/universe/types/7/",
                "http://a/v1/killmails/7/"
            ]
        );
    }

    #[test]
    fn a_base_with_folders_keeps_them() {
        assert_eq!(
            path("http://a/b/", Kind::Killmail, Some("c0ffee")),
            "http://a/b/v1/killmails/7/c0ffee/"
        );
    }
}
