//! Batches: a result per key or item, in order, and none hides another.

use cache_core::{
    Backend, Condition, ErrorKind, Found, Judge, Key, OwnedKey, Put, PutItem, Removed,
};

use super::damage::damages;
use super::fixture::{Fixture, MILLISECOND};
use crate::failure::{check, check_eq};
use crate::values::text_of;
use crate::{Failure, Outcome, Raw};

async fn read(fx: &Fixture, keys: &[&OwnedKey]) -> Outcome<Vec<Found>> {
    let keys: Vec<Key<'_>> = keys.iter().map(|key| key.as_key()).collect();
    let answers = fx.backend.get_many(&keys).await;
    check_eq!(answers.len(), keys.len(), "answers to get_many");
    let plain = answers.into_iter().map(|found| found.map(Found::unshared));
    Ok(plain.collect::<cache_core::Result<_>>()?)
}

/// What a read found, as a word.
fn word(found: &Found) -> Outcome<String> {
    Ok(match found {
        Found::Entry(entry) if entry.meta.is_negative() => "negative".to_owned(),
        Found::Entry(entry) => text_of(entry)?,
        Found::Shared(_) | Found::Absent | Found::Dead => "nothing".to_owned(),
        Found::Unreadable(reason) => reason.as_str().to_owned(),
    })
}

pub(super) async fn get_many_answers_in_the_order_asked(fx: Fixture) -> Outcome {
    let [a, b, c, missing] = [fx.key("a")?, fx.key("b")?, fx.key("c")?, fx.key("missing")?];
    for (key, text) in [(&b, "b"), (&c, "c"), (&a, "a")] {
        fx.put(key, fx.value(text)).await?;
    }
    let asked = [&c, &missing, &a, &c, &b, &missing, &a];
    let words: Vec<String> = read(&fx, &asked)
        .await?
        .iter()
        .map(word)
        .collect::<Outcome<_>>()?;
    check_eq!(
        words,
        ["c", "nothing", "a", "c", "b", "nothing", "a"],
        "get_many"
    );
    Ok(())
}

pub(super) async fn a_batch_of_nothing_is_nothing(fx: Fixture) -> Outcome {
    check!(
        fx.backend.get_many(&[]).await.is_empty(),
        "get_many of nothing"
    );
    check!(
        fx.backend.put_many(Vec::new()).await.is_empty(),
        "put_many of nothing"
    );
    check!(
        fx.backend.remove_many(&[]).await.is_empty(),
        "remove_many of nothing"
    );
    Ok(())
}

pub(super) async fn get_many_hides_no_answer_behind_another(fx: Fixture) -> Outcome {
    let [value, negative, lease, ahead, last] = [
        fx.key("value")?,
        fx.key("negative")?,
        fx.key("lease")?,
        fx.key("ahead")?,
        fx.key("last")?,
    ];
    fx.put(&value, fx.value("value")).await?;
    fx.put(&negative, fx.negative()).await?;
    fx.put(&lease, fx.lease()).await?;
    let future = fx.now().after(Judge::DEFAULT_TOLERANCE + MILLISECOND);
    fx.put(&ahead, fx.value_with(Fixture::meta_from(future), "ahead"))
        .await?;
    fx.put(&last, fx.value("last")).await?;
    let asked = [&value, &ahead, &negative, &lease, &last];
    let words: Vec<String> = read(&fx, &asked)
        .await?
        .iter()
        .map(word)
        .collect::<Outcome<_>>()?;
    check_eq!(
        words,
        ["value", "clock", "negative", "nothing", "last"],
        "get_many"
    );
    Ok(())
}

pub(super) async fn get_many_reads_around_damage(fx: Fixture) -> Outcome {
    let (first, last) = (fx.key("first")?, fx.key("last")?);
    fx.put(&first, fx.value("first")).await?;
    fx.put(&last, fx.value("last")).await?;
    for damage in damages(fx.space()?.schema(), &fx.value("x"))? {
        let damaged = fx.key(damage.name)?;
        fx.plant(&damaged, Raw::Bytes(damage.bytes)).await?;
        let words: Vec<String> = read(&fx, &[&first, &damaged, &last])
            .await?
            .iter()
            .map(word)
            .collect::<Outcome<_>>()?;
        check_eq!(
            words,
            ["first", damage.reason.as_str(), "last"],
            "{}",
            damage.name
        );
    }
    Ok(())
}

pub(super) async fn a_large_batch_keeps_its_order(fx: Fixture) -> Outcome {
    let keys: Vec<OwnedKey> = (0..1_000)
        .map(|number| fx.key(&number.to_string()))
        .collect::<Outcome<_>>()?;
    let items = keys
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 3 != 0);
    let items = items.map(|(number, key)| PutItem {
        key: key.as_key(),
        entry: fx.value(&number.to_string()),
        when: Condition::Always,
    });
    for answer in fx.backend.put_many(items.collect()).await {
        check!(answer?.is_stored(), "put_many did not store");
    }
    let asked: Vec<&OwnedKey> = keys.iter().rev().collect();
    for (found, number) in read(&fx, &asked).await?.iter().zip((0..1_000).rev()) {
        let expected = if number % 3 == 0 {
            "nothing".to_owned()
        } else {
            number.to_string()
        };
        check_eq!(word(found)?, expected, "get_many of 1,000 keys");
    }
    Ok(())
}

fn item<'a>(key: &'a OwnedKey, entry: &cache_core::Entry, when: Condition) -> PutItem<'a> {
    PutItem {
        key: key.as_key(),
        entry: entry.clone(),
        when,
    }
}

pub(super) async fn put_many_holds_each_item_to_its_condition(fx: Fixture) -> Outcome {
    let [a, b, c, d, e] = [
        fx.key("a")?,
        fx.key("b")?,
        fx.key("c")?,
        fx.key("d")?,
        fx.key("e")?,
    ];
    let standing = fx.put(&a, fx.value("old a")).await?;
    let old_c = fx.put(&c, fx.value("old c")).await?;
    let new = fx.value("new");
    let stamp = new.meta.stamp;
    let items = vec![
        item(&a, &new, Condition::Absent),
        item(&b, &new, Condition::Absent),
        item(&c, &new, Condition::If(old_c.meta.stamp)),
        item(&d, &new, Condition::If(old_c.meta.stamp)),
        item(&e, &new, Condition::Always),
    ];
    let answers: Vec<Put> = fx
        .backend
        .put_many(items)
        .await
        .into_iter()
        .collect::<cache_core::Result<_>>()?;
    let expected = [
        Put::Refused(Some(standing.meta)),
        Put::Stored(stamp),
        Put::Stored(stamp),
        Put::Refused(None),
        Put::Stored(stamp),
    ];
    check_eq!(answers, expected, "put_many");
    fx.expect_value(&a, "old a").await?;
    for key in [&b, &c, &e] {
        fx.expect_entry(key, &new).await?;
    }
    fx.expect_nothing(&d).await
}

pub(super) async fn one_failing_item_hides_no_other(fx: Fixture) -> Outcome {
    let [a, large, b] = [fx.key("a")?, fx.key("large")?, fx.key("b")?];
    let too_large = fx.value(&"x".repeat(fx.env.max_payload + 1));
    let items = vec![
        item(&a, &fx.value("a"), Condition::Always),
        item(&large, &too_large, Condition::Always),
        item(&b, &fx.value("b"), Condition::Absent),
    ];
    let answers = fx.backend.put_many(items).await;
    let [Ok(Put::Stored(_)), Err(error), Ok(Put::Stored(_))] = answers.as_slice() else {
        return Err(Failure::new(format!(
            "put_many with one item too large: {answers:?}"
        )));
    };
    check_eq!(
        error.kind(),
        ErrorKind::TooLarge,
        "the item that is too large"
    );
    fx.expect_value(&a, "a").await?;
    fx.expect_value(&b, "b").await?;
    fx.expect_nothing(&large).await
}

pub(super) async fn remove_many_answers_each_key(fx: Fixture) -> Outcome {
    let [a, b, missing, spared] = [
        fx.key("a")?,
        fx.key("b")?,
        fx.key("missing")?,
        fx.key("spared")?,
    ];
    for key in [&a, &b, &spared] {
        fx.put(key, fx.value("x")).await?;
    }
    let keys = [a.as_key(), missing.as_key(), b.as_key()];
    let answers: Vec<Removed> = fx
        .backend
        .remove_many(&keys)
        .await
        .into_iter()
        .collect::<cache_core::Result<_>>()?;
    check_eq!(answers.len(), 3, "answers to remove_many");
    for (answer, existed) in answers.iter().zip([true, false, true]) {
        let other = if existed {
            Removed::Missing
        } else {
            Removed::Existed
        };
        check!(*answer != other, "remove_many of three keys: {answers:?}");
    }
    fx.expect_nothing(&a).await?;
    fx.expect_nothing(&b).await?;
    fx.expect_value(&spared, "x").await
}
