//! Which Redis server a test takes: what the environment says.

use std::env;

use super::Unavailable;

const WAY: &str = "CACHE_TEST_REDIS";
const URL: &str = "CACHE_TEST_REDIS_URL";
const IMAGE: &str = "CACHE_TEST_REDIS_IMAGE";

/// A way to a server; `CACHE_TEST_REDIS` forces one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The server of `CACHE_TEST_REDIS_URL`.
    Url {
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A container of this image, which may be fetched for it.
    Container(Image),
    /// A process of this test.
    Local,
    /// A container where the preferred image is already there, else a process.
    Any(Image),
}

/// The image of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// That of `CACHE_TEST_REDIS_IMAGE`.
    Named(String),
    /// [`Image::OFFICIAL`]; where a container is forced, [`Image::MADE`] too.
    Default,
}

impl Image {
    /// The newest official one.
    pub const OFFICIAL: &'static str = "redis:8";

    /// The one that `integration-tests/images/make-redis-image.sh` makes of this machine's own server.
    pub const MADE: &'static str = "cache-test-redis:local";

    /// Returns the names that it can have where a container is forced, the preferred one first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Named(name) => vec![name],
            Self::Default => vec![Self::OFFICIAL, Self::MADE],
        }
    }

    /// Returns the name whose container is preferred to a process: what was made of this machine's own server is that
    /// server again, and a process of it starts twenty times as fast.
    #[must_use]
    pub fn preferred(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Default => Self::OFFICIAL,
        }
    }
}

impl Way {
    /// Whether nothing else will do.
    pub(crate) fn is_demanded(&self) -> bool {
        !matches!(self, Self::Any(_))
    }

    /// Reads the three variables.
    ///
    /// # Errors
    /// A value that is none of those accepted, or a way without what it needs.
    pub fn of_environment() -> Result<Self, Unavailable> {
        // A value that is no text is none that is accepted.
        let read = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self::of(read).map_err(Unavailable::demanded)
    }

    fn of(read: impl Fn(&str) -> Option<String>) -> Result<Self, Unavailable> {
        let image = match read(IMAGE) {
            Some(name) if is_image(&name) => Image::Named(name),
            Some(_) => return Err(wrong(IMAGE, "NAME:TAG")),
            None => Image::Default,
        };
        let url = read(URL).map(|url| of_url(&url)).transpose()?;
        match (read(WAY).as_deref(), url) {
            (Some("url") | None, Some(url)) => Ok(url),
            (Some("url"), None) => Err(Unavailable::new(format!("{WAY}=url needs {URL}"))),
            (Some("container"), _) => Ok(Self::Container(image)),
            (Some("local"), _) => Ok(Self::Local),
            (None, None) => Ok(Self::Any(image)),
            (Some(_), _) => Err(wrong(WAY, "url, container, local")),
        }
    }
}

fn of_url(url: &str) -> Result<Way, Unavailable> {
    let place = url
        .strip_prefix("redis://")
        .and_then(|rest| rest.trim_end_matches('/').rsplit_once(':'));
    let (host, port) = place.ok_or_else(|| wrong(URL, "redis://HOST:PORT"))?;
    let port = port.parse().map_err(|_| wrong(URL, "redis://HOST:PORT"))?;
    if host.is_empty() || host.contains(['@', '/']) {
        return Err(wrong(URL, "redis://HOST:PORT"));
    }
    Ok(Way::Url {
        host: host.to_owned(),
        port,
    })
}

/// A tag is asked for: without one an image changes under the tests.
fn is_image(name: &str) -> bool {
    name.rsplit_once(':')
        .is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty() && !tag.contains('/'))
}

/// Does not repeat the value: it may hold a password.
fn wrong(name: &str, accepted: &str) -> Unavailable {
    Unavailable::new(format!("{name}; accepted: {accepted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(set: &[(&str, &str)]) -> Result<Way, String> {
        let read = |name: &str| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Way::of(read).map_err(|why| why.to_string())
    }

    fn at(host: &str, port: u16) -> Way {
        Way::Url {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn nothing_said_is_a_container_or_a_process() {
        assert_eq!(way(&[]), Ok(Way::Any(Image::Default)));
        let named = Image::Named("r:9".to_owned());
        assert_eq!(way(&[(IMAGE, "r:9")]), Ok(Way::Any(named)));
        assert!(!way(&[]).unwrap().is_demanded());
        assert!(way(&[(WAY, "container")]).unwrap().is_demanded());
    }

    #[test]
    fn a_url_comes_first_unless_another_way_is_forced() {
        let url = (URL, "redis://cache.test:6380/");
        assert_eq!(way(&[url]), Ok(at("cache.test", 6380)));
        assert_eq!(way(&[url, (WAY, "url")]), Ok(at("cache.test", 6380)));
        assert_eq!(way(&[url, (WAY, "local")]), Ok(Way::Local));
        let container = Way::Container(Image::Default);
        assert_eq!(way(&[url, (WAY, "container")]), Ok(container));
    }

    #[test]
    fn a_wrong_value_is_named_with_what_is_accepted() {
        let said = way(&[(WAY, "docker")]).unwrap_err();
        assert_eq!(said, "CACHE_TEST_REDIS; accepted: url, container, local");
        let said = way(&[(WAY, "url")]).unwrap_err();
        assert_eq!(said, "CACHE_TEST_REDIS=url needs CACHE_TEST_REDIS_URL");
        for url in [
            "redis://host",
            "host:1",
            "redis://:1",
            "redis://h:65536",
            "redis://u:p@h:1",
        ] {
            let said = way(&[(URL, url), (WAY, "local")]).unwrap_err();
            assert_eq!(
                said, "CACHE_TEST_REDIS_URL; accepted: redis://HOST:PORT",
                "{url}"
            );
        }
        for image in ["redis", ":8", "host:5000/redis", ""] {
            let said = way(&[(IMAGE, image)]).unwrap_err();
            assert_eq!(
                said, "CACHE_TEST_REDIS_IMAGE; accepted: NAME:TAG",
                "{image}"
            );
        }
    }
}
