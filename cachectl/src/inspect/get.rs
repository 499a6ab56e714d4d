//! `cachectl get`: what stands under a key.

use std::fmt::Display;

use bytes::Bytes;
use cache_core::{CodecKind, Entry, Extensions, Meta, OwnedKey, Payload, Timestamp, address};
use serde::Serialize;
use serde_json::value::RawValue;

use super::args::Get;
use super::look::{Seen, look};
use super::show::{Facts, hex, short};
use super::{Answer, Out, Store, json_text, key, tell};
use crate::fault::Fault;

pub(super) async fn run(arguments: &Get, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    let keys = key::find(store, &arguments.target).await?;
    let is_id = arguments.target.domain.is_some();
    if arguments.raw {
        return raw(store, &keys, out).await;
    }
    let (mut stand, mut live) = (0, 0);
    for key in &keys {
        let seen = look(store, key.as_key()).await?;
        // Of the epochs and schemas of a domain, few have the id.
        if is_id && matches!(seen, Seen::Absent) {
            continue;
        }
        stand += 1;
        live += usize::from(matches!(seen, Seen::Live(_)));
        let shown = Shown::of(store, key, &seen);
        if arguments.place.json {
            out.json(&shown)?;
        } else if matches!(seen, Seen::Live(_)) {
            shown.write(out)?;
        }
        if let Some(why) = why_nothing(store, &seen) {
            tell(&format!("not found: {}: {why}", shown.address));
        }
    }
    if is_id && stand == 0 {
        tell(NO_SUCH_ID);
    }
    Ok(Answer::found(live > 0))
}

/// What is told where an id is nowhere.
pub(super) const NO_SUCH_ID: &str =
    "not found: the id stands under no epoch and schema that lives in this domain";

/// Writes the value of the one live entry.
async fn raw(store: &Store, keys: &[OwnedKey], out: &mut Out) -> Result<Answer, Fault> {
    let mut found = None;
    for key in keys {
        match look(store, key.as_key()).await? {
            Seen::Live(entry) if found.is_none() => found = Some(entry.payload),
            Seen::Live(_) => {
                return Err(Fault::usage(
                    "--raw: several epochs or schemas have this id; name one by its address",
                ));
            }
            _ => {}
        }
    }
    match found {
        Some(Payload::Encoded(bytes)) => out.bytes(&bytes).map(|()| Answer::Done),
        Some(_) => {
            tell("the entry has no value: it is known to be absent");
            Ok(Answer::NotFound)
        }
        None => {
            tell("not found: nothing that a read would return");
            Ok(Answer::NotFound)
        }
    }
}

/// What a read would make of it, where that is nothing.
fn why_nothing(store: &Store, seen: &Seen) -> Option<String> {
    match seen {
        Seen::Live(_) => None,
        Seen::Lease(meta) => {
            let left = short(left(store, meta));
            Some(format!("a lease, for {left} more: somebody is loading it"))
        }
        Seen::Dead => Some("past its end, and still held by the store".to_owned()),
        Seen::Unreadable(reason) => Some(format!("unreadable ({})", reason.as_str())),
        Seen::Absent => Some("nothing stands there".to_owned()),
    }
}

fn left(store: &Store, meta: &Meta) -> u64 {
    let now = store.judge.clock().now();
    u64::try_from(meta.dead_at.since(now).as_millis()).unwrap_or(u64::MAX)
}

/// What stands under one address.
#[derive(Serialize)]
struct Shown {
    address: String,
    #[serde(flatten)]
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_hex: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Standing {
    Live(Facts),
    Lease {
        state: &'static str,
        dead_in_ms: u64,
    },
    Unreadable {
        state: &'static str,
        reason: &'static str,
    },
    Other {
        state: &'static str,
    },
}

impl Shown {
    fn of(store: &Store, key: &OwnedKey, seen: &Seen) -> Self {
        let standing = match seen {
            Seen::Live(entry) => Standing::Live(Facts::of(store, &entry.meta)),
            Seen::Lease(meta) => Standing::Lease {
                state: "lease",
                dead_in_ms: left(store, meta),
            },
            Seen::Unreadable(reason) => Standing::Unreadable {
                state: "unreadable",
                reason: reason.as_str(),
            },
            Seen::Dead => Standing::Other { state: "dead" },
            Seen::Absent => Standing::Other { state: "absent" },
        };
        let shown = Self {
            address: address::entry(&key.as_key()),
            standing,
            bytes: None,
            etag: None,
            last_modified: None,
            value: None,
            value_hex: None,
        };
        match seen {
            Seen::Live(entry) => shown.with_contents(entry),
            _ => shown,
        }
    }

    fn with_contents(mut self, entry: &Entry) -> Self {
        let text = |of: fn(&Extensions) -> Option<&str>| {
            entry.extensions.as_deref().and_then(of).map(str::to_owned)
        };
        self.etag = text(Extensions::etag);
        self.last_modified = text(Extensions::last_modified);
        if let Payload::Encoded(bytes) = &entry.payload {
            self.with_value(bytes, entry.meta.codec)
        } else {
            self
        }
    }

    fn with_value(mut self, bytes: &Bytes, codec: Option<CodecKind>) -> Self {
        self.bytes = Some(bytes.len());
        if codec == Some(CodecKind::Json) {
            self.value = json_text::read(bytes);
        }
        if self.value.is_none() {
            self.value_hex = Some(hex(bytes));
        }
        self
    }

    /// Writes a live entry for people.
    fn write(&self, out: &mut Out) -> Result<(), Fault> {
        out.line(&self.address)?;
        if let Standing::Live(facts) = &self.standing {
            write_facts(facts, out)?;
        }
        for (name, text) in [("etag", &self.etag), ("modified", &self.last_modified)] {
            if let Some(text) = text {
                field(out, name, json_text::safe(text))?;
            }
        }
        if let Some(bytes) = self.bytes {
            field(out, "bytes", bytes)?;
        }
        match (&self.value, &self.value_hex) {
            (Some(json), _) => field(out, "value", json.get()),
            (None, Some(hex)) => field(out, "hex", hex),
            (None, None) => Ok(()),
        }
    }
}

/// Writes state and times, a line each.
pub(super) fn write_facts(facts: &Facts, out: &mut Out) -> Result<(), Fault> {
    let created = date(Timestamp::from_millis(facts.created_ms));
    field(out, "state", facts.marks())?;
    field(out, "age", format_args!("{}, since {created}", facts.age()))?;
    field(out, "fresh", format_args!("for {}", facts.fresh_for()))?;
    field(out, "dead", facts.dead())?;
    field(out, "codec", facts.codec.unwrap_or("none"))?;
    field(out, "stamp", &facts.stamp)
}

fn field(out: &mut Out, name: &str, text: impl Display) -> Result<(), Fault> {
    out.line(format_args!("  {name:<8}  {text}"))
}

/// Spells a moment, if the calendar has it.
fn date(moment: Timestamp) -> String {
    /// The end of the year 9999.
    const LAST: u64 = 253_402_300_799_000;
    let millis = moment.as_millis().min(LAST);
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(millis);
    humantime::format_rfc3339_seconds(time).to_string()
}
