//! The least that could answer what the server answers: one axum route that returns the bytes of a file from memory.
//! `./dev bench` puts the server's rate for a kept run beside this one's in the same run, so that what it prints says
//! what the server adds to HTTP itself, on whichever machine.
//!
//! ```sh
//! cargo run --release -p foliocast --example bare_route answer.json
//! ```
#![allow(clippy::print_stdout, reason = "what an example is for")]

use std::env;

use anyhow::Context as _;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = env::args_os().nth(1).context("which file? bare_route FILE")?;
    let answer = Bytes::from(std::fs::read(file)?);
    let route = get(async move || ([(CONTENT_TYPE, "application/json")], answer.clone()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("ready at http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", route)).await?;
    Ok(())
}
