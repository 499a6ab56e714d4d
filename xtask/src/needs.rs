//! What the tests need of a machine, and how a machine gets it.

use crate::{Result, process, stores};

/// Everything the tests need. To add a thing, add a row.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        name: "cargo-nextest",
        why: "runs every test in a process of its own and closes with a summary",
        present: has_nextest,
        install: &["cargo", "install", "--locked", "cargo-nextest"],
        without: Some("the tests run with `cargo test`"),
    },
    Need {
        name: "redis-server",
        why: "the suite runs on processes of it: one, a cluster, Sentinels, TLS",
        present: || process::on_path("redis-server"),
        install: &["apt-get", "install", "-y", "redis-server"],
        without: Some("the cases on Redis say that they cannot run, and fail where CI is set"),
    },
    Need {
        name: "valkey-server",
        why: "the suite runs on a process of it too",
        present: || process::on_path("valkey-server"),
        install: &["apt-get", "install", "-y", "valkey-server"],
        without: Some("its cases say that they cannot run (Debian 12 has it in its backports)"),
    },
    Need {
        name: "prometheus",
        why: "scrapes the example service, and checks the alert rules (promtool)",
        present: || process::on_path("prometheus") && process::on_path("promtool"),
        install: &["apt-get", "install", "-y", "prometheus"],
        without: Some("the tests of scraping say that they cannot run, and fail where CI is set"),
    },
    Need {
        name: "mkfs.ext4",
        why: "sled on a disk that stalls, which is a file here",
        present: || process::on_path("mkfs.ext4"),
        install: &["apt-get", "install", "-y", "e2fsprogs"],
        without: Some("that test says that it is skipped, and fails where CI is set"),
    },
    Need {
        name: "docker",
        why: "CACHE_TEST_REDIS=container asks for containers",
        present: || !stores::wants_container() || process::on_path("docker"),
        install: &["apt-get", "install", "-y", "docker.io"],
        without: None,
    },
];

/// A thing the tests need.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) why: &'static str,
    pub(crate) present: fn() -> bool,
    /// The one command that installs it, without `sudo`: that is added where it is needed.
    pub(crate) install: &'static [&'static str],
    /// What happens without it; `None`: the tests cannot run.
    pub(crate) without: Option<&'static str>,
}

/// Whether the test runner is there; it is the first row of the table.
pub(crate) fn has_nextest() -> bool {
    process::has_subcommand("nextest")
}

/// Finds what is missing, installs it if asked to, and says what is done without it otherwise.
///
/// # Errors
///
/// Something obligatory is missing; each missing thing and its command have been printed.
pub(crate) fn prepare(needs: &[Need], install: bool) -> Result {
    let mut missing = missing(needs);
    if install && !missing.is_empty() {
        let mut installer = Installer {
            sudo: wants_sudo(),
            updated: false,
        };
        for need in &missing {
            installer.install(need)?;
        }
        missing.retain(|need| !(need.present)());
    }
    for need in &missing {
        eprintln!("{}", advice(need, wants_sudo()));
    }
    let lacking: Vec<&str> = missing
        .iter()
        .filter(|need| need.without.is_none())
        .map(|need| need.name)
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the tests need {}; `cargo xtask test --install` installs what is missing",
        lacking.join(", ")
    )
    .into())
}

fn missing(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !(need.present)()).collect()
}

/// What a person reads about a missing thing.
fn advice(need: &Need, sudo: bool) -> String {
    let otherwise = need.without.map_or_else(
        || "the tests cannot run".to_owned(),
        |then| format!("without it {then}"),
    );
    let command = command_line(need.install, sudo).join(" ");
    format!(
        "missing: {} ({}); {otherwise}\n    {command}",
        need.name, need.why
    )
}

/// The command as it has to be typed by this person.
fn command_line<'a>(install: &[&'a str], sudo: bool) -> Vec<&'a str> {
    let prefix: &[&str] = if sudo && install.first() == Some(&"apt-get") {
        &["sudo"]
    } else {
        &[]
    };
    [prefix, install].concat()
}

/// System packages are installed by root: as somebody else, by `sudo` if there is one.
fn wants_sudo() -> bool {
    let root = process::program(&["id", "-u"])
        .and_then(|mut id| process::output(&mut id))
        .is_ok_and(|id| id.trim() == "0");
    !root && process::on_path("sudo")
}

struct Installer {
    sudo: bool,
    updated: bool,
}

impl Installer {
    /// Runs the one command of a need. A system package that is not found gets one refresh of the package lists.
    /// A failure is printed by the command itself and counted by whoever asks again what is missing.
    fn install(&mut self, need: &Need) -> Result {
        let line = command_line(need.install, self.sudo);
        let code = call(&line)?;
        if code != 0 && need.install.first() == Some(&"apt-get") && !self.updated {
            self.updated = true;
            call(&command_line(&["apt-get", "update"], self.sudo))?;
            call(&line)?;
        }
        Ok(())
    }
}

/// Runs one line of an install; what is not there to be run has failed.
fn call(line: &[&str]) -> Result<u8> {
    match line.first() {
        Some(&"cargo") => process::stream(&mut process::cargo(line.iter().skip(1).copied())),
        Some(name) if !process::on_path(name) => {
            eprintln!("`{name}` is not on this machine");
            Ok(127)
        }
        _ => process::stream(&mut process::program(line)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Need = Need {
        name: "redis-server",
        why: "the tests of backend-redis talk to it",
        present: || false,
        install: &["apt-get", "install", "-y", "redis-server"],
        without: None,
    };

    #[test]
    fn a_missing_obligatory_thing_stops_the_tests() {
        let present = Need {
            present: || true,
            ..ABSENT
        };
        let error = prepare(&[present, ABSENT], false).unwrap_err();
        assert!(error.to_string().contains("the tests need redis-server;"));
        assert!(
            prepare(
                &[Need {
                    present: || true,
                    ..ABSENT
                }],
                false
            )
            .is_ok()
        );
    }

    #[test]
    fn a_missing_optional_thing_does_not() {
        assert!(
            prepare(
                &[Need {
                    without: Some("the tests are slower"),
                    ..ABSENT
                }],
                false
            )
            .is_ok()
        );
    }

    #[test]
    fn an_install_that_changes_nothing_is_no_success() {
        let need = Need {
            install: &["true"],
            ..ABSENT
        };
        assert!(prepare(&[need], true).is_err());
        let need = Need {
            install: &["no-such-program-anywhere"],
            ..ABSENT
        };
        assert!(prepare(&[need], true).is_err());
    }

    #[test]
    fn an_install_that_brings_the_thing_is_enough() {
        fn marker() -> std::path::PathBuf {
            std::env::temp_dir().join(format!("xtask-needs-{}", std::process::id()))
        }
        let path: &'static str = marker().into_os_string().into_string().unwrap().leak();
        let install: &'static [&'static str] = vec!["touch", path].leak();
        let done = prepare(
            &[Need {
                present: || marker().exists(),
                install,
                ..ABSENT
            }],
            true,
        );
        std::fs::remove_file(path).unwrap();
        done.unwrap();
    }

    #[test]
    fn advice_names_thing_reason_and_the_one_command() {
        let text = advice(&ABSENT, true);
        assert!(text.starts_with(
            "missing: redis-server (the tests of backend-redis talk to it); the tests cannot run"
        ));
        assert!(text.ends_with("\n    sudo apt-get install -y redis-server"));
    }

    #[test]
    fn only_system_packages_are_installed_as_root() {
        assert_eq!(
            command_line(&["cargo", "install", "x"], true),
            ["cargo", "install", "x"]
        );
        assert_eq!(
            command_line(&["apt-get", "install", "x"], false),
            ["apt-get", "install", "x"]
        );
    }
}
