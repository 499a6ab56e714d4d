//! The table of options that the documentation shows. Its defaults are read from `Default`, its names are compared with
//! the types by a test, so that it cannot say anything else than the code.

use super::cache_config::CacheConfig;

/// An option as the documentation tells it. `<name>` stands for the name of a domain.
pub(super) struct OptionRow {
    pub(super) name: &'static str,
    pub(super) accepted: &'static str,
    pub(super) meaning: &'static str,
    /// What is shown as its default where `Default` leaves it open.
    pub(super) open: &'static str,
}

const fn row(name: &'static str, accepted: &'static str, meaning: &'static str) -> OptionRow {
    open(name, "", accepted, meaning)
}

const fn open(
    name: &'static str,
    open: &'static str,
    accepted: &'static str,
    meaning: &'static str,
) -> OptionRow {
    OptionRow {
        name,
        accepted,
        meaning,
        open,
    }
}

#[rustfmt::skip]
pub(super) static OPTIONS: [OptionRow; 21] = [
    row("namespace", "1 to 128 bytes", "separates applications or tenants on one store"),
    row("backend", "a URL, or `env:NAME`", "which backend holds the entries, and its options"),
    row("default_ttl", "a duration above zero, or `never`", "how long a value is fresh where neither domain nor type says so"),
    row("max_ttl", "a duration above zero", "how long `never` is on a store that others write to too, but in `unversioned` domains"),
    row("negative_ttl", "a duration above zero", "how long \"known to be absent\" is kept"),
    row("deadline", "a duration above zero", "how long an operation waits for a remote store"),
    row("clear_deadline", "a duration above zero", "how long `clear` may take, which looks at each key of a remote store"),
    row("close_grace", "a duration", "how long loads may go on after `close`"),
    row("clock_tolerance", "a duration", "how far ahead another writer's clock may be"),
    row("max_payload", "1 byte to `64MiB`", "the largest encoded payload"),
    row("max_flights", "a whole number above zero", "how many loads may be open at the same time"),
    row("time_one_in", "a whole number, `0` for none", "of reads that process memory answers, one in so many is timed"),
    open("codec", "the first compiled in", "`bincode`, `postcard` or `json`, if compiled in", "which codec writes"),
    row("bypass", "`true` or `false`", "the kill switch: every read is a miss, loads are not stored, puts only remove what stood there"),
    row("load_timeout.soft", "a duration below `hard`, or `none`", "after this long a stale value is answered, if there is one"),
    row("load_timeout.hard", "a duration above zero", "after this long the caller gets `Timeout`; the load goes on"),
    open("domains.<name>.ttl", "the type's", "a duration above zero, `never` or `default`", "how long a value is fresh"),
    open("domains.<name>.negative_ttl", "the type's", "a duration above zero", "how long \"known to be absent\" is kept"),
    open("domains.<name>.codec", "the cache's", "`bincode`, `postcard` or `json`, if compiled in", "which codec writes"),
    open("domains.<name>.load_timeout.soft", "the cache's", "a duration below `hard`", "as `load_timeout.soft`"),
    open("domains.<name>.load_timeout.hard", "the cache's", "a duration above zero", "as `load_timeout.hard`"),
];

/// Writes every option with its default, what it accepts and what it means, as a Markdown table.
///
/// # Example
/// ```
/// let table = cache_facade::config::defaults_table();
/// assert!(table.starts_with("| option | default | accepted | meaning |\n"));
/// assert!(table.contains("| `load_timeout.hard` | `\"30s\"` | a duration above zero |"));
/// ```
#[must_use]
pub fn defaults_table() -> String {
    let defaults = toml::Value::try_from(CacheConfig::default()).ok();
    let mut table = String::from("| option | default | accepted | meaning |\n|---|---|---|---|\n");
    for row in &OPTIONS {
        let default = defaults
            .as_ref()
            .and_then(|defaults| value_at(defaults, row.name));
        let default = default.map_or_else(|| row.open.to_owned(), |value| format!("`{value}`"));
        let (name, accepted, meaning) = (row.name, row.accepted, row.meaning);
        table.push_str(&format!(
            "| `{name}` | {default} | {accepted} | {meaning} |\n"
        ));
    }
    table
}

pub(super) fn value_at<'a>(value: &'a toml::Value, path: &str) -> Option<&'a toml::Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

/// The names of the options and tables that stand at the top.
pub(super) fn top_level_names() -> impl Iterator<Item = &'static str> {
    OPTIONS
        .iter()
        .map(|row| row.name.split('.').next().unwrap_or(row.name))
}
