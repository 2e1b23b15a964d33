//! Where the services are that tests use: in the environment, else where `./dev services` wrote it down.

use std::path::Path;

/// A Redis that tests may fill and empty.
pub fn redis_url() -> String {
    service("FOLIOCAST_TEST_REDIS_URL")
}

/// A PostgreSQL in which tests may make databases.
pub fn database_url() -> String {
    service("FOLIOCAST_TEST_DATABASE_URL")
}

/// Where PostgreSQL's programs are.
pub fn postgres_bin() -> String {
    service("FOLIOCAST_TEST_POSTGRES_BIN")
}

fn service(name: &str) -> String {
    if let Ok(value) = std::env::var(name) {
        return value;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/services/env");
    let lines = std::fs::read_to_string(file).unwrap_or_default();
    let value = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("{name} is not set; start them with `./dev services`")).to_owned()
}
