//! The HTTP side: a file per noun, and the layers around them.
//!
//! A request passes, from the outside in: `connections` (how many, how long), `request` (id, span, log line), `security::harden` (headers), `compression`,
//! `error::render` (refusals get their body), `security::guard` (Host, Origin), then its handler.

mod assets;
mod cache;
mod caller;
mod client;
mod computations;
mod connections;
mod error;
mod extract;
mod funds;
mod jobs;
mod keys;
mod matrices;
mod metrics;
mod number_style;
mod openapi;
mod operations;
mod pages;
mod pieces;
mod request;
mod runs;
mod security;
mod service;
mod session;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::caller::Access;
use self::security::AllowedHosts;
use crate::config::{BindConfig, ProxyRule};
use crate::service::Services;

pub use assets::{is_built as has_interface, report_style_sheet};
pub use client::Peer;
pub use connections::{ConnectionLimits, serve};

/// What handlers share: one count, since each layer clones it for each request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What is behind an [`AppState`].
pub struct Shared {
    services: Services,
    access: Access,
    hosts: AllowedHosts,
    proxies: Vec<ProxyRule>,
    shutdown: CancellationToken,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The whole server as a router: what listens on `address` as `bind` asks, answers with `services`, believes `proxies`, and
/// ends its event streams and waits when `shutdown` is cancelled.
pub fn router(
    services: Services,
    bind: &BindConfig,
    proxies: Vec<ProxyRule>,
    address: SocketAddr,
    shutdown: CancellationToken,
) -> Router {
    let (api, document) = documented_routes().split_for_parts();
    let routes =
        api.merge(openapi::router(document)).route("/assets/{*path}", get(assets::asset)).merge(pages::router());
    layered(routes, AppState::new(services, bind, proxies, address, shutdown))
}

/// What tells how a process is and answers nothing else.
pub fn watch_router(services: Services, bind: &BindConfig, address: SocketAddr, shutdown: CancellationToken) -> Router {
    let routes = Router::new()
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz))
        .route("/metrics", get(metrics::metrics));
    layered(routes, AppState::new(services, bind, Vec::new(), address, shutdown))
}

impl AppState {
    fn new(
        services: Services,
        bind: &BindConfig,
        proxies: Vec<ProxyRule>,
        address: SocketAddr,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Shared {
            services,
            access: Access::for_address(address.ip()),
            hosts: AllowedHosts::new(address.ip(), bind.host_rules().cloned().collect()),
            proxies,
            shutdown,
        }))
    }
}

fn layered(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .layer(from_fn_with_state(state.clone(), security::guard))
        .layer(from_fn(error::render))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Compressible))
        .layer(from_fn(security::harden))
        .layer(from_fn_with_state(state.clone(), request::observe))
        .with_state(state)
}

fn documented_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(runs::simulate))
        .routes(routes!(runs::list))
        .routes(routes!(runs::get))
        .routes(routes!(runs::report))
        .routes(routes!(matrices::get))
        .routes(routes!(matrices::data))
        .routes(routes!(matrices::blocks))
        .routes(routes!(jobs::get, jobs::detach))
        .routes(routes!(jobs::events))
        .routes(routes!(computations::list))
        .routes(routes!(computations::get, computations::cancel))
        .routes(routes!(computations::retry))
        .routes(routes!(funds::list))
        .routes(routes!(funds::get, funds::put, funds::delete))
        .routes(routes!(cache::stats))
        .routes(routes!(cache::history))
        .routes(routes!(cache::invalidate))
        .routes(routes!(cache::warm))
        .routes(routes!(cache::audit))
        .routes(routes!(keys::account))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(keys::audit))
        .routes(routes!(service::healthz))
        .routes(routes!(service::readyz))
        .routes(routes!(metrics::metrics))
}

/// Answers worth compressing on the way out: JSON and pages. Rows are not (their entity tag names exact bytes, and
/// fcm and Parquet are compressed already), assets were compressed when they were built, events must not be held back.
#[derive(Clone, Copy)]
struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
        (media_type.starts_with("application/json") || media_type.starts_with("text/html"))
            && SizeAbove::new(1_024).should_compress(response)
    }
}
