//! The Foliocast server: a library, so that tests and the command line use what the binary runs.
//!
//! `service` is the one place that knows who may what; everything above it (routes, pages, command line) builds a
//! caller and asks, everything below it (`cache`, `jobs`, `store`) never hears of tenants' rights.

pub mod auth;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data;
pub mod http;
pub mod jobs;
pub mod measure;
pub mod queue;
pub mod redis;
pub mod service;
pub mod store;
pub mod telemetry;
