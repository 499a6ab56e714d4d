//! The routes, and the server that serves them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::world::{Asked, World};
use crate::Kind;

/// The routes by id alone, as ESI publishes them.
const ENTITIES: [(Kind, &str); 5] = [
    (Kind::Character, "/v5/characters/{id}/"),
    (Kind::Corporation, "/v5/corporations/{id}/"),
    (Kind::Alliance, "/v4/alliances/{id}/"),
    (Kind::System, "/v4/universe/systems/{id}/"),
    (Kind::Type, "/v3/universe/types/{id}/"),
];

/// Serves until `stopped` is told, or until whoever would tell it is gone.
pub(super) async fn run(listener: TcpListener, world: Arc<World>, stopped: oneshot::Receiver<()>) {
    let stop = async {
        // Told or dropped, it means the same.
        let _ = stopped.await;
    };
    // axum's server answers errors of single connections by itself and never returns one.
    let _ = axum::serve(listener, router(world))
        .with_graceful_shutdown(stop)
        .await;
}

fn router(world: Arc<World>) -> Router {
    let mut router = Router::new().route("/v1/killmails/{id}/{hash}/", get(killmail));
    for (kind, path) in ENTITIES {
        let entity = move |state, Path(id): Path<String>, headers| {
            answer(state, Asked::Entity(kind, id), headers)
        };
        router = router.route(path, get(entity));
    }
    router
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .with_state(world)
}

async fn killmail(
    state: State<Arc<World>>,
    Path((id, hash)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(state, Asked::Killmail(id, hash), headers).await
}

async fn nothing(state: State<Arc<World>>, headers: HeaderMap) -> Response {
    answer(state, Asked::Nothing, headers).await
}

async fn answer(State(world): State<Arc<World>>, asked: Asked, headers: HeaderMap) -> Response {
    let response = world.answer(&asked, &headers);
    // A sleep of nothing still waits for the timer's next millisecond.
    if !world.latency().is_zero() {
        tokio::time::sleep(world.latency()).await;
    }
    response
}
