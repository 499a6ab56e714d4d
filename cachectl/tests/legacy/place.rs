//! A server that an application filled by hand, and the command run against it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use integration_tests::RedisServer;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use crate::said::Said;

impl Said {
    /// The report.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The sums of the report that are not zero, such as `found 3, moved 2`.
    pub(crate) fn total(&self) -> String {
        told(&self.report()["total"])
    }

    /// The same of one row.
    pub(crate) fn row(&self, number: usize) -> String {
        told(&self.report()["rows"][number])
    }
}

fn told(counts: &Value) -> String {
    const NAMES: [&str; 13] = [
        "found",
        "moved",
        "present",
        "absent",
        "overtaken",
        "gone",
        "endless",
        "not_json",
        "too_large",
        "failed",
        "deleted",
        "rewritten",
        "unmatched",
    ];
    let count = |name: &str| counts[name].as_u64().unwrap_or_else(|| panic!("{counts}"));
    let told = NAMES.iter().filter(|name| count(name) > 0);
    let told: Vec<_> = told.map(|name| format!("{name} {}", count(name))).collect();
    told.join(", ")
}

/// A server of its own: the keys here have no namespace.
pub(crate) struct Place {
    pub(crate) server: RedisServer,
    folder: TempDir,
}

/// The namespace of the new release.
pub(crate) const NAMESPACE: &str = "eve";

/// The new release.
pub(crate) const RELEASE: &str = "1.4.0";

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            server: RedisServer::local().unwrap_or_else(|why| panic!("{why}")),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}:{}", self.server.host(), self.server.port())
    }

    /// Writes a mapping of these rows.
    pub(crate) fn mapping(&self, rows: &str) -> PathBuf {
        let path = self.folder.path().join("mapping.toml");
        let head = format!("namespace = '{NAMESPACE}'\nrelease = '{RELEASE}'\n");
        std::fs::write(&path, head + rows).unwrap();
        path
    }

    /// Makes the command that migrates by a mapping of these rows.
    pub(crate) fn command(&self, rows: &str, arguments: &[&str]) -> Command {
        self.command_at(&self.url(), rows, arguments)
    }

    /// The same by another way to the server.
    pub(crate) fn command_at(&self, url: &str, rows: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cachectl"));
        command
            .args(["version", "migrate", "--json", "--cache", url])
            .arg("--from-legacy")
            .arg(self.mapping(rows))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn migrate(&self, rows: &str, arguments: &[&str]) -> Said {
        Said::of(self.command(rows, arguments).output().unwrap())
    }

    /// A connection below every backend.
    pub(crate) fn raw(&self) -> redis::Connection {
        redis::Client::open((self.server.host(), self.server.port()))
            .unwrap()
            .get_connection()
            .unwrap()
    }

    pub(crate) fn set(&self, key: &str, value: &[u8]) {
        let mut set = redis::cmd("SET");
        let set = set.arg(key).arg(value).arg("EX").arg(3_600);
        set.exec(&mut self.raw()).unwrap();
    }

    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        redis::cmd("GET").arg(key).query(&mut self.raw()).unwrap()
    }

    /// How many keys the server holds, whoever wrote them.
    pub(crate) fn count(&self) -> usize {
        redis::cmd("DBSIZE").query(&mut self.raw()).unwrap()
    }
}
