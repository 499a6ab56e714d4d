//! From text to a URL. A reason never holds more of the text than the scheme.

use std::collections::BTreeMap;

use super::{BackendUrl, Credentials, OptionValue, Secret};
use crate::config::leaf::Checked;
use crate::config::percent;

const MAX_SCHEME_BYTES: usize = 32;

const NO_SCHEME: &str =
    "no URL; accepted is one that begins with a scheme, such as `moka://?max_capacity=100000`";
const NOT_PLAIN: &str =
    "a space or a control character; accepted is percent-encoding (%20 for a space)";
const FRAGMENT: &str = "a `#`; accepted is percent-encoding (%23)";
const STRAY_AT: &str = "an `@` that is not the one after user and password; accepted is percent-encoding: \
     `@` is %40, and inside a user or a password `/` is %2F and `?` is %3F";
const BAD_ESCAPE: &str =
    "a malformed percent-encoding; accepted is `%` with two hex digits, of UTF-8 text";
const REDACTED: &str =
    "`***` stands where the secret should be; accepted is the secret itself, or `env:NAME`";
const BAD_HOSTS: &str = "an empty or malformed host; accepted is `host`, `host:port` or a list of them with commas between";
const BAD_OPTION: &str = "a malformed option; accepted is `name=value` with `&` between, names of the form `[a-z][a-z0-9_]*`";
const TWICE: &str = "an option is given twice; accepted is each of them once";

pub(super) fn url(text: &str) -> Checked<BackendUrl> {
    let (scheme, rest) = text.split_once(':').ok_or(NO_SCHEME)?;
    let scheme = scheme.to_ascii_lowercase();
    if !is_scheme(&scheme) {
        return Err(NO_SCHEME.into());
    }
    after_scheme(&scheme, rest).map_err(|reason| format!("the `{scheme}` URL has {reason}").into())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= MAX_SCHEME_BYTES
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
}

fn after_scheme(scheme: &str, rest: &str) -> Result<BackendUrl, &'static str> {
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(NOT_PLAIN);
    }
    if rest.contains('#') {
        return Err(FRAGMENT);
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match place.strip_prefix("//") {
        Some(place) => place.split_at(place.find('/').unwrap_or(place.len())),
        None => ("", place),
    };
    let (credentials, hosts) = match authority.split_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    if [hosts, path, query].iter().any(|part| part.contains('@')) {
        return Err(STRAY_AT);
    }
    let hosts = hosts_of(hosts)?;
    if credentials.is_some() && hosts.is_empty() {
        return Err(BAD_HOSTS);
    }
    Ok(BackendUrl {
        scheme: scheme.to_owned(),
        credentials: credentials.map(credentials_of).transpose()?,
        hosts,
        path: decode(path)?,
        options: options_of(query)?,
    })
}

fn credentials_of(text: &str) -> Result<Credentials, &'static str> {
    match text.split_once(':') {
        Some((user, password)) => {
            let password = secret(password)?;
            Ok(Credentials::UserAndPassword(decode(user)?, password))
        }
        None => secret(text).map(Credentials::User),
    }
}

fn secret(text: &str) -> Result<Secret, &'static str> {
    if text == Secret::HIDDEN {
        return Err(REDACTED);
    }
    decode(text).map(Secret::new)
}

fn hosts_of(text: &str) -> Result<Vec<String>, &'static str> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|host| is_host(host).then(|| host.to_owned()).ok_or(BAD_HOSTS))
        .collect()
}

/// Neither empty nor with anything in it that may be a part of a password.
fn is_host(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric() || first == '[')
        && chars
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

fn options_of(query: &str) -> Result<BTreeMap<String, OptionValue>, &'static str> {
    let mut options = BTreeMap::new();
    if query.is_empty() {
        return Ok(options);
    }
    for pair in query.split('&') {
        let (name, text) = pair.split_once('=').ok_or(BAD_OPTION)?;
        if !is_option_name(name) {
            return Err(BAD_OPTION);
        }
        let value = OptionValue::new(name, decode(text)?);
        if matches!(value, OptionValue::Hidden(_)) && text == Secret::HIDDEN {
            return Err(REDACTED);
        }
        if options.insert(name.to_owned(), value).is_some() {
            return Err(TWICE);
        }
    }
    Ok(options)
}

fn is_option_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn decode(text: &str) -> Result<String, &'static str> {
    percent::decode(text).ok_or(BAD_ESCAPE)
}
