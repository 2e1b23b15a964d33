//! Which database keeps everything: files in the data directory, or a PostgreSQL that many processes share.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use sqlx::postgres::PgConnectOptions;

use super::access::SecretText;

/// Which database keeps everything.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// PostgreSQL that keeps everything, `postgres://user:password@host[:port]/database`: any number of servers and
    /// workers may share it. SQLite files in the data directory, for one process, where empty.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    database_url: SecretText,
    /// Most connections to PostgreSQL of this process.
    #[arg(long, env = "FOLIOCAST_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(2..=1_000))]
    pub database_connections: u16,
}

impl DatabaseConfig {
    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.database_url.expose().is_empty()
    }

    /// The PostgreSQL to use, where one is set.
    ///
    /// # Errors
    /// What is wrong with the setting, without its secrets.
    pub fn database_url(&self) -> Result<Option<DatabaseUrl>, String> {
        if self.is_empty() {
            return Ok(None);
        }
        self.database_url.expose().parse().map(Some).map_err(|error| format!("DATABASE_URL: {error}"))
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let url = match self.database_url() {
            Ok(None) => String::new(),
            Ok(Some(url)) => url.to_string(),
            Err(_) => "***".to_owned(),
        };
        vec![("DATABASE_URL", url), ("FOLIOCAST_DATABASE_CONNECTIONS", self.database_connections.to_string())]
    }
}

/// How a PostgreSQL is reached. Its password is never shown: neither by `Debug` nor by `Display`.
#[derive(Clone)]
pub struct DatabaseUrl {
    options: PgConnectOptions,
}

impl DatabaseUrl {
    /// For whoever connects.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, host, port) = (self.options.get_username(), self.options.get_host(), self.options.get_port());
        let database = self.options.get_database().unwrap_or(user);
        match host.contains(':') {
            true => write!(f, "postgres://{user}:***@[{host}]:{port}/{database}"),
            false => write!(f, "postgres://{user}:***@{host}:{port}/{database}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// A text that names no PostgreSQL. Says nothing of it: any part of such a text may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{fault} in an address of {length} characters that are not shown here; expected \
     `postgres://user:password@host[:port]/database`, with `%40` for an `@` in a password; for SQLite files leave it \
     empty and choose their directory with FOLIOCAST_DATA_DIR"
)]
pub struct ParseDatabaseUrlError {
    fault: &'static str,
    length: usize,
}

impl FromStr for DatabaseUrl {
    type Err = ParseDatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, ParseDatabaseUrlError> {
        let fault = |fault| ParseDatabaseUrlError { fault, length: text.chars().count() };
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(fault("no `postgres://` at the beginning"));
        }
        let options =
            PgConnectOptions::from_str(text).map_err(|_| fault("a host, port, user or option that cannot be"))?;
        Ok(Self { options })
    }
}
