//! `cachectl stats`: what the store counts. What it does not count is shown as that, never as zero.

use cache_core::{Backend, Capability, ServerWide, Stats as Counted};
use serde::Serialize;

use super::args::Stats;
use super::store::no_answer;
use super::{Answer, Out, Store};
use crate::fault::Fault;

/// What was counted; `null` where the store does not.
#[derive(Serialize)]
struct Shown {
    backend: &'static str,
    capabilities: Vec<&'static str>,
    entries: Option<u64>,
    bytes: Option<u64>,
    max_entries: Option<u64>,
    max_bytes: Option<u64>,
    evictions: Option<u64>,
    expirations: Option<u64>,
    removals: Option<u64>,
    /// What its servers count, of all they hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_wide: Option<Servers>,
    /// The live entries of the part that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// What the servers of a shared store count: of everything they hold, whoever owns it.
#[derive(Serialize)]
struct Servers {
    entries: Option<u64>,
    bytes: Option<u64>,
    max_bytes: Option<u64>,
    evictions: Option<u64>,
    expirations: Option<u64>,
}

impl From<ServerWide> for Servers {
    fn from(wide: ServerWide) -> Self {
        Self {
            entries: wide.entries,
            bytes: wide.bytes,
            max_bytes: wide.max_bytes,
            evictions: wide.evictions,
            expirations: wide.expirations,
        }
    }
}

pub(super) async fn run(arguments: &Stats, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    let scope = arguments.part.scope()?;
    let counted = store.backend.stats().await.map_err(no_answer)?;
    let count = if arguments.count {
        Some(store.backend.count(scope).await.map_err(no_answer)?)
    } else {
        // Not every store is asked for its statistics: a server that is down must not pass for one that counts nothing.
        store.backend.ping().await.map_err(no_answer)?;
        None
    };
    let shown = Shown::of(store, &counted, count);
    if arguments.place.json {
        out.json(&shown)?;
    } else {
        shown.write(out)?;
    }
    Ok(Answer::Done)
}

impl Shown {
    fn of(store: &Store, counted: &Counted, count: Option<u64>) -> Self {
        let powers = store.backend.info().capabilities;
        Self {
            backend: store.name(),
            capabilities: powers.iter().map(Capability::as_str).collect(),
            entries: counted.entries,
            bytes: counted.bytes,
            max_entries: counted.max_entries,
            max_bytes: counted.max_bytes,
            evictions: counted.evictions,
            expirations: counted.expirations,
            removals: counted.removals,
            server_wide: counted.server_wide.map(Servers::from),
            count,
        }
    }

    fn write(&self, out: &mut Out) -> Result<(), Fault> {
        out.line(format_args!("backend       {}", self.backend))?;
        out.line(format_args!(
            "capabilities  {}",
            self.capabilities.join(", ")
        ))?;
        figures(
            out,
            &[
                ("entries", self.entries),
                ("bytes", self.bytes),
                ("max_entries", self.max_entries),
                ("max_bytes", self.max_bytes),
                ("evictions", self.evictions),
                ("expirations", self.expirations),
                ("removals", self.removals),
            ],
        )?;
        if let Some(servers) = &self.server_wide {
            out.line(format_args!("of its servers, whoever owns what they hold:"))?;
            figures(
                out,
                &[
                    ("entries", servers.entries),
                    ("bytes", servers.bytes),
                    ("max_bytes", servers.max_bytes),
                    ("evictions", servers.evictions),
                    ("expirations", servers.expirations),
                ],
            )?;
        }
        match self.count {
            Some(count) => out.line(format_args!("count         {count}")),
            None => Ok(()),
        }
    }
}

fn figures(out: &mut Out, figures: &[(&str, Option<u64>)]) -> Result<(), Fault> {
    for (name, figure) in figures {
        match figure {
            Some(figure) => out.line(format_args!("{name:<12}  {figure}"))?,
            None => out.line(format_args!("{name:<12}  not counted"))?,
        }
    }
    Ok(())
}
