//! The manager of releases, on real stores.

mod deploys;
mod hooks;
mod kills;
mod marks;
mod purges;
mod rollbacks;
