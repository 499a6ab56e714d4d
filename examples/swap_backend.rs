//! One program, three deployments: in memory while it is developed, on a disk where it runs on one host, on a Redis Cluster
//! where a fleet of it runs. Which of them it is stands in a file, and nowhere in the program.
//!
//! ```sh
//! cargo run -p examples --example swap_backend -- examples/deployments/development.toml
//! cargo run -p examples --example swap_backend -- examples/deployments/one_host.toml
//! SHOP_CACHE_URL=redis+cluster://:PASSWORD@cache1:7000,cache2:7000 \
//!     cargo run -p examples --example swap_backend -- examples/deployments/fleet.toml
//! ```
//! Run one of them twice: on a disk and on Redis the second run loads nothing.

use std::error::Error;
use std::io;
use std::time::Duration;

use cache_facade::config::CacheConfig;
use cache_facade::{Cache, Cacheable, domain, loader_fn};
use serde::{Deserialize, Serialize};

/// What the shop sells.
#[derive(Cacheable, Serialize, Deserialize)]
#[cacheable(domain = "product", ttl = "1h")]
struct Product {
    name: String,
    cents: u64,
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The backend that was used.
    pub(crate) backend: &'static str,
    /// How often the slow source of truth was asked.
    pub(crate) loads: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1);
    let path = path.unwrap_or_else(|| "examples/deployments/development.toml".to_owned());
    // Any setting of the file can be overruled by a variable such as SHOP_CACHE__DEADLINE.
    let config = CacheConfig::load(path, "SHOP_CACHE")?;
    let Outcome { backend, loads } = serve(config).await?;
    println!("looked 100 products up twice on `{backend}`: {loads} loads");
    Ok(())
}

/// Looks some products up, whatever the backend.
///
/// # Errors
/// If the configuration is refused, or a look-up fails.
pub(crate) async fn serve(config: CacheConfig) -> Result<Outcome, Box<dyn Error>> {
    let products = domain::<Product>().loader(loader_fn(|id: u64, _| fetch(id)));
    let cache = Cache::builder().config(config).domain(products).build()?;
    let products = cache.domain::<Product>()?;
    for id in (0..100).chain(0..100) {
        let product = products.get_or_load(id).await?.ok_or("no such product")?;
        assert_eq!((product.name.len(), product.cents), (10, id * 100));
    }
    // What was stored survives from here on, where there is a disk to keep it.
    cache.flush().await?;
    let outcome = Outcome {
        backend: cache.backend().name,
        loads: products.stats().loads,
    };
    cache.close().await?;
    Ok(outcome)
}

/// The slow source of truth.
async fn fetch(id: u64) -> io::Result<Option<Product>> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let name = format!("product{id:03}");
    let cents = id * 100;
    Ok(Some(Product { name, cents }))
}
