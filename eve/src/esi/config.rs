//! The settings of the client.

use std::time::Duration;

use reqwest::Url;

use super::EsiError;
use super::budget::LIMIT;

/// The settings of an [`EsiClient`](super::EsiClient): plain data, checked when the client is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EsiConfig {
    /// Where ESI is: an absolute `http` or `https` address without query. Default `https://esi.evetech.net`.
    pub base_url: String,
    /// The `User-Agent` header, which ESI wants to name the application and a way to reach its owner. Default `eve/`
    /// and this crate's version.
    pub user_agent: String,
    /// The longest that a look-up may take with all its waits and retries, 1 ms to 10 min. Default 15 s.
    pub timeout: Duration,
    /// How many times a look-up is tried, 1 to 10, the first time included. Only 502, 503, 504 and broken connections
    /// are tried again. Default 3.
    pub tries: u32,
    /// The wait before the second try, at most 1 min; it doubles from try to try, and between half and all of it is
    /// really waited. Default 250 ms.
    pub backoff: Duration,
    /// How much of the error budget (100 a minute) is left alone, 0 to 99. Default 10.
    pub error_floor: u32,
    /// The longest body that is read, in bytes, at least 1. Default 1 MiB.
    pub max_body: usize,
}

impl Default for EsiConfig {
    fn default() -> Self {
        Self {
            base_url: "https://esi.evetech.net".to_owned(),
            user_agent: concat!("eve/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(15),
            tries: 3,
            backoff: Duration::from_millis(250),
            error_floor: 10,
            max_body: 1 << 20,
        }
    }
}

/// The longest that a look-up may be given.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_secs(600);

impl EsiConfig {
    /// Checks every setting and returns the parsed base address.
    pub(super) fn check(&self) -> Result<Url, EsiError> {
        let fits = |fits: bool, message| {
            if fits {
                Ok(())
            } else {
                Err(EsiError::config(message))
            }
        };
        let timeout = Duration::from_millis(1)..=MAX_TIMEOUT;
        fits(
            timeout.contains(&self.timeout),
            "`timeout` must be 1 ms to 10 min",
        )?;
        fits((1..=10).contains(&self.tries), "`tries` must be 1 to 10")?;
        fits(self.backoff.as_secs() < 60, "`backoff` must be below 1 min")?;
        fits(self.error_floor < LIMIT, "`error_floor` must be 0 to 99")?;
        fits(self.max_body > 0, "`max_body` must be at least 1")?;
        fits(
            !self.user_agent.is_empty(),
            "`user_agent` must not be empty",
        )?;
        base(&self.base_url)
    }
}

/// Parses the base address.
fn base(text: &str) -> Result<Url, EsiError> {
    const SHAPE: &str =
        "`base_url` must be an absolute http or https address without user, query or fragment";
    let url = Url::parse(text).map_err(|error| EsiError::config(SHAPE).because(error))?;
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        "http" if bare => Ok(url),
        "https" if bare && cfg!(feature = "tls") => Ok(url),
        "https" if bare => Err(EsiError::config(
            "`base_url` is https, which needs the feature `tls` of the crate eve",
        )),
        _ => Err(EsiError::config(SHAPE)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::EsiConfig;

    /// A change of one setting.
    type Spoil = fn(&mut EsiConfig);

    fn loopback() -> EsiConfig {
        EsiConfig {
            base_url: "http://127.0.0.1:1".to_owned(),
            ..EsiConfig::default()
        }
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let cases: [(&str, Spoil); 12] = [
            ("`timeout`", |c| c.timeout = Duration::ZERO),
            ("`timeout`", |c| c.timeout = Duration::MAX),
            ("`tries`", |c| c.tries = 0),
            ("`tries`", |c| c.tries = 11),
            ("`backoff`", |c| c.backoff = Duration::from_secs(60)),
            ("`error_floor`", |c| c.error_floor = 100),
            ("`max_body`", |c| c.max_body = 0),
            ("`user_agent`", |c| c.user_agent.clear()),
            ("`base_url`", |c| c.base_url.clear()),
            ("`base_url`", |c| c.base_url = "ftp://a/".to_owned()),
            ("`base_url`", |c| c.base_url = "http://a/?b=c".to_owned()),
            ("`base_url`", |c| c.base_url = "http://a:b@c/".to_owned()),
        ];
        for (name, spoil) in cases {
            let mut config = loopback();
            spoil(&mut config);
            let message = config.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn the_defaults_are_in_range() {
        assert!(loopback().check().is_ok());
    }

    #[test]
    fn https_is_accepted_exactly_with_the_feature() {
        let answer = EsiConfig::default().check();
        assert_eq!(answer.is_ok(), cfg!(feature = "tls"));
        if let Err(error) = answer {
            assert!(error.to_string().contains("feature `tls`"), "{error}");
        }
    }
}
