//! The other side of a capability: what is not declared answers `Unsupported`, and does nothing.

use cache_core::{Backend, Capability, Condition, Error, ErrorKind, PutItem, Result, Scope};
use futures_util::StreamExt;

use super::fixture::Fixture;
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome};

/// Finds a declaration that says too little: each operation of a capability that is not declared has to say so.
pub(super) async fn answers_unsupported(fx: &Fixture, capability: Capability) -> Outcome {
    match capability {
        Capability::Batch => batch(fx).await,
        Capability::Scan => scan(fx).await,
        Capability::Counters => {
            check!(
                fx.backend.counters().is_none(),
                "`Counters` is not declared, yet there are counters"
            );
            Ok(())
        }
        Capability::Bounded => bounded(fx).await,
        // `flush` does nothing elsewhere; there is no operation to ask.
        _ => Ok(fx.backend.flush().await?),
    }
}

async fn batch(fx: &Fixture) -> Outcome {
    let (here, new) = (fx.key("here")?, fx.key("new")?);
    fx.put(&here, fx.value("here")).await?;
    let keys = [here.as_key(), new.as_key()];
    all_unsupported("get_many", fx.backend.get_many(&keys).await)?;
    let item = PutItem {
        key: new.as_key(),
        entry: fx.value("new"),
        when: Condition::Always,
    };
    all_unsupported(
        "put_many",
        fx.backend.put_many(vec![item.clone(), item]).await,
    )?;
    all_unsupported("remove_many", fx.backend.remove_many(&keys).await)?;
    fx.expect_value(&here, "here").await?;
    fx.expect_nothing(&new).await
}

fn all_unsupported<T: std::fmt::Debug>(operation: &str, answers: Vec<Result<T>>) -> Outcome {
    check_eq!(answers.len(), 2, "{operation}: answers to two keys");
    for answer in answers {
        unsupported(operation, &answer)?;
    }
    Ok(())
}

fn unsupported<T: std::fmt::Debug>(operation: &str, answer: &Result<T>) -> Outcome {
    let kind = answer.as_ref().map_err(Error::kind);
    if matches!(kind, Err(ErrorKind::Unsupported)) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{operation} is not declared and answers {answer:?}"
    )))
}

async fn scan(fx: &Fixture) -> Outcome {
    fx.put(&fx.key("here")?, fx.value("here")).await?;
    let scope = Scope::namespace(&fx.env.namespace);
    unsupported("count", &fx.backend.count(scope).await)?;
    let mut pages = std::pin::pin!(fx.backend.scan(scope));
    match pages.next().await {
        Some(page) => unsupported("scan", &page),
        None => Err(Failure::new(
            "scan is not declared and answers no page, no error",
        )),
    }
}

async fn bounded(fx: &Fixture) -> Outcome {
    let stats = fx.backend.stats().await?;
    check!(
        stats.max_entries.is_none() && stats.max_bytes.is_none(),
        "`Bounded` is not declared, yet there is a limit: {stats:?}"
    );
    Ok(())
}
