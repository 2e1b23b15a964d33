//! The store in two SQLite files: `foliocast.db`, and `chunks.db` for the bulk of the bytes. One writer connection
//! each (`BEGIN IMMEDIATE`), a pool of readers, WAL.

mod artifacts;
mod audit;
mod computations;
mod drops;
mod eviction;
mod keys;
mod measures;
mod members;
mod oversight;
mod tenancy;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Sqlite, Transaction};

use super::found::key;
use super::seal::new_secret;
use super::{Seal, Store, StoreError, StoreEvent, StoreFuture};
use crate::clock::Clock;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static CHUNK_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite/chunks");

/// The file with everything but the bulk of the bytes, which is in the other one.
pub const DATABASE: &str = "foliocast.db";
/// The file with the bulk of the bytes.
pub const CHUNKS: &str = "chunks.db";

/// How long a statement waits for another process's lock (a backup, an inspection) before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Chunks leave this much of the disk to everything else: a result can be stored without its rows, and what was written
/// of them deleted, only where there is room to write that down.
const LEFT_BY_CHUNKS_BYTES: u64 = 16 << 20;

/// Readers of one file.
const READERS: u32 = 8;

/// The store in SQLite files.
#[derive(Debug)]
pub struct SqliteStore {
    main: File,
    chunks: File,
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    secret: [u8; 32],
    seal: Seal,
    damaged: AtomicU64,
}

/// One database file.
#[derive(Debug)]
struct File {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the store in `dir`, making or migrating it as needed.
    ///
    /// # Errors
    /// Files that cannot be opened, and a schema newer than this program knows.
    pub async fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        // A result is acknowledged once it is in the main file, so every commit there reaches the disk. A chunk that a
        // power failure takes is made again.
        let main = File::open(&dir.join(DATABASE), SqliteSynchronous::Full, &MIGRATIONS, Schema::Migrate).await?;
        let chunks =
            File::open(&dir.join(CHUNKS), SqliteSynchronous::Normal, &CHUNK_MIGRATIONS, Schema::Migrate).await?;
        Self::of(main, chunks, dir, clock).await
    }

    /// Opens the store in `dir` beside the process that uses it: nothing is made or migrated.
    ///
    /// # Errors
    /// Files that cannot be opened, and a schema that is not this program's.
    pub async fn open_beside(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        const OTHERWISE: &str = "is used by another version of this program, or is just being made; use the program that \
                                 serves it";
        Self::open_as_it_is(dir, clock, OTHERWISE).await
    }

    /// Opens the store in `dir`, which no process uses, to read what is in it: nothing is made or migrated.
    ///
    /// # Errors
    /// Files that cannot be opened, and a schema that is not this program's.
    pub async fn open_to_read(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        const OTHERWISE: &str = "has the schema of another version of this program; use that one, or start `foliocast serve` \
                                 of this version on it once, which migrates an older one";
        Self::open_as_it_is(dir, clock, OTHERWISE).await
    }

    async fn open_as_it_is(dir: &Path, clock: Arc<dyn Clock>, otherwise: &'static str) -> Result<Self, StoreError> {
        let schema = Schema::AsItIs { otherwise };
        let main = File::open(&dir.join(DATABASE), SqliteSynchronous::Full, &MIGRATIONS, schema).await?;
        let chunks = File::open(&dir.join(CHUNKS), SqliteSynchronous::Normal, &CHUNK_MIGRATIONS, schema).await?;
        Self::of(main, chunks, dir, clock).await
    }

    /// Lets nobody write to either file until the transactions end, `foliocast.db` first.
    pub(in crate::store) async fn hold(&self) -> Result<[Transaction<'static, Sqlite>; 2], StoreError> {
        Ok([self.main.write().await?, self.chunks.write().await?])
    }

    /// The store in open files, with the installation's secret: the first that was ever made.
    async fn of(main: File, chunks: File, dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        const SECRET: &str = "SELECT value FROM installation WHERE name = 'secret'";
        // Nothing is written, and no lock taken, where there is one.
        let known: Option<Vec<u8>> = sqlx::query_scalar(SECRET).fetch_optional(&main.readers).await?;
        let secret = match known {
            Some(known) => known,
            None => {
                sqlx::query("INSERT INTO installation (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING")
                    .bind(new_secret()?.to_vec())
                    .execute(&main.writer)
                    .await?;
                sqlx::query_scalar(SECRET).fetch_one(&main.writer).await?
            }
        };
        let secret = key(&secret)?;
        let seal = Seal::of(&secret);
        Ok(Self { main, chunks, dir: dir.to_owned(), clock, secret, seal, damaged: AtomicU64::new(0) })
    }

    /// Refuses a chunk that would take what must be left of the disk.
    fn leaves_room(&self, chunk_bytes: usize) -> Result<(), StoreError> {
        // Where the system does not say, writing will show.
        let Ok(disk) = rustix::fs::statvfs(&self.dir) else { return Ok(()) };
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free_bytes.saturating_sub(chunk_bytes as u64) >= LEFT_BY_CHUNKS_BYTES {
            return Ok(());
        }
        Err(StoreError::NotWritable(format!("{free_bytes} bytes of the disk are left, which are not for rows")))
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.main.write().await
    }
}

/// What to do with the schema of a file that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schema {
    /// Make it this program's.
    Migrate,
    /// Use it if it is this program's; else say what to do.
    AsItIs { otherwise: &'static str },
}

impl File {
    async fn open(
        path: &Path,
        synchronous: SqliteSynchronous,
        migrations: &Migrator,
        schema: Schema,
    ) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(schema == Schema::Migrate)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // A commit that fails (a full disk) leaves the driver counting a transaction that is no more; such
                    // a connection could never begin another. The ping waits for a rollback under way.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        match schema {
            Schema::Migrate => Self::migrate(path, &writer, migrations).await?,
            Schema::AsItIs { otherwise } => Self::check_schema(path, &writer, migrations, otherwise).await?,
        }
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Self { writer, readers })
    }

    async fn migrate(path: &Path, writer: &SqlitePool, migrations: &Migrator) -> Result<(), StoreError> {
        migrations.run(writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => StoreError::Failed(format!(
                "{} has a schema (version {version}) that is newer than this program knows; use the program that \
                 made it, or a newer one",
                path.display()
            )),
            error => StoreError::Failed(format!("{}: {error}", path.display())),
        })
    }

    async fn check_schema(
        path: &Path,
        writer: &SqlitePool,
        migrations: &Migrator,
        otherwise: &str,
    ) -> Result<(), StoreError> {
        let found: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(writer)
            .await?;
        if found.iter().copied().eq(migrations.iter().map(|migration| migration.version)) {
            return Ok(());
        }
        Err(StoreError::Failed(format!("{} {otherwise}", path.display())))
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Store for SqliteStore {
    fn is_shared(&self) -> bool {
        false
    }

    fn events(&self) -> BoxStream<'static, StoreEvent> {
        // Whoever is alone knows what it did.
        futures::stream::pending().boxed()
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            for file in [&self.main, &self.chunks] {
                // Takes the write lock and writes one page, which is what a full or read-only disk refuses.
                let mut transaction = file.write().await?;
                sqlx::query("PRAGMA user_version = 1").execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
            Ok(())
        })
    }

    fn installation_secret(&self) -> [u8; 32] {
        self.secret
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.main.close().await;
            self.chunks.close().await;
        })
    }
}
