//! The mapping: a file that says which old keys become ids of which domain.

use std::path::Path;

use cache_core::{Epoch, RESERVED_DOMAIN, Space, Ttl};
use cache_facade::release_epoch;
use serde::Deserialize;

use super::pattern::Pattern;
use crate::args::ttl;
use crate::fault::Fault;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    namespace: String,
    release: String,
    map: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    keys: String,
    domain: String,
    schema: Option<String>,
    #[serde(default)]
    unversioned: bool,
    endless: Option<String>,
}

/// What a file says, checked.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) namespace: String,
    pub(super) release: String,
    pub(super) rows: Vec<Row>,
}

/// Which keys become ids of which domain.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) keys: Pattern,
    pub(super) domain: String,
    pub(super) epoch: Epoch,
    /// The fingerprint of the type; `None`: the one that the release is listed with.
    pub(super) schema: Option<u64>,
    /// How long values live whose keys have no end; `None`: they are left.
    pub(super) endless: Option<Ttl>,
}

impl Mapping {
    /// Reads a file.
    ///
    /// # Errors
    /// A usage fault that names the file, the row and what is accepted.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Fault::usage(format!("--from-legacy: cannot read {name}")).because(error)
        })?;
        Self::parse(&text).map_err(|why| Fault::usage(format!("{name}: {why}")))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| placed(text, &error))?;
        let epoch = release_epoch(&file.release).map_err(|error| error.to_string())?;
        if file.map.is_empty() {
            return Err("no `[[map]]`; accepted is at least one".to_owned());
        }
        let lines = file.map.into_iter().zip(1..);
        let rows = lines.map(|(line, number): (Line, usize)| {
            row(line, &file.namespace, epoch).map_err(|why| format!("`[[map]]` {number}: {why}"))
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        apart(&rows)?;
        Ok(Self {
            namespace: file.namespace,
            release: file.release,
            rows,
        })
    }
}

fn row(line: Line, namespace: &str, epoch: Epoch) -> Result<Row, String> {
    let keys = Pattern::parse(&line.keys).map_err(|why| format!("`keys`: {why}"))?;
    if line.domain == RESERVED_DOMAIN {
        return Err("`domain`: this name is kept for the cache's own records".to_owned());
    }
    Space::new(namespace, &line.domain, 0).map_err(|error| error.to_string())?;
    let schema = line.schema.as_deref().map(schema).transpose()?;
    let endless = line.endless.as_deref().map(ttl).transpose();
    let endless = endless.map_err(|why| format!("`endless`: {why}"))?;
    if endless == Some(Ttl::Never) && !line.unversioned {
        return Err("`endless`: accepted is a time such as `24h`; `never` only with `unversioned = true`, since nobody would \
             ever remove the values of a release that is gone"
            .to_owned());
    }
    Ok(Row {
        keys,
        domain: line.domain,
        epoch: if line.unversioned {
            Epoch::UNVERSIONED
        } else {
            epoch
        },
        schema,
        endless,
    })
}

fn schema(text: &str) -> Result<u64, String> {
    let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex.then(|| u64::from_str_radix(text, 16).ok());
    number.flatten().ok_or_else(|| {
        "`schema`: accepted are 16 hex digits, as in the addresses that `cachectl scan` prints"
            .to_owned()
    })
}

/// No key may match two rows.
fn apart(rows: &[Row]) -> Result<(), String> {
    for (place, row) in rows.iter().enumerate() {
        let earlier = rows.iter().take(place);
        if let Some(other) = earlier
            .map(|other| &other.keys)
            .find(|keys| keys.meets(&row.keys))
        {
            return Err(format!(
                "`{other}` and `{}` match the same keys; accepted are rows of which each key matches one",
                row.keys
            ));
        }
    }
    Ok(())
}

/// Says what is wrong with the TOML, and in which line.
fn placed(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HEAD: &str = "namespace = 'eve'\nrelease = '1.4.0'\n";

    fn parse(rows: &str) -> Result<Mapping, String> {
        Mapping::parse(&format!("{HEAD}{rows}"))
    }

    #[test]
    fn a_row_has_the_epoch_of_the_release_unless_its_domain_has_none() {
        let mapping = parse(
            "[[map]]\nkeys = 'esi:character:{id}'\ndomain = 'character'\n\
             [[map]]\nkeys = 'dedup:{id}'\ndomain = 'seen'\nunversioned = true\nendless = 'never'\nschema = '00000000000000fF'\n\
             [[map]]\nkeys = 'esi:type:{id}'\ndomain = 'type'\nendless = '24h'",
        )
        .unwrap();
        let rows: Vec<_> = mapping
            .rows
            .iter()
            .map(|row| (row.domain.as_str(), row.epoch, row.schema, row.endless))
            .collect();
        let day = Ttl::After(Duration::from_secs(86_400));
        assert_eq!(
            rows,
            [
                ("character", Epoch(1 << 32), None, None),
                ("seen", Epoch::UNVERSIONED, Some(0xff), Some(Ttl::Never)),
                ("type", Epoch(1 << 32), None, Some(day)),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_accepted() {
        let row = |more: &str| format!("[[map]]\nkeys = 'a:{{id}}'\ndomain = 'pilot'\n{more}");
        for (rows, expected) in [
            (String::new(), "missing field `map`"),
            ("map = []".to_owned(), "at least one"),
            (row("ttl = '1h'"), "unknown field `ttl`"),
            (row("ttl = '1h'"), "line 6: "),
            (row("schema = 'ff'"), "16 hex digits"),
            (row("schema = '+00000000000000f'"), "16 hex digits"),
            (
                row("endless = '0s'"),
                "`endless`: accepted is a number above zero",
            ),
            (row("endless = 'never'"), "unversioned = true"),
            (
                "[[map]]\nkeys = 'a:{id}'".to_owned(),
                "missing field `domain`",
            ),
            (
                "[[map]]\nkeys = 'a:{id}'\ndomain = 'Pilot'".to_owned(),
                "[a-z][a-z0-9_]*",
            ),
            (
                "[[map]]\nkeys = 'a:{id}'\ndomain = '_cache'".to_owned(),
                "the cache's own records",
            ),
            (
                "[[map]]\nkeys = 'a:id'\ndomain = 'pilot'".to_owned(),
                "`[[map]]` 1: `keys`: accepted is text",
            ),
            (
                format!("{}[[map]]\nkeys = 'a:x{{id}}'\ndomain = 'other'", row("")),
                "`a:{id}` and `a:x{id}` match the same keys",
            ),
        ] {
            let error = parse(&rows).unwrap_err();
            assert!(error.contains(expected), "{rows}: {error}");
        }
        for (head, expected) in [
            ("namespace = ''\nrelease = '1.4.0'\n", "namespace"),
            ("namespace = 'eve'\nrelease = 'v1'\n", "semantic version"),
            ("namespace = 'eve'\n", "missing field `release`"),
            (
                "namespace = 'eve'\nrelease = 'v1'\nnamespaces = 1\n",
                "unknown field",
            ),
            ("namespace\n", "line 1"),
        ] {
            let error = Mapping::parse(&format!("{head}{}", row(""))).unwrap_err();
            assert!(error.contains(expected), "{head}: {error}");
        }
    }
}
