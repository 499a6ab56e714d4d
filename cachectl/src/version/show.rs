//! How reports about releases are shown: as JSON, or in lines for a person.

use cache_core::Timestamp;
use cache_facade::{
    AddressStatus, Converted, DeployReport, HistoryRow, Invalidated, PurgeReport, RollbackReport,
    VersionStatus,
};
use serde_json::Value;

use super::left::Left;
use crate::fault::Fault;
use crate::inspect::Out;

type Shown = Result<(), Fault>;

pub(super) fn status(status: &VersionStatus, is_json: bool, out: &mut Out) -> Shown {
    if is_json {
        return out.json(status);
    }
    match &status.current {
        Some(current) => out.line(format_args!(
            "current   {} since {}",
            current.release,
            utc(current.since)
        ))?,
        None => out.line("current   none was deployed")?,
    }
    for mark in &status.watermarks {
        let before = utc(mark.before);
        out.line(format_args!("not read  {} before {before}", mark.domain))?;
    }
    addresses(&status.addresses, out)
}

fn addresses(addresses: &[AddressStatus], out: &mut Out) -> Shown {
    for address in addresses {
        let releases = address.releases.iter();
        let releases: Vec<_> = releases
            .map(|one| format!("{} (seen {})", one.release, utc(one.seen)))
            .collect();
        let releases = if releases.is_empty() {
            "not listed".to_owned()
        } else {
            releases.join(", ")
        };
        out.line(format_args!(
            "{:>10} entries  {}:{}.{}  {releases}",
            address.entries, address.epoch, address.domain, address.schema
        ))?;
    }
    Ok(())
}

pub(super) fn history(rows: &[HistoryRow], is_json: bool, out: &mut Out) -> Shown {
    for row in rows {
        if is_json {
            out.json(row)?;
            continue;
        }
        let strategy = row.strategy.as_deref().unwrap_or("");
        out.line(format_args!(
            "{:>4}  {}  {:<10}  {:<12}  {:<8}  {strategy}",
            row.id,
            utc(row.at),
            name(&row.action),
            row.release,
            name(&row.status),
        ))?;
    }
    Ok(())
}

pub(super) fn deployment(report: &DeployReport, is_json: bool, out: &mut Out) -> Shown {
    if is_json {
        return out.json(report);
    }
    let from = report.from.as_deref().unwrap_or("nothing");
    out.line(format_args!(
        "{} -> {} ({})",
        from, report.to, report.strategy
    ))?;
    addresses(&report.before, out)?;
    converted(&report.converted, false, out)?;
    if report.unconvertible > 0 {
        out.line(format_args!(
            "{} entries have a type that this tool cannot convert, or one that {} is not listed with",
            report.unconvertible, report.to
        ))?;
    }
    if let Some(verified) = &report.verified {
        out.line(format_args!(
            "verified  {} entries: {} same, {} changed, {} gone, {} unreadable, {} without twin",
            verified.sampled,
            verified.same,
            verified.changed,
            verified.gone,
            verified.unreadable,
            verified.without_twin
        ))?;
    }
    if let Some(purge) = &report.purged {
        purged(purge, report.id.is_none(), false, out)?;
    }
    match (&report.aborted, report.is_deployed) {
        (Some(why), _) => out.line(format_args!("given up: {why}")),
        (None, true) => out.line(format_args!("{} is deployed", report.to)),
        (None, false) => out.line("nothing was changed"),
    }
}

pub(super) fn converted(converted: &[Converted], is_json: bool, out: &mut Out) -> Shown {
    for one in converted {
        if is_json {
            out.json(one)?;
            continue;
        }
        let (from, to) = (&one.from, &one.to);
        out.line(format_args!(
            "converted {} of {} entries of {}: {}.{} -> {}.{}; {} have one there, {} unreadable",
            one.converted,
            one.found,
            one.domain,
            from.0,
            from.1,
            to.0,
            to.1,
            one.present,
            one.unreadable
        ))?;
    }
    Ok(())
}

/// Shows what a copy left where it is.
pub(super) fn left(left: &[Left], to: &str, is_json: bool, out: &mut Out) -> Shown {
    for one in left {
        if is_json {
            out.json(one)?;
            continue;
        }
        let Left {
            domain,
            from: (epoch, schema),
            left,
            is_listed,
        } = one;
        let why = if *is_listed {
            format!("a type that {to} is not listed with")
        } else {
            "where no release is listed".to_owned()
        };
        out.line(format_args!(
            "left      {left} entries of {domain}: {epoch}.{schema}, {why}"
        ))?;
    }
    Ok(())
}

pub(super) fn rollback(report: &RollbackReport, is_json: bool, out: &mut Out) -> Shown {
    if is_json {
        return out.json(report);
    }
    let done = if report.is_done { "" } else { "would go: " };
    out.line(format_args!(
        "{done}{} -> {}, which has {} entries",
        report.from, report.to, report.entries
    ))
}

pub(super) fn invalidated(report: &Invalidated, is_json: bool, out: &mut Out) -> Shown {
    if is_json {
        return out.json(report);
    }
    out.line(format_args!(
        "not read any more: what was created before {}; {} entries removed, {} stay",
        utc(report.before),
        report.removed,
        report.kept
    ))
}

pub(super) fn purged(report: &PurgeReport, is_dry: bool, is_json: bool, out: &mut Out) -> Shown {
    if is_json {
        return out.json(report);
    }
    let verb = if is_dry { "would remove" } else { "removed" };
    for one in &report.addresses {
        out.line(format_args!(
            "{verb} {} entries  {}:{}.{}  {}",
            one.removed,
            one.epoch,
            one.domain,
            one.schema,
            one.releases.join(", ")
        ))?;
    }
    out.line(format_args!(
        "{verb} {} entries; {} addresses are still in use; {} entries are not listed",
        report.removed(),
        report.in_use,
        report.unlisted
    ))
}

/// The spelling that JSON has.
fn name(of: &impl serde::Serialize) -> String {
    match serde_json::to_value(of) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn utc(moment: Timestamp) -> String {
    let moment = std::time::UNIX_EPOCH + std::time::Duration::from_millis(moment.as_millis());
    humantime::format_rfc3339_seconds(moment).to_string()
}
