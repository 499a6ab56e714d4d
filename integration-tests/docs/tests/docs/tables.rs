//! Tables that are generated: from the configuration's defaults, and from what the backends say of themselves.

use std::fmt::Write;
use std::fs;

use cache_core::{Capability, PayloadForm};
use cache_facade::Cache;
use cache_facade::config::{CacheConfig, defaults_table};

use crate::files;

/// The backends that the table shows, by the scheme that opens them.
const SCHEMES: [&str; 4] = ["moka", "redis", "sled", "none"];

/// Compares what stands between the marks `<!-- name -->` and `<!-- /name -->` of a file, or writes it.
fn demand(path: &str, name: &str, expected: &str) {
    let text = files::read(path);
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let parts = text.split_once(&open).and_then(|(before, rest)| {
        let (standing, after) = rest.split_once(&close)?;
        Some((before, standing, after))
    });
    let Some((before, standing, after)) = parts else {
        panic!("{path}: no lines `<!-- {name} -->` and `<!-- /{name} -->`");
    };
    if std::env::var_os("BLESS").is_some() {
        let blessed = format!("{before}{open}{expected}{close}{after}");
        fs::write(files::root().join(path), blessed).unwrap();
        return;
    }
    assert_eq!(
        standing, expected,
        "{path}: the table `{name}` is not what the code says; `BLESS=1 cargo test -p docs-tests` writes it"
    );
}

fn capabilities_table() -> String {
    let mut table = String::from("| backend | values are kept as |");
    for capability in Capability::ALL {
        write!(table, " `{}` |", capability.as_str()).unwrap();
    }
    table.push_str("\n|---|---|");
    table.push_str(&"---|".repeat(Capability::ALL.len()));
    table.push('\n');
    // Only one of them needs a place.
    let directory = tempfile::tempdir().unwrap();
    for scheme in SCHEMES {
        let place = match scheme {
            "sled" => directory.path().display().to_string(),
            _ => String::new(),
        };
        let config = CacheConfig::from_url(&format!("{scheme}:{place}")).unwrap();
        let cache = Cache::builder().config(config).build().unwrap();
        let info = cache.backend();
        assert_eq!(info.name, scheme);
        let form = match info.payload {
            PayloadForm::Object => "objects",
            PayloadForm::Encoded => "bytes",
        };
        write!(table, "| `{scheme}:` | {form} |").unwrap();
        for capability in Capability::ALL {
            let has = info.capabilities.has(capability);
            write!(table, " {} |", if has { "yes" } else { "no" }).unwrap();
        }
        table.push('\n');
    }
    table
}

#[test]
fn the_defaults_are_those_of_the_code() {
    demand("docs/configuration.md", "defaults", &defaults_table());
}

#[test]
fn the_capabilities_are_those_that_the_backends_declare() {
    demand("README.md", "capabilities", &capabilities_table());
}
