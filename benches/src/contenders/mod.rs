//! The contenders: one file for each family.

mod full_stack;

mod foyer;
mod moka_future;
mod moka_sync;
mod quick_cache;

mod cachet;
mod hitbox;
mod multi_tier;

mod hour;

use tokio::runtime::Runtime;

use crate::Result;
use crate::contender::Contender;
use crate::workload::Workload;

/// All contenders, in the order of the table.
pub(crate) type Field = Vec<Box<dyn Contender>>;

/// One contender, or why there is none.
type Made = Result<Box<dyn Contender>>;

/// The names of all contenders, in the order of the table.
pub(crate) const NAMES: [&str; 17] = [
    "full_stack",
    "full_stack_u64",
    "full_stack_get_now",
    "full_stack_get_or_load",
    "moka_sync",
    "moka_sync_expiry",
    "moka_sync_foldhash",
    "moka_sync_expiry_foldhash",
    "moka_future",
    "moka_future_expiry",
    "quick_cache",
    "foyer",
    "hitbox",
    "hitbox_json",
    "multi_tier_cache",
    "multi_tier_cache_get",
    "cachet",
];

/// Makes every contender: see [`make`].
///
/// # Errors
/// If one cannot be built or filled.
pub(crate) fn all(workload: &Workload, runtime: &Runtime) -> Result<Field> {
    NAMES
        .into_iter()
        .map(|name| make(name, workload, runtime))
        .collect()
}

/// Makes one contender and fills it with every key. Each gets room for twice the keys, so that none evicts.
///
/// # Errors
/// If it cannot be built or filled, or there is none of that name.
pub(crate) fn make(name: &str, workload: &Workload, runtime: &Runtime) -> Made {
    match name {
        "full_stack" => full_stack::get(workload, runtime),
        "full_stack_u64" => full_stack::get_u64(workload, runtime),
        "full_stack_get_now" => full_stack::get_now(workload, runtime),
        "full_stack_get_or_load" => full_stack::get_or_load(workload, runtime),
        "moka_sync" => moka_sync::sip("moka_sync", workload, false),
        "moka_sync_expiry" => moka_sync::sip("moka_sync_expiry", workload, true),
        "moka_sync_foldhash" => moka_sync::fold("moka_sync_foldhash", workload, false),
        "moka_sync_expiry_foldhash" => moka_sync::fold("moka_sync_expiry_foldhash", workload, true),
        "moka_future" => moka_future::make("moka_future", workload, false, runtime),
        "moka_future_expiry" => moka_future::make("moka_future_expiry", workload, true, runtime),
        "quick_cache" => quick_cache::make(workload),
        "foyer" => foyer::make(workload),
        "hitbox" => hitbox::bincode(workload, runtime),
        "hitbox_json" => hitbox::json(workload, runtime),
        "multi_tier_cache" => multi_tier::get_or_compute(workload, runtime),
        "multi_tier_cache_get" => multi_tier::get(workload, runtime),
        "cachet" => cachet::make(workload, runtime),
        other => Err(format!("no contender is called `{other}`").into()),
    }
}

/// How many entries a cache has room for.
fn room(workload: &Workload) -> usize {
    workload.keys().len() * 2
}
