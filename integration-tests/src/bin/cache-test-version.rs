//! The process that tests of deployments kill: `migrate`, `gradual`, `aggressive` or `purge`, then URL and NAMESPACE. It says `complete`
//! at its end, if it is.

use cache_facade::{Cache, Purge, Strategy};
use integration_tests::version_script;

/// Entries per second: slow enough to be killed in between.
const RATE: u32 = 3_000;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, url, namespace] = words.as_slice() else {
        return Err("accepted: migrate|gradual|aggressive|purge URL NAMESPACE".into());
    };
    let release = if what == "migrate" { "1.5.0" } else { "2.0.0" };
    let config = version_script::config(url, namespace)?;
    let cache = Cache::builder().config(config).release(release);
    let cache = cache.domain(version_script::after()).build()?;
    if run(&cache, what, release).await? {
        println!("complete");
    }
    Ok(cache.close().await?)
}

async fn run(cache: &Cache, what: &str, release: &str) -> Outcome<bool> {
    let versions = cache.versions()?;
    let strategy = match what {
        "migrate" => {
            let converted = versions.migrate(RATE).await?;
            return Ok(converted.iter().all(|one| one.is_complete));
        }
        "purge" => {
            let purged = versions.purge(Purge::keep(1).rate(RATE)).await?;
            return Ok(purged.addresses.iter().all(|one| one.left == 0));
        }
        "gradual" => Strategy::gradual(),
        "aggressive" => Strategy::aggressive(),
        _ => return Err("accepted: migrate, gradual, aggressive, purge".into()),
    };
    let report = versions.deploy(release, strategy.rate(RATE)).await?;
    Ok(report.is_deployed)
}
