//! `cachectl del`: removes what stands under a key.

use cache_core::{Backend, Removed, address};
use serde::Serialize;

use super::args::Del;
use super::store::no_answer;
use super::{Answer, Out, Store, key, tell};
use crate::fault::Fault;

#[derive(Default, Serialize)]
struct Gone {
    removed: usize,
    addresses: Vec<String>,
}

pub(super) async fn run(arguments: &Del, store: &Store, out: &mut Out) -> Result<Answer, Fault> {
    let mut gone = Gone::default();
    for key in key::find(store, &arguments.target).await? {
        let removed = store.backend.remove(key.as_key(), None).await;
        match removed.map_err(no_answer)? {
            Removed::Existed => gone.addresses.push(address::entry(&key.as_key())),
            Removed::Missing => {}
            Removed::Unknown => tell("the store cannot say whether anything stood there"),
        }
    }
    store.flush().await?;
    gone.removed = gone.addresses.len();
    let shown = show(arguments, &gone, out);
    out.unless_done(shown);
    Ok(Answer::found(gone.removed > 0))
}

fn show(arguments: &Del, gone: &Gone, out: &mut Out) -> Result<(), Fault> {
    if arguments.place.json {
        return out.json(gone);
    }
    for address in &gone.addresses {
        out.line(format_args!("removed {address}"))?;
    }
    out.line(format_args!("{} removed", gone.removed))
}
