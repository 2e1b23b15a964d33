//! What the browser asks of the pages' server: the same answers server rendering gets in-process.
//!
//! Every function speaks for the caller the server put into the context; the service authorises it.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, JsonEncoding};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::api::{Fund, Page, Problem, Run, RunListing};
use crate::default_run::DefaultRun;

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
    let context = service()?;
    let key = run_key(&key, &context)?;
    context.service.run(&context.caller, key).await
}

/// What the server writes whole: the "report" of the run whose key is `name`, how the "figure" of that name is computed,
/// or the list of figures where there is no name.
///
/// # Errors
/// `NOT_FOUND` where there is none, else what the service says.
#[server(input = GetUrl)]
pub async fn fetch_article(kind: String, name: String) -> Result<Article, Problem> {
    let context = service()?;
    if kind == "figure" {
        let message = "No figure has this name; the list of figures has all that are explained.";
        let found = if name.is_empty() { Some(crate::figures::index()) } else { crate::figures::explanation(&name) };
        return found.ok_or_else(|| problem("NOT_FOUND", message, &context.caller.request_id));
    }
    let key = run_key(&name, &context)?;
    // Whoever answers here checked that this is a name of the server.
    let parts = use_context::<server_fn::http_export::request::Parts>();
    let host = parts.and_then(|parts| match parts.uri.authority() {
        Some(authority) => Some(authority.to_string()),
        None => Some(parts.headers.get("host")?.to_str().ok()?.to_owned()),
    });
    let run = context.service.run(&context.caller, key).await?;
    let html = crate::report::Report::new(run, &host.unwrap_or_default()).to_article();
    Ok(Article { title: format!("Report {}", crate::format::short_hash(&name)), html })
}

/// A page of the caller's runs, newest first.
///
/// # Errors
/// What the service says.
#[server(input = GetUrl)]
pub async fn fetch_runs(fund_id: Option<String>, cursor: Option<String>) -> Result<Page<RunListing>, Problem> {
    let context = service()?;
    context.service.runs(&context.caller, fund_id, RUNS_PER_PAGE, cursor).await
}

/// A page of the caller's funds, in byte order of their ids.
///
/// # Errors
/// What the service says.
#[server(input = GetUrl)]
pub async fn fetch_funds(cursor: Option<String>) -> Result<Page<Fund>, Problem> {
    let context = service()?;
    context.service.funds(&context.caller, FUNDS_PER_PAGE, cursor).await
}

/// The stored fund with this id.
///
/// # Errors
/// `NOT_FOUND` for one this caller never stored.
#[server(input = GetUrl)]
pub async fn fetch_fund(id: String) -> Result<Fund, Problem> {
    let context = service()?;
    context.service.fund(&context.caller, id).await
}

/// The default fund's preview, computed once per process.
///
/// # Errors
/// None of its own; transport only.
#[server(input = GetUrl)]
pub async fn fetch_default_run() -> Result<DefaultRun, Problem> {
    Ok(DefaultRun::of_this_process().clone())
}

#[cfg(feature = "ssr")]
fn run_key(text: &str, context: &crate::service::ServiceContext) -> Result<foliocast_core::scenario::RunKey, Problem> {
    let message = "A run's key is 64 lower-case hexadecimal digits; this address has something else.";
    text.parse().map_err(|_| problem("NOT_FOUND", message, &context.caller.request_id))
}

#[cfg(feature = "ssr")]
fn service() -> Result<crate::service::ServiceContext, Problem> {
    use_context().ok_or_else(|| problem("INTERNAL_ERROR", "The pages' services are not provided.", ""))
}

#[cfg(feature = "ssr")]
fn problem(code: &str, message: &str, request_id: &str) -> Problem {
    Problem { code: code.into(), message: message.into(), details: Vec::new(), request_id: request_id.into() }
}
