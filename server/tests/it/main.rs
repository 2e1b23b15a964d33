//! The server, through its public interfaces.

mod cli;
mod formats;
mod gated_store;
mod harness;
mod http_connections;
mod http_errors;
mod http_jobs;
mod http_matrices;
mod http_pages;
mod http_runs;
mod http_security;
mod installation;
mod matrices;
mod openapi;
mod processes;
mod program;
mod reports;
mod runs;
mod self_healing;
mod serve;
mod short_form;
mod sqlite;
mod store_laws;
mod tenants;
mod trouble;
