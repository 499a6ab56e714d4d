//! What the client makes of ESI's answers.

use std::time::Duration;

use eve::esi::{EsiAnswer, EsiClient, EsiErrorKind, Validators};
use eve::model::{Alliance, Character};
use eve::standin::{StandIn, killmail_hash};
use eve::{Kind, esi::EsiError};

use crate::canned::{Canned, SILENCE};
use crate::support::{
    ALLIANCE, CHARACTER, CORPORATION, JITA, NOBODY, RIFTER, chain, client, config, kill,
};

/// Asks for one character and returns the error.
async fn refused(answers: &'static [&'static str]) -> (EsiError, usize) {
    let server = Canned::start(answers).await;
    let client = EsiClient::new(config(server.base_url())).unwrap();
    let error = client.get_character(CHARACTER).await.unwrap_err();
    (error, server.heard().len())
}

fn found<T>(answer: EsiAnswer<T>) -> (T, Validators, Option<Duration>) {
    match answer {
        EsiAnswer::Found {
            value,
            validators,
            expires,
        } => (value, validators, expires),
        EsiAnswer::NotModified { .. } | EsiAnswer::Absent => unreachable!("not found"),
    }
}

#[tokio::test]
async fn an_unknown_id_is_absent_and_no_error() {
    let esi = StandIn::builder().start().await.unwrap();
    let client = client(&esi);
    assert_eq!(
        client.get_character(NOBODY).await.unwrap(),
        EsiAnswer::Absent
    );
    assert_eq!(
        client.get_corporation(NOBODY).await.unwrap(),
        EsiAnswer::Absent
    );
    assert_eq!(
        client.get_alliance(NOBODY).await.unwrap(),
        EsiAnswer::Absent
    );
    assert_eq!(client.get_system(NOBODY).await.unwrap(), EsiAnswer::Absent);
    assert_eq!(client.get_type(-NOBODY).await.unwrap(), EsiAnswer::Absent);
    let hash = killmail_hash(NOBODY);
    let kill = client.get_killmail(NOBODY, &hash).await.unwrap();
    assert_eq!(kill, EsiAnswer::Absent);
    assert_eq!(esi.counts().with_status(404), 6);
}

#[tokio::test]
async fn a_known_version_is_not_modified() {
    let esi = StandIn::builder().start().await.unwrap();
    let client = client(&esi);
    let (_, known, fresh) = found(client.get_alliance(ALLIANCE).await.unwrap());
    let by_tag = Validators {
        last_modified: None,
        ..known.clone()
    };
    let by_date = Validators {
        etag: None,
        ..known.clone()
    };
    for shown in [&known, &by_tag, &by_date] {
        let again: EsiAnswer<Alliance> = client
            .get_alliance(ALLIANCE)
            .if_changed(shown)
            .await
            .unwrap();
        let unchanged = EsiAnswer::NotModified {
            validators: known.clone(),
            expires: fresh,
        };
        assert_eq!(again, unchanged);
    }
    assert_eq!(esi.counts().of_with_status(Kind::Alliance, 304), 3);
}

#[tokio::test]
async fn another_version_brings_the_body() {
    let esi = StandIn::builder().start().await.unwrap();
    let client = client(&esi);
    let (_, other, _) = found(client.get_alliance(ALLIANCE + 1).await.unwrap());
    let old = Validators {
        etag: None,
        last_modified: Some("Tue, 06 May 2003 00:00:00 GMT".to_owned()),
    };
    for shown in [&other, &old] {
        let answer = client.get_alliance(ALLIANCE).if_changed(shown).await;
        assert!(answer.unwrap().into_value().is_some());
    }
}

#[tokio::test]
async fn validators_and_freshness_are_those_of_esi() {
    let esi = StandIn::builder()
        .killmails([kill(9)])
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    let (_, known, character) = found(client.get_character(CHARACTER).await.unwrap());
    assert!(known.etag.unwrap().starts_with("W/\""));
    assert!(known.last_modified.unwrap().ends_with(" GMT"));
    let (_, _, corporation) = found(client.get_corporation(CORPORATION).await.unwrap());
    let (_, _, killmail) = found(client.get_killmail(9, &killmail_hash(9)).await.unwrap());
    let (_, _, system) = found(client.get_system(JITA).await.unwrap());
    let (_, _, kind) = found(client.get_type(RIFTER).await.unwrap());
    let hours = |time: Option<Duration>| time.unwrap().as_secs() / 3_600;
    assert_eq!(
        [character, corporation, killmail].map(hours),
        [168, 1, 8_544]
    );
    assert!([system, kind].map(hours).iter().all(|hours| *hours < 24));
}

#[tokio::test]
async fn a_wrong_hash_is_an_error_and_no_absence() {
    let esi = StandIn::builder()
        .killmails([kill(9)])
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    let error = client.get_killmail(9, &killmail_hash(8)).await.unwrap_err();
    assert_eq!(error.kind(), EsiErrorKind::Status(422));
    assert_eq!(error.asked(), Some(Kind::Killmail));
}

#[tokio::test]
async fn what_is_no_hash_is_never_sent() {
    let esi = StandIn::builder()
        .killmails([kill(9)])
        .start()
        .await
        .unwrap();
    let client = client(&esi);
    for hash in ["", ".", "..", "../../v5/characters/1", "a?b", "hash"] {
        let error = client.get_killmail(9, hash).await.unwrap_err();
        assert_eq!(error.kind(), EsiErrorKind::Config);
        assert!(error.to_string().contains("`hash`"), "{error}");
    }
    assert_eq!(esi.counts().total(), 0);
}

#[tokio::test]
async fn a_body_of_another_shape_is_malformed_and_not_quoted() {
    let (error, requests) =
        refused(&["HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"birthday\":1234567890}\n"])
            .await;
    assert_eq!(error.kind(), EsiErrorKind::Malformed);
    assert_eq!(requests, 1);
    let text = chain(&error);
    assert!(!text.contains("1234567890"), "{text}");
    assert!(text.contains("column"), "{text}");
    assert!(!text.contains(&CHARACTER.to_string()), "{text}");
}

#[tokio::test]
async fn a_body_that_ends_early_is_a_broken_connection() {
    let (error, requests) =
        refused(&["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"name\":"]).await;
    assert_eq!((error.kind(), requests), (EsiErrorKind::Unavailable, 3));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_malformed() {
    const ANNOUNCED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{          ";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        6\r\n{     \r\n5\r\n     \r\n0\r\n\r\n";
    const ANNOUNCED_ONLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{";
    let limits: [(&'static [&'static str], usize, &str); 5] = [
        (&[ANNOUNCED_ONLY], 10, "longer than 10 bytes"),
        (&[ANNOUNCED], 10, "longer than 10 bytes"),
        (&[CHUNKED], 10, "longer than 10 bytes"),
        (&[ANNOUNCED], 11, "ends early"),
        (&[CHUNKED], 11, "ends early"),
    ];
    for (answers, max_body, reason) in limits {
        let server = Canned::start(answers).await;
        let mut config = config(server.base_url());
        config.max_body = max_body;
        let client = EsiClient::new(config).unwrap();
        let error = client.get_character(CHARACTER).await.unwrap_err();
        assert_eq!(error.kind(), EsiErrorKind::Malformed);
        assert!(chain(&error).contains(reason), "{}", chain(&error));
    }
}

#[tokio::test]
async fn other_statuses_are_told_and_not_tried_again() {
    let answers: [(&'static [&'static str], u16); 5] = [
        (&["HTTP/1.1 204 No Content\r\n\r\n"], 204),
        (
            &["HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"],
            301,
        ),
        (&["HTTP/1.1 304 Not Modified\r\n\r\n"], 304),
        (
            &["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
            400,
        ),
        (&["HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"], 500),
    ];
    for (answer, status) in answers {
        let (error, requests) = refused(answer).await;
        assert_eq!(error.kind(), EsiErrorKind::Status(status));
        assert!(!error.is_retryable());
        assert_eq!(requests, 1, "{status}");
    }
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout() {
    let server = Canned::start(&[SILENCE]).await;
    let client = EsiClient::new(config(server.base_url())).unwrap();
    let patience = Duration::from_millis(50);
    let error = client
        .get_character(CHARACTER)
        .within(patience)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), EsiErrorKind::Timeout);
    assert_eq!(client.requests().of(Kind::Character), 1);
}

#[tokio::test]
async fn requests_name_the_client_and_what_it_knows() {
    let server = Canned::start(&["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]).await;
    let client = EsiClient::new(config(server.base_url())).unwrap();
    let known = Validators {
        etag: Some("W/\"abc\"".to_owned()),
        last_modified: Some("Mon, 29 Nov 2021 12:00:00 GMT".to_owned()),
    };
    let absent: EsiAnswer<Character> = client.get_character(5).if_changed(&known).await.unwrap();
    assert_eq!(absent, EsiAnswer::Absent);
    let heard = server.heard().concat();
    for line in [
        "get /v5/characters/5/ http/1.1\r\n",
        "\r\nuser-agent: eve/",
        "\r\nif-none-match: w/\"abc\"\r\n",
        "\r\nif-modified-since: mon, 29 nov 2021 12:00:00 gmt\r\n",
    ] {
        assert!(heard.contains(line), "{line} in {heard}");
    }
}
