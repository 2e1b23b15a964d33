//! What the browser asks of the pages' server: the same answers server rendering gets in-process.
//!
//! Every function speaks for the caller the server put into the context; the service authorises it.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, JsonEncoding};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::api::{Fund, Page, Problem, Run, RunListing};
use crate::default_run::DefaultRun;

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
    let Ok(key) = key.parse() else {
        let message = "A run's key is 64 lower-case hexadecimal digits; this address has something else.";
        return Err(problem("NOT_FOUND", message, &context.caller.request_id));
    };
    context.service.run(&context.caller, key).await
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
fn service() -> Result<crate::service::ServiceContext, Problem> {
    use_context().ok_or_else(|| problem("INTERNAL_ERROR", "The pages' services are not provided.", ""))
}

#[cfg(feature = "ssr")]
fn problem(code: &str, message: &str, request_id: &str) -> Problem {
    Problem { code: code.into(), message: message.into(), details: Vec::new(), request_id: request_id.into() }
}
