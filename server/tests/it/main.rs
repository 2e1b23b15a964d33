//! The server, from outside.

mod installation;
mod matrices;
mod processes;
mod runs;
mod self_healing;
mod short_form;
mod sqlite;
mod store_laws;
mod tenants;
mod trouble;
