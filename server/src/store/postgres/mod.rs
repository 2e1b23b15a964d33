//! The store in PostgreSQL, for any number of processes at once.
//!
//! Statements run under READ COMMITTED. What must not happen at the same time as something else takes one of the
//! `Lock`s first, in the order in which they are listed there, before any row.

mod artifacts;
mod audit;
mod computations;
mod drops;
mod events;
mod eviction;
mod keys;
mod measures;
mod members;
mod oversight;
mod tenancy;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures::stream::BoxStream;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Postgres, Transaction};

use super::found::key;
use super::seal::new_secret;
use super::{Seal, Store, StoreError, StoreEvent, StoreFuture};
use crate::clock::Clock;
use crate::config::DatabaseUrl;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long a statement waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// How long anything may take until it counts as failed: a peer that is gone without a word never answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection that rested longer than this is tried before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long a connection that is tried may take to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// First of the two numbers of every advisory lock, so that other users of the database stay apart ("FOLI").
const LOCKS: i32 = 0x464f_4c49;

/// What happens one after the other, in all processes. Second number of an advisory lock.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
enum Lock {
    /// Claims, and marking what is being made as invalid: both read who makes what.
    Claims = 1,
    /// Raising epochs, alone, and writing records by them, together.
    Epochs = 2,
    /// Making and revoking keys: whether a key is the first, or the last of an operator, must stay true.
    Keys = 3,
    /// Forgetting what is old.
    Pruning = 4,
    /// Making room for results.
    Evicting = 5,
}

/// How a PostgreSQL is used.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Where it is.
    pub url: DatabaseUrl,
    /// Most connections to it at a time, beside the one that listens.
    pub connections: u32,
}

/// The store in PostgreSQL.
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
    /// In place of the database's clock, for tests.
    clock: Option<Arc<dyn Clock>>,
    secret: [u8; 32],
    seal: Seal,
    damaged: AtomicU64,
}

impl PostgresStore {
    /// Opens the store, making or migrating the schema as needed: several processes may do so at once.
    ///
    /// # Errors
    /// A server that is not reached, and a schema newer than this program knows. The words do not hold the address.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let pool = Self::connect(settings).await?;
        Self::migrate(pool.connect_options().as_ref().clone()).await?;
        Self::of(pool).await
    }

    /// Opens the store beside the processes that use it: nothing is made or migrated.
    ///
    /// # Errors
    /// A server that is not reached, and a schema that is not this program's.
    pub async fn open_beside(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let pool = Self::connect(settings).await?;
        let is_there: bool =
            sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&pool).await?;
        let found: Vec<i64> = if is_there {
            let versions = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
            versions.fetch_all(&pool).await?
        } else {
            Vec::new()
        };
        if found.iter().copied().eq(MIGRATIONS.iter().map(|migration| migration.version)) {
            return Self::of(pool).await;
        }
        Err(StoreError::Failed(
            "its schema is not this version's, or there is none yet; start a server on it first".to_owned(),
        ))
    }

    /// The store over connections to its schema, with the installation's secret: the first that any process made.
    async fn of(pool: PgPool) -> Result<Self, StoreError> {
        const SECRET: &str = "SELECT value FROM installation WHERE name = 'secret'";
        // Nothing is written where there is one.
        let known: Option<Vec<u8>> = sqlx::query_scalar(SECRET).fetch_optional(&pool).await?;
        let secret = match known {
            Some(known) => known,
            None => {
                let first =
                    "INSERT INTO installation (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING";
                sqlx::query(first).bind(new_secret()?.to_vec()).execute(&pool).await?;
                sqlx::query_scalar(SECRET).fetch_one(&pool).await?
            }
        };
        let secret = key(&secret)?;
        Ok(Self { pool, clock: None, secret, seal: Seal::of(&secret), damaged: AtomicU64::new(0) })
    }

    async fn connect(settings: &DatabaseSettings) -> Result<PgPool, StoreError> {
        let options = settings
            .url
            .options()
            .clone()
            .application_name("foliocast")
            // What a process that is gone, or gave up, left behind does not hold up the others: less than their patience.
            .options([
                ("statement_timeout", "8s"),
                ("lock_timeout", "8s"),
                ("idle_in_transaction_session_timeout", "4s"),
            ]);
        let pool = PgPoolOptions::new()
            // One more for the connection that listens.
            .max_connections(settings.connections.max(1) + 1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for < TRUSTED_IDLE {
                        return Ok(true);
                    }
                    Ok(matches!(tokio::time::timeout(PING_TIMEOUT, connection.ping()).await, Ok(Ok(()))))
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    // One whose statement was given up, or whose peer is gone without a word, is closed and not waited for.
                    match tokio::time::timeout(PING_TIMEOUT, connection.ping()).await {
                        Ok(answered) => answered.map(|()| true),
                        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
                    }
                })
            })
            .connect_with(options)
            .await?;
        Ok(pool)
    }

    /// Makes the schema this program's, or waits until another process has: however long that takes.
    async fn migrate(options: PgConnectOptions) -> Result<(), StoreError> {
        let patient = options.options([("statement_timeout", "0"), ("lock_timeout", "0")]);
        let mut connection = PgConnection::connect_with(&patient).await?;
        Self::make_schema(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Makes the schema this program's, over a connection that has the patience.
    pub(in crate::store) async fn make_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
        MIGRATIONS.run(connection).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => StoreError::Failed(format!(
                "its schema (version {version}) is newer than this program knows; use the program that made it, or a \
                 newer one"
            )),
            MigrateError::Execute(error) => error.into(),
            error => StoreError::Failed(error.to_string()),
        })
    }

    /// A connection to a database that is to be filled while nobody uses it: a statement takes as long as it takes.
    pub(in crate::store) async fn connect_to_fill(url: &DatabaseUrl) -> Result<PgConnection, StoreError> {
        let options = url.options().clone().application_name("foliocast migrate").options([
            ("statement_timeout", "0"),
            ("lock_timeout", "8s"),
            // Where the machine that reads is gone without a word, its locks go within two minutes, whatever it was sending.
            ("idle_in_transaction_session_timeout", "2min"),
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "6"),
        ]);
        match tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&options)).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
        }
    }

    /// Goes by `clock` in place of the database's, for tests.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// The time to go by, where it is not the database's: `coalesce($n, now_ms())`.
    fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.now_ms())
    }

    async fn write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin().await?)
    }

    /// Whether this transaction alone forgets what is old; another process may be just doing it.
    async fn may_prune(&self, transaction: &mut Transaction<'static, Postgres>) -> Result<bool, StoreError> {
        Ok(self.try_lock(transaction, Lock::Pruning).await?.is_some())
    }

    /// Takes a lock until the end of the transaction where nobody holds it: the time then.
    async fn try_lock(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        lock: Lock,
    ) -> Result<Option<i64>, StoreError> {
        let locked = sqlx::query_as("SELECT pg_try_advisory_xact_lock($1, $2), coalesce($3, now_ms())");
        let locked = locked.bind(LOCKS).bind(lock as i32).bind(self.now());
        let (is_locked, now): (bool, i64) = locked.fetch_one(&mut **transaction).await?;
        Ok(is_locked.then_some(now))
    }

    /// Takes a lock until the end of the transaction; what is read afterwards is from after that. The time then.
    async fn lock(&self, transaction: &mut Transaction<'static, Postgres>, lock: Lock) -> Result<i64, StoreError> {
        let locked = "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1, $2))
             SELECT coalesce($3, now_ms()) FROM locked";
        let locked = sqlx::query_scalar(locked).bind(LOCKS).bind(lock as i32).bind(self.now());
        Ok(locked.fetch_one(&mut **transaction).await?)
    }
}

impl Store for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    fn events(&self) -> BoxStream<'static, StoreEvent> {
        events::events(self.pool.clone())
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        within(async move {
            // A standby, or a database that is set read-only, gives no number to write under.
            sqlx::query("SELECT pg_current_xact_id()").execute(&self.pool).await?;
            Ok(())
        })
    }

    fn installation_secret(&self) -> [u8; 32] {
        self.secret
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.pool.close())
    }
}

/// Lets a store's work take so long and no longer.
fn within<'a, T>(work: impl Future<Output = Result<T, StoreError>> + Send + 'a) -> StoreFuture<'a, T>
where
    T: Send + 'a,
{
    Box::pin(async move {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done,
            Err(_) => Err(StoreError::Failed(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    })
}

/// A text that can be looked for: PostgreSQL keeps none with a NUL, so nothing has such a name.
fn findable(text: &str) -> Option<String> {
    (!text.contains('\0')).then(|| text.to_owned())
}
