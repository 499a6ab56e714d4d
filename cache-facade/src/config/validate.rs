//! The ranges of settings. Each refusal names the setting and what is accepted.

use std::time::Duration;

use cache_core::codec::DECODE_LIMIT;
use cache_core::{CodecKind, MAX_TTL, RESERVED_DOMAIN, Result, Space, Ttl};

use super::cache_config::{CacheConfig, LoadTimeout};
use super::domain::DomainConfig;
use super::names::{invalid, shown};

pub(super) fn config(config: &CacheConfig) -> Result<()> {
    // Every field by name: a new one has to say here what it accepts.
    let CacheConfig {
        namespace,
        backend,
        default_ttl,
        max_ttl,
        negative_ttl,
        deadline,
        clear_deadline,
        close_grace,
        clock_tolerance,
        max_payload,
        max_flights,
        time_one_in: _,
        codec,
        bypass: _,
        load_timeout,
        domains,
    } = config;
    check_namespace(namespace)?;
    backend.check()?;
    check_default_ttl(*default_ttl)?;
    above_zero("max_ttl", *max_ttl)?;
    above_zero("negative_ttl", *negative_ttl)?;
    above_zero("deadline", *deadline)?;
    above_zero("clear_deadline", *clear_deadline)?;
    bounded("close_grace", *close_grace)?;
    bounded("clock_tolerance", *clock_tolerance)?;
    check_max_payload(*max_payload)?;
    if *max_flights == 0 {
        return Err(invalid(
            "max_flights: accepted is a whole number above zero",
        ));
    }
    check_codec("codec", *codec)?;
    check_load_timeout("load_timeout", *load_timeout)?;
    domains
        .iter()
        .try_for_each(|(name, domain)| check_domain(name, domain, *load_timeout))
}

fn check_namespace(namespace: &str) -> Result<()> {
    // The core owns the grammar of names; any domain does to ask it.
    if Space::new(namespace, RESERVED_DOMAIN, 0).is_err() {
        return Err(invalid("namespace: accepted are 1 to 128 bytes of text"));
    }
    Ok(())
}

fn check_default_ttl(ttl: Ttl) -> Result<()> {
    match ttl {
        Ttl::After(duration) if !duration.is_zero() => Ok(()),
        Ttl::Never => Ok(()),
        Ttl::After(_) | Ttl::Default => Err(invalid(
            "default_ttl: accepted is a duration above zero, or `never`",
        )),
    }
}

fn check_max_payload(bytes: u64) -> Result<()> {
    if usize::try_from(bytes).is_ok_and(|bytes| (1..=DECODE_LIMIT).contains(&bytes)) {
        return Ok(());
    }
    let limit = DECODE_LIMIT >> 20;
    Err(invalid(format!(
        "max_payload: accepted are 1 byte to {limit} MiB"
    )))
}

fn check_codec(option: &str, codec: Option<CodecKind>) -> Result<()> {
    let Some(kind) = codec.filter(|kind| !kind.is_available()) else {
        return Ok(());
    };
    let name = kind.as_str();
    Err(invalid(format!(
        "{option}: the codec `{name}` is not compiled in; it needs the feature `codec-{name}`"
    )))
}

fn check_load_timeout(option: &str, timeout: LoadTimeout) -> Result<()> {
    above_zero(&format!("{option}.hard"), timeout.hard)?;
    match timeout.soft {
        Some(soft) if soft >= timeout.hard => Err(invalid(format!(
            "{option}.soft: accepted is a duration below {option}.hard, or `none`"
        ))),
        _ => Ok(()),
    }
}

fn check_domain(name: &str, domain: &DomainConfig, cache: LoadTimeout) -> Result<()> {
    let option = |option: &str| format!("domains.{}.{option}", shown(name));
    if name == RESERVED_DOMAIN || Space::new("cache", name, 0).is_err() {
        let name = shown(name);
        return Err(invalid(format!(
            "domains.{name}: accepted as a domain's name is `[a-z][a-z0-9_]*` of at most 64 bytes"
        )));
    }
    let DomainConfig {
        ttl,
        negative_ttl,
        codec,
        load_timeout: _,
    } = domain;
    if *ttl == Some(Ttl::After(Duration::ZERO)) {
        let option = option("ttl");
        return Err(invalid(format!(
            "{option}: accepted is a duration above zero, `never` or `default`"
        )));
    }
    if let Some(negative_ttl) = negative_ttl {
        above_zero(&option("negative_ttl"), *negative_ttl)?;
    }
    check_codec(&option("codec"), *codec)?;
    check_load_timeout(&option("load_timeout"), domain.load_timeout_over(cache))
}

fn above_zero(option: &str, duration: Duration) -> Result<()> {
    if duration.is_zero() || duration > MAX_TTL {
        return Err(invalid(format!(
            "{option}: accepted is a duration above zero, at most 10 years (3650d)"
        )));
    }
    Ok(())
}

fn bounded(option: &str, duration: Duration) -> Result<()> {
    if duration > MAX_TTL {
        return Err(invalid(format!(
            "{option}: accepted is a duration of at most 10 years (3650d)"
        )));
    }
    Ok(())
}
