//! What several facts need.

use std::error::Error;
use std::time::Duration;

use eve::Id;
use eve::esi::{EsiClient, EsiConfig};
use eve::killmail::{KillmailRecord, Killmails};
use eve::standin::StandIn;
use serde_json::{Value, json};

/// The day that the repository carries.
pub(crate) const DAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../data/killmails-2021-11-29.jsonl.zst"
);

/// A system, a type, and one of each other kind that every stand-in knows.
pub(crate) const JITA: Id = 30_000_142;
pub(crate) const RIFTER: Id = 587;
pub(crate) const CHARACTER: Id = 2_112_625_428;
pub(crate) const CORPORATION: Id = 98_000_001;
pub(crate) const ALLIANCE: Id = 99_000_006;

/// An id that no kind but types knows: 404 elsewhere.
pub(crate) const NOBODY: Id = 7;

/// A client that does not wait long for anything.
pub(crate) fn config(base_url: String) -> EsiConfig {
    EsiConfig {
        base_url,
        timeout: Duration::from_secs(10),
        backoff: Duration::from_millis(2),
        ..EsiConfig::default()
    }
}

pub(crate) fn client(esi: &StandIn) -> EsiClient {
    EsiClient::new(config(esi.base_url())).unwrap()
}

/// The kills of a file, none of them damaged.
pub(crate) fn kills(path: &str) -> impl Iterator<Item = KillmailRecord> {
    Killmails::open(path).unwrap().map(|line| line.unwrap().1)
}

/// A kill as the archive writes it.
pub(crate) fn kill(id: Id) -> Value {
    json!({
        "killmail_id": id,
        "killmail_time": "2021-11-29T00:00:15Z",
        "solar_system_id": JITA,
        "victim": {
            "alliance_id": ALLIANCE,
            "character_id": CHARACTER,
            "corporation_id": CORPORATION,
            "damage_taken": 461,
            "ship_type_id": 670
        },
        "attackers": [
            {"faction_id": 500_021, "damage_done": 1, "final_blow": false, "security_status": 0, "ship_type_id": 17_843},
            {"character_id": 3_019_581, "corporation_id": 1_000_006, "damage_done": 460, "final_blow": true,
             "security_status": -1.8, "ship_type_id": RIFTER, "weapon_type_id": 2_873}
        ]
    })
}

/// Everything that an error and its causes say.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text} <- {error}");
        cause = error.source();
    }
    text
}
