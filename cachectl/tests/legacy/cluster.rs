//! A cluster: keys are spread over its servers, by tags too.

use std::time::Duration;

use cache_core::{Backend, Judge, Scope};
use cache_facade::config::CacheConfig;
use integration_tests::{SharedCluster, namespace_of_its_own};
use redis::Connection;

use crate::place::Said;

const COUNT: usize = 600;

fn connections(cluster: &SharedCluster) -> Vec<Connection> {
    let nodes = cluster.addresses().iter();
    let open = |address: &std::net::SocketAddr| {
        let client = redis::Client::open((address.ip().to_string(), address.port()))?;
        client.get_connection()
    };
    nodes.filter_map(|address| open(address).ok()).collect()
}

#[test]
fn keys_of_every_server_are_moved_and_removed() {
    let cluster = SharedCluster::join().unwrap_or_else(|why| panic!("{why}"));
    let own = namespace_of_its_own("legacy");
    let mut nodes = connections(&cluster);
    for number in 0..COUNT {
        let key = match number % 2 {
            0 => format!("{own}:pilot:{number}"),
            _ => format!("{{{own}}}:ship:{number}"),
        };
        let mut set = redis::cmd("SET");
        set.arg(key).arg(number).arg("EX").arg(3_600);
        let is_set = nodes.iter_mut().any(|node| set.exec(node).is_ok());
        assert!(is_set, "no server took a key");
    }
    let folder = tempfile::tempdir().unwrap();
    let mapping = folder.path().join("mapping.toml");
    let row = |keys: &str, domain: &str| {
        format!("[[map]]\nkeys = '{keys}'\ndomain = '{domain}'\nschema = '00000000000000ff'\n")
    };
    let text = format!(
        "namespace = '{own}'\nrelease = '1.4.0'\n{}{}",
        row(&format!("{own}:pilot:{{id}}"), "pilot"),
        row(&format!("{{{{{own}}}}}:ship:{{id}}"), "ship")
    );
    std::fs::write(&mapping, text).unwrap();
    let seed = cluster.addresses()[0];
    let url = format!("redis+cluster://{seed}");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cachectl"));
        command.args([
            "version",
            "migrate",
            "--json",
            "--deadline",
            "10s",
            "--cache",
            &url,
        ]);
        let command = command.arg("--from-legacy").arg(&mapping).args(arguments);
        let said = Said::of(command.output().unwrap());
        assert_eq!(said.code, 0, "{said:?}");
        said.total()
    };
    assert_eq!(run(&[]), "found 600, moved 600");
    assert_eq!(run(&[]), "found 600, present 600");
    assert_eq!(run(&["--delete"]), "found 600, present 600, deleted 600");
    assert_eq!(run(&[]), "");
    let mut config = CacheConfig::from_url(&url).unwrap();
    config.deadline = Duration::from_secs(10);
    let store = config.open_backend(&Judge::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for domain in ["pilot", "ship"] {
            let count = store.count(Scope::domain(&own, domain)).await.unwrap();
            assert_eq!(count, 300, "{domain}");
        }
        store.clear(Scope::namespace(&own)).await.unwrap();
    });
}
