//! The pages on a router of their own, with a service that knows one run.

use std::sync::Arc;

use axum::Router;
use foliocast_app::api::{
    AccessKey, Account, AuditLine, CacheHistory, CacheStats, Computation, Fund, FundSize, JobCounts, JobState, Page,
    Problem, Run, RunListing,
};
use foliocast_app::service::{BoxFuture, Caller, Role, Service, ServiceContext};
use foliocast_app::{Assets, page_routes, shell};
use foliocast_core::scenario::{RunKey, default_fund};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::LeptosRoutes as _;

use crate::sample;

/// A service with one run and lists of two pages.
struct OneRun;

fn problem(code: &str, message: &str) -> Problem {
    Problem { code: code.into(), message: message.into(), details: Vec::new(), request_id: "request-1".into() }
}

impl Service for OneRun {
    fn run<'a>(&'a self, _: &'a Caller, key: RunKey) -> BoxFuture<'a, Result<Run, Problem>> {
        Box::pin(async move {
            let run = sample::run();
            if run.run_key == key { Ok(run) } else { Err(problem("NOT_FOUND", "No run with this key was asked for.")) }
        })
    }

    fn runs<'a>(
        &'a self,
        _: &'a Caller,
        fund_id: Option<String>,
        _limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<RunListing>, Problem>> {
        Box::pin(async move {
            let run = sample::run();
            let listing = RunListing {
                run_key: run.run_key,
                matrix_key: run.matrix_key,
                fund_id: "fund-7 & <b>co</b>".into(),
                num_scenarios: run.num_scenarios,
                bucket_names: run.bucket_names.clone(),
                median: run.summary.fund.recycled.quantiles.p50,
                mean: run.summary.fund.recycled.mean,
                loss_probability: run.summary.fund.recycled.probabilities.lt1,
                asked_at: run.created_at.clone(),
            };
            match (fund_id.as_deref(), cursor.as_deref()) {
                (Some("empty"), _) => Ok(Page { items: Vec::new(), next_cursor: None }),
                (Some("broken"), _) => Err(problem("UNAVAILABLE", "The durable store does not answer.")),
                (_, None) => Ok(Page { items: vec![listing; 3], next_cursor: Some("next+page".into()) }),
                _ => Ok(Page { items: vec![listing], next_cursor: None }),
            }
        })
    }

    fn funds<'a>(
        &'a self,
        _: &'a Caller,
        _limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Fund>, Problem>> {
        Box::pin(async move {
            match cursor.as_deref() {
                None => Ok(Page {
                    items: vec![fund("fund-7 & <b>co</b>", None), fund("../etc", Some(25e6))],
                    next_cursor: Some("next+page".into()),
                }),
                Some("empty") => Ok(Page { items: Vec::new(), next_cursor: None }),
                Some("broken") => Err(problem("UNAVAILABLE", "The durable store does not answer.")),
                Some(_) => Ok(Page { items: vec![fund("last", None)], next_cursor: None }),
            }
        })
    }

    fn fund<'a>(&'a self, _: &'a Caller, id: String) -> BoxFuture<'a, Result<Fund, Problem>> {
        Box::pin(async move { Ok(fund(&id, None)) })
    }

    fn account<'a>(&'a self, _: &'a Caller) -> BoxFuture<'a, Result<Account, Problem>> {
        Box::pin(async move { Err(problem("UNAVAILABLE", "The durable store does not answer.")) })
    }

    fn cache_stats<'a>(&'a self, _: &'a Caller, _hours: u32) -> BoxFuture<'a, Result<CacheStats, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn cache_history<'a>(&'a self, _: &'a Caller, _hours: u32) -> BoxFuture<'a, Result<CacheHistory, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn cache_log<'a>(
        &'a self,
        _: &'a Caller,
        _limit: u32,
        _cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<AuditLine>, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn job_counts<'a>(&'a self, _: &'a Caller) -> BoxFuture<'a, Result<JobCounts, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn computations<'a>(
        &'a self,
        _: &'a Caller,
        _state: Option<JobState>,
        _limit: u32,
        _cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Computation>, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn computation<'a>(&'a self, _: &'a Caller, _id: String) -> BoxFuture<'a, Result<Computation, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn keys<'a>(&'a self, _: &'a Caller) -> BoxFuture<'a, Result<Vec<AccessKey>, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }

    fn audit_log<'a>(&'a self, _: &'a Caller) -> BoxFuture<'a, Result<Vec<AuditLine>, Problem>> {
        Box::pin(async move { Err(problem("FORBIDDEN", "This needs the role operator.")) })
    }
}

/// A stored fund of this id, the default fund's configuration in it.
fn fund(id: &str, amount: Option<f64>) -> Fund {
    let config = default_fund(id);
    Fund {
        fund_id: id.into(),
        configuration: serde_json::from_str(&config.to_canonical_json()).expect("JSON"),
        fund_size: amount.map(|amount| FundSize { amount, currency: "EUR".into() }),
        run_key: config.run_key(),
        matrix_key: config.matrix_key(),
        created_at: "2026-11-20T07:30:00.000Z".into(),
        updated_at: "2026-11-21T07:30:00.000Z".into(),
    }
}

/// All pages.
pub fn pages() -> Router {
    let options = LeptosOptions::builder().output_name("app").build();
    let provide = || {
        provide_context(Assets::default());
        let caller = Caller {
            tenant: "local".into(),
            role: Role::Reader,
            key_name: "reader".into(),
            address: None,
            request_id: "request-1".into(),
        };
        provide_context(ServiceContext { service: Arc::new(OneRun), caller: Some(caller) });
        // A server function renders no page and has no nonce.
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<leptos_axum::ResponseOptions>()) else {
            return;
        };
        let policy = format!(
            "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             worker-src 'self'; img-src 'self' data: blob:"
        );
        let header = axum::http::HeaderName::from_static("content-security-policy");
        response.insert_header(header, policy.parse().expect("a header"));
    };
    Router::new()
        .leptos_routes_with_context(&options, page_routes().to_vec(), provide, shell)
        .fallback(leptos_axum::render_app_async_with_context(provide, shell))
        .with_state(options)
}
