//! The model and the stand-in, each written from the published schema, check each other.

use std::fmt::Debug;

use eve::Kind;
use eve::esi::EsiAnswer;
use eve::killmail::affiliations;
use eve::standin::{StandIn, killmail_hash};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{ALLIANCE, CHARACTER, CORPORATION, DAY, JITA, RIFTER, client, kill, kills};

/// Checks that nothing of the raw body is lost in the typed one, nor in a binary form of it.
fn same<T>(raw: &Value, answer: EsiAnswer<T>)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let typed = answer.into_value().unwrap();
    let mut told = serde_json::to_value(&typed).unwrap();
    leave_out_gaps(&mut told);
    assert!(alike(raw, &told), "{raw}\n{told}");
    let bytes = postcard::to_stdvec(&typed).unwrap();
    assert_eq!(postcard::from_bytes::<T>(&bytes).unwrap(), typed);
}

/// Removes fields without a value and empty lists, which ESI leaves out.
fn leave_out_gaps(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null() && *value != Value::Array(Vec::new()));
            fields.values_mut().for_each(leave_out_gaps);
        }
        Value::Array(values) => values.iter_mut().for_each(leave_out_gaps),
        _ => {}
    }
}

/// Equal but for the precision of a 32-bit number.
fn alike(raw: &Value, told: &Value) -> bool {
    match (raw, told) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, value)| b.get(name).is_some_and(|told| alike(value, told)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 1e-6
        }
        _ => raw == told,
    }
}

/// The body as it goes over the wire.
async fn raw(esi: &StandIn, path: &str) -> Value {
    let text = crate::http()
        .get(format!("{}{path}", esi.base_url()))
        .send()
        .await
        .unwrap()
        .text();
    serde_json::from_str(&text.await.unwrap()).unwrap()
}

#[tokio::test]
async fn each_kind_round_trips_without_loss() {
    let esi = StandIn::builder()
        .killmails([kill(9)])
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    for step in 0..20 {
        let id = CHARACTER + step;
        let body = raw(&esi, &format!("/v5/characters/{id}/")).await;
        same(&body, client.get_character(id).await.unwrap());
        let id = CORPORATION + step;
        let body = raw(&esi, &format!("/v5/corporations/{id}/")).await;
        same(&body, client.get_corporation(id).await.unwrap());
        let id = ALLIANCE + step;
        let body = raw(&esi, &format!("/v4/alliances/{id}/")).await;
        same(&body, client.get_alliance(id).await.unwrap());
        let id = JITA + step;
        let body = raw(&esi, &format!("/v4/universe/systems/{id}/")).await;
        same(&body, client.get_system(id).await.unwrap());
        let id = RIFTER + step;
        let body = raw(&esi, &format!("/v3/universe/types/{id}/")).await;
        same(&body, client.get_type(id).await.unwrap());
    }
    let hash = killmail_hash(9);
    let body = raw(&esi, &format!("/v1/killmails/9/{hash}/")).await;
    same(&body, client.get_killmail(9, &hash).await.unwrap());
    assert_eq!(esi.counts().with_status(200), 202);
    assert_eq!(client.requests().of(Kind::Type), 20);
}

#[tokio::test]
async fn a_kill_keeps_what_was_told_of_it() {
    let first: Vec<_> = kills(DAY).take(50).collect();
    let told = first.iter().map(|kill| serde_json::to_value(kill).unwrap());
    let esi = StandIn::builder().killmails(told).start().await.unwrap();
    let client = client(&esi);
    for kill in first {
        let hash = killmail_hash(kill.killmail_id);
        let body = raw(&esi, &format!("/v1/killmails/{}/{hash}/", kill.killmail_id)).await;
        assert!(!body.to_string().contains("null"), "{body}");
        let answer = client.get_killmail(kill.killmail_id, &hash).await.unwrap();
        let mut full = answer.into_value().unwrap();
        assert!(full.victim.position.is_some() && !full.victim.items.is_empty());
        full.victim.position = None;
        full.victim.items.clear();
        assert_eq!(full, kill);
    }
}

#[tokio::test]
async fn characters_belong_where_the_kills_saw_them() {
    let known: Vec<_> = kills(DAY)
        .take(50)
        .flat_map(|kill| affiliations(&kill).collect::<Vec<_>>())
        .collect();
    let esi = StandIn::builder()
        .affiliations(known.iter().copied())
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    for one in known {
        let answer = client.get_corporation(one.corporation).await.unwrap();
        assert_eq!(answer.into_value().unwrap().alliance_id, one.alliance);
        let Some(character) = one.character else {
            continue;
        };
        let answer = client.get_character(character).await.unwrap();
        let character = answer.into_value().unwrap();
        let home = (character.corporation_id, character.alliance_id);
        assert_eq!(home, (one.corporation, one.alliance));
    }
}
