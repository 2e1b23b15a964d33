//! What the browser asks of the pages' server: the same answers server rendering gets in-process.
//!
//! Every function speaks for the caller the server put into the context; the service authorises it.

#[cfg(feature = "ssr")]
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, JsonEncoding};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

#[cfg(feature = "ssr")]
use crate::api::Role;
use crate::api::{Fund, Page, Problem, Run, RunListing};
use crate::default_run::DefaultRun;
#[cfg(feature = "ssr")]
use crate::service::{Caller, Service, ServiceContext};

/// A page that the server writes whole.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Article {
    /// Title of the page.
    pub title: String,
    /// Its content, as HTML.
    pub html: String,
}

/// Runs on a page of the list.
#[cfg(feature = "ssr")]
const RUNS_PER_PAGE: u32 = 25;
/// Hours that the page about the cache goes back, unless its address says less or more; and at most.
#[cfg(feature = "ssr")]
const DEFAULT_HOURS: u32 = 24;
#[cfg(feature = "ssr")]
const MOST_HOURS: u32 = 168;
/// Lines of the log of changes on that page.
#[cfg(feature = "ssr")]
const LINES_PER_PAGE: u32 = 20;
/// Jobs on a page of the list.
#[cfg(feature = "ssr")]
const JOBS_PER_PAGE: u32 = 50;
/// Funds on a page of the list.
#[cfg(feature = "ssr")]
const FUNDS_PER_PAGE: u32 = 25;

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (code, message) = match &error {
            ServerFnErrorErr::Request(reason) => {
                ("UNREACHABLE", format!("The server could not be reached ({reason})."))
            }
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => ("BAD_REQUEST", error.to_string()),
            other => ("INTERNAL_ERROR", other.to_string()),
        };
        Self { code: code.into(), message, details: Vec::new(), request_id: String::new() }
    }
}

/// The run with this key.
///
/// # Errors
/// `NOT_FOUND` for a text that is no key and for a run this caller never asked for.
#[server(input = GetUrl)]
pub async fn fetch_run(key: String) -> Result<Run, Problem> {
    let (service, caller) = service()?;
    let key = run_key(&key, &caller)?;
    service.run(&caller, key).await
}

/// What the server writes whole: the "report" of the run whose key is `name`, how the "figure" of that name is computed
/// or the list of figures where there is no name, how to "embed" a fund's figures in other pages, the page to "sign-in" on, the
/// caller's "account"; for operators what the
/// "cache" does and the list of "jobs", both for the query `name`, the "job" whose id is `name`, and what stands above these.
///
/// # Errors
/// `NOT_FOUND` where there is none, else what the service says.
#[server(input = GetUrl)]
pub async fn fetch_article(kind: String, name: String) -> Result<Article, Problem> {
    match kind.as_str() {
        "figure" => {
            let message = "No figure has this name; the list of figures has all that are explained.";
            let found =
                if name.is_empty() { Some(crate::figures::index()) } else { crate::figures::explanation(&name) };
            return found.ok_or_else(|| problem("NOT_FOUND", message, ""));
        }
        "embed" => return Ok(crate::embed::article()),
        "sign-in" => return Ok(crate::access::sign_in_article(&use_context().unwrap_or_default())),
        "account" => return account().await,
        "cache" => return cache(&name).await,
        "jobs" => return jobs(&name).await,
        "job" => {
            let (service, caller) = service()?;
            return Ok(crate::operations::job_article(&service.computation(&caller, name).await?));
        }
        "cache-tools" => return Ok(crate::operations::cache_tools_article(operators_notice()?.as_ref())),
        "job-notice" => return Ok(crate::operations::job_notice_article(operators_notice()?.as_ref())),
        _ => {}
    }
    let (service, caller) = service()?;
    let key = run_key(&name, &caller)?;
    // Whoever answers here checked that this is a name of the server.
    let parts = use_context::<server_fn::http_export::request::Parts>();
    let host = parts.and_then(|parts| match parts.uri.authority() {
        Some(authority) => Some(authority.to_string()),
        None => Some(parts.headers.get("host")?.to_str().ok()?.to_owned()),
    });
    let run = service.run(&caller, key).await?;
    let html = crate::report::Report::new(run, &host.unwrap_or_default()).to_article();
    Ok(Article { title: format!("Report {}", crate::format::short_hash(&name)), html })
}

/// A page of the caller's runs, newest first.
///
/// # Errors
/// What the service says.
#[server(input = GetUrl)]
pub async fn fetch_runs(fund_id: Option<String>, cursor: Option<String>) -> Result<Page<RunListing>, Problem> {
    let (service, caller) = service()?;
    service.runs(&caller, fund_id, RUNS_PER_PAGE, cursor).await
}

/// A page of the caller's funds, in byte order of their ids.
///
/// # Errors
/// What the service says.
#[server(input = GetUrl)]
pub async fn fetch_funds(cursor: Option<String>) -> Result<Page<Fund>, Problem> {
    let (service, caller) = service()?;
    service.funds(&caller, FUNDS_PER_PAGE, cursor).await
}

/// The stored fund with this id.
///
/// # Errors
/// `NOT_FOUND` for one this caller never stored.
#[server(input = GetUrl)]
pub async fn fetch_fund(id: String) -> Result<Fund, Problem> {
    let (service, caller) = service()?;
    service.fund(&caller, id).await
}

/// The default fund's preview, computed once per process.
///
/// # Errors
/// None of its own; transport only.
#[server(input = GetUrl)]
pub async fn fetch_default_run() -> Result<DefaultRun, Problem> {
    Ok(DefaultRun::of_this_process().clone())
}

/// The caller's account; an operator's has the keys and the log.
#[cfg(feature = "ssr")]
async fn account() -> Result<Article, Problem> {
    let notice: Option<crate::access::Notice> = use_context();
    let (service, caller) = service()?;
    let account = service.account(&caller).await?;
    let (keys, lines) = match account.role {
        Role::Operator => (Some(service.keys(&caller).await?), Some(service.audit_log(&caller).await?)),
        Role::Reader | Role::Analyst => (None, None),
    };
    Ok(crate::access::account_article(&account, keys.as_deref(), lines.as_deref(), notice.as_ref()))
}

/// The figures of the cache within the hours that a query names.
#[cfg(feature = "ssr")]
async fn cache(query: &str) -> Result<Article, Problem> {
    let (service, caller) = service()?;
    let hours = crate::operations::parameter(query, "hours").and_then(|hours| hours.parse().ok());
    let hours = hours.filter(|hours| (1..=MOST_HOURS).contains(hours)).unwrap_or(DEFAULT_HOURS);
    // The first has all processes report, and so is told before the second.
    let stats = service.cache_stats(&caller, hours).await?;
    let history = service.cache_history(&caller, hours).await?;
    let log = service.cache_log(&caller, LINES_PER_PAGE, crate::operations::parameter(query, "log")).await?;
    Ok(crate::operations::cache_article(&stats, &history, &log))
}

/// The jobs that a query names.
#[cfg(feature = "ssr")]
async fn jobs(query: &str) -> Result<Article, Problem> {
    let (service, caller) = service()?;
    let state = crate::operations::parameter(query, "state");
    let state = state.and_then(|state| crate::api::JobState::from_name(&state));
    let cursor = crate::operations::parameter(query, "cursor");
    let is_first = cursor.is_none();
    let page = service.computations(&caller, state, JOBS_PER_PAGE, cursor).await?;
    let counts = service.job_counts(&caller).await?;
    Ok(crate::operations::jobs_article(&page, counts, state, is_first))
}

/// What came of an operator's form, where one was sent.
#[cfg(feature = "ssr")]
fn operators_notice() -> Result<Option<crate::operations::Notice>, Problem> {
    let (_, caller) = service()?;
    if caller.role < Role::Operator {
        let message = "This is for operators.";
        return Err(problem("FORBIDDEN", message, &caller.request_id));
    }
    Ok(use_context())
}

#[cfg(feature = "ssr")]
fn run_key(text: &str, caller: &Caller) -> Result<foliocast_core::scenario::RunKey, Problem> {
    let message = "A run's key is 64 lower-case hexadecimal digits; this address has something else.";
    text.parse().map_err(|_| problem("NOT_FOUND", message, &caller.request_id))
}

/// The service, and the caller that the server let in.
#[cfg(feature = "ssr")]
fn service() -> Result<(Arc<dyn Service>, Caller), Problem> {
    let context: Option<ServiceContext> = use_context();
    let context = context.ok_or_else(|| problem("INTERNAL_ERROR", "The pages' services are not provided.", ""))?;
    let caller = context.caller.ok_or_else(|| problem("UNAUTHORIZED", "This needs an access key: sign in.", ""))?;
    Ok((context.service, caller))
}

#[cfg(feature = "ssr")]
fn problem(code: &str, message: &str, request_id: &str) -> Problem {
    Problem { code: code.into(), message: message.into(), details: Vec::new(), request_id: request_id.into() }
}
