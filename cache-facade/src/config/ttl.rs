//! Times to live as text: a duration, `never`, or `default`.

use cache_core::Ttl;

use super::duration;
use super::leaf::Checked;

/// What an error says is accepted.
pub(super) const ACCEPTED: &str =
    "`never`, `default`, or a duration such as `250ms`, `5s`, `1h30m` or `7d`";

const NEVER: &str = "never";
const DEFAULT: &str = "default";

pub(super) fn parse(text: &str) -> Checked<Ttl> {
    match text {
        NEVER => Ok(Ttl::Never),
        DEFAULT => Ok(Ttl::Default),
        other => match duration::parse(other) {
            Ok(duration) => Ok(Ttl::After(duration)),
            Err(reason) => Err(format!("{reason}, `{NEVER}` or `{DEFAULT}`").into()),
        },
    }
}

fn write(ttl: Ttl) -> String {
    match ttl {
        Ttl::Never => NEVER.to_owned(),
        Ttl::Default => DEFAULT.to_owned(),
        Ttl::After(duration) => duration::write(duration),
    }
}

/// serde for a `Ttl`.
pub(super) mod required {
    use cache_core::Ttl;
    use serde::{Deserializer, Serializer};

    use crate::config::leaf;

    pub(in crate::config) fn serialize<S: Serializer>(
        value: &Ttl,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::write(*value))
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Ttl, D::Error> {
        leaf::read(from, super::ACCEPTED, super::parse)
    }
}

/// serde for an `Option<Ttl>` that is left out where it is `None`.
pub(super) mod optional {
    use cache_core::Ttl;
    use serde::{Deserializer, Serializer};

    pub(in crate::config) fn serialize<S: Serializer>(
        value: &Option<Ttl>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::required::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Ttl>, D::Error> {
        super::required::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn words_and_durations_are_read_as_they_are_written() {
        for ttl in [
            Ttl::Never,
            Ttl::Default,
            Ttl::After(Duration::ZERO),
            Ttl::After(Duration::from_secs(5_400)),
            Ttl::After(Duration::MAX),
        ] {
            assert_eq!(parse(&write(ttl)), Ok(ttl));
        }
    }

    #[test]
    fn words_are_exact_and_errors_name_them() {
        for text in ["", "Never", "forever", "0", "60"] {
            let error = parse(text).unwrap_err();
            assert!(error.ends_with(", `never` or `default`"), "{error}");
        }
    }
}
