//! Environment variables as a tree of settings. The rules are told in the module's documentation.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;

use cache_core::{Error, ErrorKind, Result};

use super::names;
use super::problem::{Document, Origin, Problem};
use super::table;
use super::tree::{Node, Table, Value};

/// Between prefix and option, and between levels.
const SEPARATOR: &str = "__";
/// As deep as options go: `domains.<name>.load_timeout.hard`. A deeper name is no option, whatever it says.
const MAX_LEVELS: usize = 4;

/// Reads the variables of the process that may be settings.
pub(super) fn of_the_process(prefix: &str) -> Result<Vec<(String, String)>> {
    utf_8(prefix, std::env::vars_os())
}

/// Keeps what may be a setting, and refuses it if it is not UTF-8.
pub(super) fn utf_8(
    prefix: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>> {
    variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| name.starts_with(prefix))
        .filter_map(|(name, value)| match value.into_string() {
            Ok(value) => Some(Ok((name, value))),
            Err(_) if option_of(prefix, &name).is_some() => {
                Some(Err(wrong(&name, "its value is not UTF-8")))
            }
            Err(_) => None,
        })
        .collect()
}

/// Builds the tree of the variables that begin with `<prefix>__`.
pub(super) fn tree(
    prefix: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Node> {
    check_prefix(prefix)?;
    // In order of their names, so that the same variables give the same error.
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    let mut root = Table::new();
    for (name, value) in variables {
        match option_of(prefix, &name) {
            Some(option) => insert(&mut root, &levels(&name, option)?, &name, value)?,
            None => refuse_single_underscore(prefix, &name)?,
        }
    }
    Ok(Node::table(root))
}

fn check_prefix(prefix: &str) -> Result<()> {
    let well_formed = prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && !prefix.ends_with('_');
    if well_formed {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        "prefix: accepted are capitals, digits and `_`, beginning with a capital and not ending in `_`",
    ))
}

fn option_of<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(prefix)?.strip_prefix(SEPARATOR)
}

/// Splits `LOAD_TIMEOUT__HARD` into `load_timeout` and `hard`.
fn levels(name: &str, option: &str) -> Result<Vec<String>> {
    let well_formed = option
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let levels: Vec<String> = option
        .split(SEPARATOR)
        .map(str::to_ascii_lowercase)
        .collect();
    if !well_formed || levels.iter().any(String::is_empty) {
        return Err(wrong(
            name,
            "accepted are capitals, digits and `_`, with `__` between levels",
        ));
    }
    if levels.len() > MAX_LEVELS {
        return Err(wrong(name, "no option has that many levels"));
    }
    Ok(levels)
}

fn insert(root: &mut Table, levels: &[String], name: &str, value: String) -> Result<()> {
    let origin = || Origin::Variable(name.to_owned());
    let Some((last, above)) = levels.split_last() else {
        return Ok(());
    };
    let mut table = root;
    for level in above {
        let node = table.entry(level.clone()).or_insert_with(|| Node {
            origin: origin(),
            value: Value::Table(Table::new()),
        });
        match &mut node.value {
            Value::Table(nested) => table = nested,
            _ => return Err(wrong(name, "another variable sets the option around it")),
        }
    }
    match table.entry(last.clone()) {
        Entry::Vacant(place) => {
            place.insert(Node::text(value, origin()));
            Ok(())
        }
        Entry::Occupied(_) => Err(wrong(name, "another variable sets an option inside it")),
    }
}

/// `CACHE_NAMESPACE` was meant to be `CACHE__NAMESPACE`, and would be silently without effect.
fn refuse_single_underscore(prefix: &str, name: &str) -> Result<()> {
    let Some(option) = name
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
    else {
        return Ok(());
    };
    let first = option.split(SEPARATOR).next().unwrap_or(option);
    if !table::top_level_names().any(|known| first == known.to_ascii_uppercase()) {
        return Ok(());
    }
    let meant = format!(
        "it is without effect; did you mean `{prefix}{SEPARATOR}{}`?",
        names::shown(option)
    );
    Err(wrong(name, &meant))
}

fn wrong(name: &str, what: &str) -> Error {
    Problem::new(what)
        .at(&Origin::Variable(name.to_owned()))
        .into_error(Document::NONE)
}
