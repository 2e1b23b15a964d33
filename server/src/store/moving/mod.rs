//! Moves everything that is kept from SQLite files to a PostgreSQL, all or nothing: one transaction there takes every row,
//! and what arrived is counted before it is committed. Nobody else writes to either of them meanwhile.

mod copy;
mod tables;
mod target;

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, Transaction};

use self::target::Target;
use super::StoreError;
use super::sqlite::SqliteStore;
use crate::config::DatabaseUrl;

pub use tables::{ColumnType, OF_PROCESSES, SUMS, SqliteFile, TABLES, Table};

/// Rows are sent when they are so many bytes together.
const SENT_AT_ONCE_BYTES: usize = 256 << 10;

/// Why nothing was moved.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MoveError {
    /// The SQLite files cannot be read.
    #[error("the data directory cannot be read: {0}")]
    Source(StoreError),
    /// PostgreSQL refused something, or does not answer.
    #[error("{0}")]
    Target(StoreError),
    /// There is something in the database already.
    #[error(
        "there is something in the database already ({}); nothing is mixed: name an empty database, or empty this one first",
        .0.join(", ")
    )]
    NotEmpty(Vec<&'static str>),
    /// Other processes use the database.
    #[error("the database is in use by {}; stop what uses it and try again", .0.join(", "))]
    InUse(Vec<String>),
    /// PostgreSQL cannot have what is in SQLite.
    #[error("{table}.{column} holds {what}, which PostgreSQL does not keep")]
    Unfit {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it cannot have.
        what: &'static str,
    },
    /// The last word was not answered.
    #[error("{0}; it may have everything all the same: try again, and where it has, that is said")]
    MaybeMoved(StoreError),
    /// Not everything arrived.
    #[error("{table}: {expected} are in the data directory, and {found} arrived")]
    Differs {
        /// The table.
        table: &'static str,
        /// What there is.
        expected: String,
        /// What there would be.
        found: String,
    },
}

/// How much a table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// Bytes of their texts and byte strings.
    pub bytes: u64,
}

/// What was moved of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: &'static str,
    /// How much of it.
    pub size: Size,
}

/// Everything of an installation, on its way.
#[derive(Debug)]
pub struct Moving {
    source: Source,
    target: Target,
    sizes: Vec<Size>,
}

/// The SQLite files, to which nobody writes for as long as this lives.
#[derive(Debug)]
struct Source {
    main: Transaction<'static, Sqlite>,
    chunks: Transaction<'static, Sqlite>,
}

impl Moving {
    /// Looks whether everything can be moved, and holds both databases for it. The schema is made in the target as needed.
    ///
    /// # Errors
    /// What stands against it; nothing was moved.
    pub async fn begin(store: &SqliteStore, url: &DatabaseUrl) -> Result<Self, MoveError> {
        let [main, chunks] = store.hold().await.map_err(MoveError::Source)?;
        let mut source = Source { main, chunks };
        let mut sizes = Vec::with_capacity(TABLES.len());
        for table in &TABLES {
            sizes.push(source.size(table).await?);
        }
        Ok(Self { source, target: Target::open(url).await?, sizes })
    }

    /// Bytes that are to be moved.
    pub fn total_bytes(&self) -> u64 {
        self.sizes.iter().map(|size| size.bytes).sum()
    }

    /// Moves everything, telling how many bytes are on their way; what was moved of each table. Whatever happens, either all
    /// of it is there afterwards or nothing.
    ///
    /// # Errors
    /// What it met; then nothing was moved.
    pub async fn complete(mut self, at: impl Fn(u64)) -> Result<Vec<Moved>, MoveError> {
        self.target.clear().await?;
        let mut sent_bytes = 0;
        for table in &TABLES {
            self.move_table(table, &mut sent_bytes, &at).await?;
        }
        let mut moved = Vec::with_capacity(TABLES.len());
        for (table, expected) in TABLES.iter().zip(&self.sizes) {
            let found = self.target.size(table).await?;
            if found != *expected {
                let in_words = |size: &Size| format!("{} rows of {} bytes", size.rows, size.bytes);
                let (expected, found) = (in_words(expected), in_words(&found));
                return Err(MoveError::Differs { table: table.name, expected, found });
            }
            moved.push(Moved { table: table.name, size: found });
        }
        let (expected, found) = (self.source.sums().await?, self.target.sums().await?);
        if found != expected {
            let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
            return Err(MoveError::Differs { table: SUMS, expected, found });
        }
        self.target.commit().await?;
        Ok(moved)
    }

    async fn move_table(&mut self, table: &Table, sent_bytes: &mut u64, at: &impl Fn(u64)) -> Result<(), MoveError> {
        let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(self.source.file(table.file));
        let mut copy = self.target.copy(table).await?;
        let mut ready = copy::HEADER.to_vec();
        while let Some(row) = rows.try_next().await.map_err(of_source)? {
            copy::put_row(table, &row, &mut ready)?;
            if ready.len() >= SENT_AT_ONCE_BYTES {
                copy.send(ready.as_slice()).await.map_err(of_target)?;
                *sent_bytes += ready.len() as u64;
                ready.clear();
                at(*sent_bytes);
            }
        }
        ready.extend(copy::TRAILER);
        copy.send(ready.as_slice()).await.map_err(of_target)?;
        copy.finish().await.map_err(of_target)?;
        *sent_bytes += ready.len() as u64;
        at(*sent_bytes);
        Ok(())
    }
}

impl Source {
    fn file(&mut self, file: SqliteFile) -> &mut SqliteConnection {
        match file {
            SqliteFile::Main => &mut self.main,
            SqliteFile::Chunks => &mut self.chunks,
        }
    }

    async fn size(&mut self, table: &Table) -> Result<Size, MoveError> {
        let size = sqlx::query_as(AssertSqlSafe(table.size_in_sqlite()));
        size.fetch_one(self.file(table.file)).await.map(Size::found).map_err(of_source)
    }

    /// By kind, entries and bytes of artifacts as the triggers counted them.
    async fn sums(&mut self) -> Result<Vec<(String, i64, i64)>, MoveError> {
        let sums = "SELECT kind, entries, bytes FROM artifact_sums WHERE entries <> 0 OR bytes <> 0 ORDER BY kind";
        sqlx::query_as(sums).fetch_all(&mut *self.main).await.map_err(of_source)
    }
}

impl Size {
    fn found((rows, bytes): (i64, i64)) -> Self {
        Self { rows: rows.unsigned_abs(), bytes: bytes.unsigned_abs() }
    }
}

fn of_source(error: sqlx::Error) -> MoveError {
    MoveError::Source(error.into())
}

fn of_target(error: sqlx::Error) -> MoveError {
    MoveError::Target(error.into())
}
