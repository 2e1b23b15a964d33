//! A database of a test's own in the PostgreSQL that tests share.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Connection as _};
use uuid::Uuid;

use crate::service_urls::database_url;

/// A fresh database, gone with this value.
pub struct TestDatabase {
    name: String,
    /// Its address.
    pub url: String,
}

impl TestDatabase {
    /// Makes it.
    pub async fn new() -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        // In a language's order, which is not that of bytes.
        run(&format!("CREATE DATABASE {name}")).await;
        let server = database_url();
        let (server, _) = server.rsplit_once('/').expect("an address with a database");
        Self { url: format!("{server}/{name}"), name }
    }

    /// Connections beside those of the program.
    pub async fn connect(&self) -> PgPool {
        PgPool::connect(&self.url).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // Not on the test's runtime, which may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&drop));
        });
        // A test that fails has more to say than this.
        let _ = dropping.join();
    }
}

async fn run(statement: &str) {
    let options = PgConnectOptions::from_str(&database_url()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
}
