//! A cache on a backend of one's own (`custom_backend.rs`).

use cache_core::{Judge, Result};
use cache_facade::Cache;

mod custom_backend;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = custom_backend::MapBackend::new(Judge::default(), 1 << 20);
    let cache = Cache::builder().backend(store).build()?;
    let names = cache.raw::<String>()?;
    names.put(30_000_142, "Jita".to_owned()).await?;
    let name = names.get(30_000_142).await?;
    println!("{:?} on {}", name.as_deref(), cache.backend().name);
    assert_eq!(name.as_deref().map(String::as_str), Some("Jita"));
    cache.close().await
}
