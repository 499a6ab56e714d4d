//! What the stand-in refuses, and what it counts.

use eve::Kind;
use eve::standin::{StandIn, killmail_hash};

use crate::support::{CHARACTER, JITA, RIFTER, kill};

async fn status(esi: &StandIn, path: &str) -> u16 {
    let url = format!("{}{path}", esi.base_url());
    crate::http()
        .get(url)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn ids_that_are_none_are_not_found() {
    let esi = StandIn::builder().start().await.unwrap();
    for id in [
        "0",
        "-1",
        "2147483648",
        "99999999999999999999",
        "abc",
        "1.5",
        "+1",
    ] {
        for route in [
            "v5/characters",
            "v5/corporations",
            "v4/alliances",
            "v4/universe/systems",
            "v3/universe/types",
        ] {
            assert_eq!(
                status(&esi, &format!("/{route}/{id}/")).await,
                404,
                "{route} {id}"
            );
        }
        let path = format!("/v1/killmails/{id}/{}/", killmail_hash(1));
        assert_eq!(status(&esi, &path).await, 404, "{id}");
    }
}

#[tokio::test]
async fn a_system_that_the_export_lacks_is_not_found() {
    let esi = StandIn::builder().start().await.unwrap();
    assert_eq!(
        status(&esi, &format!("/v4/universe/systems/{JITA}/")).await,
        200
    );
    assert_eq!(status(&esi, "/v4/universe/systems/30009999/").await, 404);
}

#[tokio::test]
async fn a_kill_needs_its_hash_and_must_have_been_told() {
    let esi = StandIn::builder()
        .killmails([kill(9)])
        .start()
        .await
        .unwrap();
    let right = killmail_hash(9);
    assert_eq!(right.len(), 40);
    assert_eq!(
        status(&esi, &format!("/v1/killmails/9/{right}/")).await,
        200
    );
    let other = killmail_hash(10);
    assert_eq!(
        status(&esi, &format!("/v1/killmails/9/{other}/")).await,
        422
    );
    assert_eq!(
        status(&esi, &format!("/v1/killmails/10/{other}/")).await,
        404
    );
}

#[tokio::test]
async fn other_routes_are_not_found_and_counted_apart() {
    let esi = StandIn::builder().start().await.unwrap();
    for path in [
        "/",
        "/v5/characters/",
        "/v5/characters/90000001",
        "/v1/status/",
    ] {
        assert_eq!(status(&esi, path).await, 404, "{path}");
    }
    let url = format!("{}/v3/universe/types/{RIFTER}/", esi.base_url());
    let posted = crate::http().post(url).send().await.unwrap();
    assert_eq!(posted.status().as_u16(), 404);
    let counts: Vec<_> = esi.counts().iter().collect();
    assert_eq!(counts, [(None, 404, 5)]);
}

#[tokio::test]
async fn counts_are_kept_by_kind_and_status() {
    let esi = StandIn::builder().start().await.unwrap();
    status(&esi, &format!("/v5/characters/{CHARACTER}/")).await;
    status(&esi, &format!("/v5/characters/{CHARACTER}/")).await;
    status(&esi, "/v5/characters/0/").await;
    status(&esi, &format!("/v3/universe/types/{RIFTER}/")).await;
    let counts = esi.counts();
    assert_eq!(counts.total(), 4);
    assert_eq!(counts.of(Kind::Character), 3);
    assert_eq!(counts.with_status(200), 3);
    assert_eq!(counts.of_with_status(Kind::Character, 200), 2);
    assert_eq!(counts.of_with_status(Kind::Type, 404), 0);
}

#[tokio::test]
async fn settings_out_of_range_are_named() {
    let builder = StandIn::builder;
    let cases = [
        (builder().esi_error_rate(1.1), "`esi_error_rate`"),
        (builder().esi_error_rate(-0.1), "`esi_error_rate`"),
        (builder().esi_error_rate(f64::NAN), "`esi_error_rate`"),
        (
            builder().error_window(std::time::Duration::ZERO),
            "`error_window`",
        ),
        (builder().killmails([serde_json::json!({})]), "`killmails`"),
        (builder().killmails([kill(0)]), "`killmails`"),
    ];
    for (builder, name) in cases {
        let error = builder.start().await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
