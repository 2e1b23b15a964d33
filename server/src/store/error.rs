//! What went wrong in a database, in words that anyone may read: no addresses, no names, no passwords.

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// Why a store did not do its work. Whatever it was, nothing was acknowledged.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be written: full, read-only, or its directory is gone.
    #[error("the durable store cannot be written: {0}")]
    NotWritable(String),
    /// It does not answer, or answers nonsense.
    #[error("the durable store does not answer: {0}")]
    Failed(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                if let Some(postgres) = database.try_downcast_ref::<PgDatabaseError>() {
                    return of_postgres(postgres);
                }
                match database.try_downcast_ref::<SqliteError>() {
                    Some(_) => of_sqlite(&error),
                    None => Self::Failed("an error of another database".to_owned()),
                }
            }
            sqlx::Error::PoolTimedOut => Self::Failed("no connection to it within 8 s".to_owned()),
            sqlx::Error::Io(io) => Self::Failed(format!("the connection to it failed ({})", io.kind())),
            sqlx::Error::Tls(_) => Self::Failed("the connection to it cannot be encrypted".to_owned()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Failed("it was closed".to_owned()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

fn of_sqlite(error: &sqlx::Error) -> StoreError {
    // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN: the low byte of an extended code.
    const NOT_WRITABLE: [u32; 4] = [8, 10, 13, 14];
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    match code {
        Some(code) if NOT_WRITABLE.contains(&(code & 0xff)) => StoreError::NotWritable(error.to_string()),
        _ => StoreError::Failed(error.to_string()),
    }
}

/// Its own message may name users, databases and values: it is for the log.
fn of_postgres(error: &PgDatabaseError) -> StoreError {
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    const READ_ONLY: &str = "25006";
    const DISK_FULL: &str = "53100";
    const IO_ERROR: &str = "58030";
    let code = error.code();
    tracing::warn!(code, reason = error.message(), "PostgreSQL refused a statement");
    match code {
        READ_ONLY => StoreError::NotWritable("PostgreSQL is read-only".to_owned()),
        DISK_FULL => StoreError::NotWritable("PostgreSQL's disk is full".to_owned()),
        IO_ERROR => StoreError::NotWritable("PostgreSQL cannot read or write its disk".to_owned()),
        "57P01" | "57P02" | "57P03" => StoreError::Failed("PostgreSQL is starting or stopping".to_owned()),
        _ => StoreError::Failed(format!("PostgreSQL refused a statement ({code})")),
    }
}
