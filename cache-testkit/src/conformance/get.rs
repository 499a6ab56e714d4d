//! Reads of one key: `get`, `get_now` and `head`.

use cache_core::{Backend, Entry, Found, Judge, OwnedKey, Reason, Stamp};

use super::damage::damages;
use super::fixture::{FRESH, Fixture, MILLISECOND, STALE};
use crate::failure::{check, check_eq};
use crate::{Failure, Outcome, Raw};

pub(super) async fn get_tells_entry_from_absent_and_dead(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.expect_nothing(&key).await?;
    let entry = fx.put(&key, fx.value("x")).await?;
    fx.expect_entry(&key, &entry).await?;
    fx.env.clock.advance(FRESH + STALE);
    fx.expect_nothing_live(&key).await
}

pub(super) async fn reading_changes_nothing(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    let entry = fx.put(&key, fx.value("x")).await?;
    for _ in 0..4 {
        fx.env.clock.advance(FRESH / 4 - MILLISECOND);
        fx.expect_entry(&key, &entry).await?;
        check_eq!(fx.head(&key).await?, Some(entry.meta), "head");
    }
    fx.env.clock.advance(STALE + MILLISECOND * 4);
    fx.expect_nothing_live(&key).await
}

/// `head` may go by the header alone; `get` looks at everything.
pub(super) async fn what_cannot_be_read_has_a_reason_and_stays(fx: Fixture) -> Outcome {
    let schema = fx.space()?.schema();
    let entry = fx.value("x");
    for damage in damages(schema, &entry)? {
        let key = fx.key(damage.name)?;
        let whole_header = damage.is_beyond_the_header(schema);
        fx.plant(&key, Raw::Bytes(damage.bytes)).await?;
        for _ in 0..2 {
            let found = fx.get(&key).await?;
            check!(
                matches!(found, Found::Unreadable(reason) if reason == damage.reason),
                "{}: met {found:?}, expected {:?}",
                damage.name,
                damage.reason
            );
            let head = fx.head(&key).await?;
            let by_the_header = whole_header && head.is_some_and(|meta| meta == entry.meta);
            check!(
                head.is_none() || by_the_header,
                "head of {}: {head:?}",
                damage.name
            );
        }
    }
    Ok(())
}

pub(super) async fn another_kind_of_thing_is_of_the_wrong_type(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.plant(&key, Raw::OtherKind).await?;
    for _ in 0..2 {
        let found = fx.get(&key).await?;
        check!(
            matches!(found, Found::Unreadable(Reason::WrongType)),
            "met {found:?}, expected another kind of thing"
        );
        check_eq!(fx.head(&key).await?, None, "head of another kind of thing");
    }
    Ok(())
}

/// What a caller can tell from a read. A store may let go of a dead entry between two reads.
#[derive(Debug, PartialEq)]
enum Class {
    Entry(Stamp),
    Nothing,
    Unreadable(Reason),
}

fn class(found: &Found) -> Class {
    match (found.meta(), found) {
        (Some(meta), _) => Class::Entry(meta.stamp),
        (None, Found::Unreadable(reason)) => Class::Unreadable(*reason),
        (None, _) => Class::Nothing,
    }
}

async fn agree(fx: &Fixture, key: &OwnedKey, what: &str) -> Outcome {
    let Some(now) = fx.get_now(key) else {
        return Ok(());
    };
    let asked = fx.get(key).await?;
    check_eq!(class(&now), class(&asked), "get_now of {what}");
    if let (Found::Entry(now), Found::Entry(asked)) = (&now, &asked) {
        crate::values::same(now, asked)?;
    }
    Ok(())
}

pub(super) async fn get_now_agrees_with_get(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    agree(&fx, &key, "nothing").await?;
    let ahead = fx.now().after(Judge::DEFAULT_TOLERANCE + MILLISECOND);
    let kinds: [(&str, Entry); 4] = [
        ("a value", fx.value("x")),
        ("a negative entry", fx.negative()),
        ("a lease", fx.lease()),
        (
            "an entry from the future",
            fx.value_with(Fixture::meta_from(ahead), "x"),
        ),
    ];
    for (what, entry) in kinds {
        fx.put(&key, entry).await?;
        agree(&fx, &key, what).await?;
    }
    fx.put(&key, fx.value("x")).await?;
    fx.env.clock.advance(FRESH);
    agree(&fx, &key, "a stale entry").await?;
    fx.env.clock.advance(STALE);
    agree(&fx, &key, "a dead entry").await?;
    fx.remove(&key, None).await?;
    agree(&fx, &key, "what was removed").await
}

pub(super) async fn get_now_has_no_answer_after_close(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    fx.put(&key, fx.value("x")).await?;
    fx.backend.close().await?;
    for key in [&key, &fx.key("missing")?] {
        let now = fx.get_now(key);
        check!(now.is_none(), "a closed store answers {now:?}");
    }
    Ok(())
}

pub(super) async fn head_shows_what_lives(fx: Fixture) -> Outcome {
    let key = fx.key("a")?;
    check_eq!(fx.head(&key).await?, None, "head of nothing");
    for entry in [fx.value("x"), fx.negative(), fx.value("y")] {
        let entry = fx.put(&key, entry).await?;
        check_eq!(fx.head(&key).await?, Some(entry.meta), "head of what lives");
    }
    fx.env.clock.advance(FRESH);
    check!(
        fx.head(&key).await?.is_some(),
        "head of a stale entry is none"
    );
    fx.env.clock.advance(STALE);
    check_eq!(fx.head(&key).await?, None, "head of a dead entry");
    Ok(())
}

/// Every part of a meta and of an entry is given back as it was put.
pub(super) async fn an_entry_is_kept_as_it_was_put(fx: Fixture) -> Outcome {
    use cache_core::{Extensions, Flags, Lifetime, Meta, Timestamp};
    let key = fx.key("a")?;
    let never = Lifetime {
        fresh_until: Timestamp::NEVER,
        dead_at: Timestamp::NEVER,
    };
    let metas = [
        Meta::new(Timestamp::ZERO, never),
        Meta {
            flags: Flags::EXPIRED,
            ..fx.meta()
        },
        Meta {
            claimed_until: fx.now().after(FRESH),
            ..fx.meta()
        },
        Meta {
            fresh_until: Timestamp::ZERO,
            ..fx.meta()
        },
    ];
    for meta in metas {
        let extensions = Extensions::new()
            .with_etag("W/\"1\"")
            .with_last_modified("Sat, 27 Nov 2021 00:00:00 GMT");
        for entry in [fx.value_with(meta, "x"), Entry::negative(meta)] {
            let entry = fx
                .put(&key, entry.with_extensions(extensions.clone()))
                .await?;
            fx.expect_entry(&key, &entry).await?;
            let head = fx.head(&key).await?;
            if head != Some(entry.meta) {
                return Err(Failure::new(format!(
                    "head: met {head:?}, expected {:?}",
                    entry.meta
                )));
            }
        }
    }
    Ok(())
}
