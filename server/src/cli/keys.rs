//! `foliocast keys`: who may ask. Works beside a running server, which follows within a second.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use foliocast_app::service::Role;

use super::output::Output;
use super::{Failure, table};
use crate::auth::{Secret, SecretKind};
use crate::clock::{Clock, SystemClock};
use crate::config::DatabaseConfig;
use crate::service::{DEFAULT_TENANT, DataDirLock, KeyRequest, OpenError, access_key, change_on_command_line};
use crate::store::postgres::{DatabaseSettings, PostgresStore};
use crate::store::sqlite::{DATABASE, SqliteStore};
use crate::store::{Action, Created, KeyRow, Revoked, Store};

/// Keys read at a time.
const PAGE: u32 = 200;

/// Arguments of `keys`.
#[derive(Args, Debug)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a key, and print its text: the only time it is shown.
    Create(Create),
    /// List keys: names, roles, tenants, ends and last use, never texts.
    List(List),
    /// Revoke a key: it works no longer and its sessions end.
    Revoke(Revoke),
}

#[derive(Args, Debug)]
struct Create {
    /// Its name, never used again: a–z, 0–9, `.`, `_` and `-`.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it may do.
    #[arg(long, value_enum, default_value_t = RoleName::Analyst, value_name = "ROLE")]
    role: RoleName,
    /// Whose funds, runs and jobs it opens.
    #[arg(long, default_value = DEFAULT_TENANT, value_name = "TENANT")]
    tenant: String,
    /// How many days it works; always, unless given.
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u32>,
    #[command(flatten)]
    place: Place,
    /// Print the key as the API does.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct List {
    #[command(flatten)]
    place: Place,
    /// Print a JSON array of keys as the API has them.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct Revoke {
    /// The key.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
}

/// Where the server keeps its data.
#[derive(Args, Debug)]
struct Place {
    /// Directory of the databases.
    #[arg(long, env = "FOLIOCAST_DATA_DIR", default_value = "./data", value_name = "DIRECTORY")]
    data_dir: PathBuf,
    #[command(flatten)]
    database: DatabaseConfig,
}

impl Place {
    /// The PostgreSQL, where there is one.
    fn database_settings(&self) -> Result<Option<DatabaseSettings>, Failure> {
        let url = self.database.database_url().map_err(Failure::BadInput)?;
        let connections = self.database.database_connections.into();
        Ok(url.map(|url| DatabaseSettings { url, connections }))
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// Read what its tenant may see.
    Reader,
    /// Run things, too.
    Analyst,
    /// Steer the installation, too.
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Reader => Self::Reader,
            RoleName::Analyst => Self::Analyst,
            RoleName::Operator => Self::Operator,
        }
    }
}

impl Keys {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
        runtime.block_on(async {
            match self.command {
                Command::Create(command) => command.run(output).await,
                Command::List(command) => command.run(output).await,
                Command::Revoke(command) => command.run(output).await,
            }
        })
    }
}

impl Create {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let request = KeyRequest {
            name: self.name.clone(),
            tenant: self.tenant,
            role: self.role.into(),
            expires_in_days: self.expires_in_days,
        };
        let flag =
            |path: &str| if path == "expiresInDays" { "--expires-in-days".to_owned() } else { format!("--{path}") };
        let faults: Vec<String> =
            request.faults().iter().map(|fault| format!("{}: {}", flag(&fault.path), fault.message)).collect();
        if !faults.is_empty() {
            return Err(Failure::BadInput(faults.join("\n")));
        }
        let secret = Secret::new(SecretKind::Key).context("the system has no randomness to give")?;
        let opened = Opened::open(&self.place).await?;
        let is_first = !opened.store.has_keys().await.context("reading keys")?;
        let key = request.with_secret(&secret, SystemClock.now_ms());
        let create = change_on_command_line(Action::CreateKey, self.name.clone());
        let created = opened.store.create_key(key, create).await.context("writing the key")?;
        let row = opened.store.key(&self.name).await.context("reading the key")?;
        opened.close().await;
        let (Created::Done, Some(row)) = (created, row) else {
            return Err(Failure::BadInput(format!(
                "--name: there is, or was, a key named {:?}; names are never used again",
                self.name
            )));
        };
        if self.json {
            let key = serde_json::json!({ "key": access_key(row, SystemClock.now_ms()), "secret": secret.expose() });
            return Ok(output.line(&key.to_string())?);
        }
        output.line(secret.expose())?;
        output.note(
            "This is the key's text. It is not kept: copy it now. Programs send it as `Authorization: Bearer …`.",
        )?;
        if is_first {
            output.note("It is the first one: from now on every request needs a key.")?;
        }
        Ok(())
    }
}

impl List {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut rows: Vec<KeyRow> = Vec::new();
        if let Some(opened) = Opened::open_existing(&self.place).await? {
            loop {
                let after = rows.last().map(|row| row.name.as_str());
                let more = opened.store.keys(PAGE, after).await.context("reading keys")?;
                if more.is_empty() {
                    break;
                }
                rows.extend(more);
            }
            opened.close().await;
        }
        let now_ms = SystemClock.now_ms();
        let keys: Vec<_> = rows.into_iter().map(|row| access_key(row, now_ms)).collect();
        if self.json {
            return Ok(output.line(&serde_json::to_string(&keys).context("writing keys")?)?);
        }
        if keys.is_empty() {
            return Ok(
                output.note("There are no keys. The first one: foliocast keys create --name NAME --role operator")?
            );
        }
        Ok(output.line(&table::of_keys(&keys))?)
    }
}

impl Revoke {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let unknown = || {
            Failure::BadInput(format!(
                "there is no key named {:?}; `foliocast keys list` shows those there are",
                self.name
            ))
        };
        let opened = Opened::open_existing(&self.place).await?.ok_or_else(unknown)?;
        let revoke = change_on_command_line(Action::RevokeKey, self.name.clone());
        let revoked = opened.store.revoke_key(&self.name, false, revoke).await.context("writing the key")?;
        let keys = opened.store.keys(PAGE, None).await.context("reading keys")?;
        opened.close().await;
        match revoked {
            Revoked::Unknown => return Err(unknown()),
            Revoked::Before => output.note(&format!("{} was revoked before.", self.name))?,
            Revoked::Now | Revoked::Last | Revoked::NotAllowed => {
                output.note(&format!("{} works no longer; a running server follows within a second.", self.name))?;
            }
        }
        let now_ms = SystemClock.now_ms();
        if keys.len() < PAGE as usize && !keys.iter().any(|key| key.role == Role::Operator && key.is_usable(now_ms)) {
            output.note("No operator's key works any more: make one with foliocast keys create --role operator.")?;
        }
        Ok(())
    }
}

/// The store, with the data directory's lock where no server holds it.
struct Opened {
    store: Box<dyn Store>,
    _lock: Option<DataDirLock>,
}

impl Opened {
    async fn open(place: &Place) -> Result<Self, Failure> {
        if let Some(settings) = place.database_settings()? {
            let store = PostgresStore::open(&settings).await.context("opening the database")?;
            return Ok(Self { store: Box::new(store), _lock: None });
        }
        let (dir, clock) = (place.data_dir.as_path(), Arc::new(SystemClock));
        let (store, lock) = match DataDirLock::take(dir) {
            Ok(lock) => (SqliteStore::open(dir, clock).await, Some(lock)),
            // Beside a running server, whose schema stays as it is.
            Err(OpenError::Locked(_)) => (SqliteStore::open_beside(dir, clock).await, None),
            Err(error) => return Err(Failure::Failed(error.into())),
        };
        Ok(Self { store: Box::new(store.context("opening the data directory")?), _lock: lock })
    }

    /// As [`Self::open`], but `None` where nothing is kept yet: looking makes nothing.
    async fn open_existing(place: &Place) -> Result<Option<Self>, Failure> {
        if let Some(settings) = place.database_settings()? {
            let store = PostgresStore::open_beside(&settings).await.context("opening the database")?;
            return Ok(Some(Self { store: Box::new(store), _lock: None }));
        }
        if place.data_dir.join(DATABASE).exists() { Self::open(place).await.map(Some) } else { Ok(None) }
    }

    async fn close(self) {
        self.store.close().await;
    }
}
