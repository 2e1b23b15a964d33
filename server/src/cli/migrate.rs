//! `foliocast migrate`: from one process and its data directory to a PostgreSQL that many share.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::output::Output;
use super::progress::Progress;
use super::{Failure, table};
use crate::clock::SystemClock;
use crate::config::{DatabaseUrl, SecretText};
use crate::service::DataDirLock;
use crate::store::moving::{MoveError, Moved, Moving};
use crate::store::sqlite::{CHUNKS, DATABASE, SqliteStore};
use crate::store::{Store as _, StoreError};

/// Arguments of `migrate`.
#[derive(Args, Debug)]
pub struct Migrate {
    /// What is moved: a data directory that no server uses, `sqlite://DIRECTORY` or its path alone. It stays as it is.
    #[arg(long, env = "FOLIOCAST_DATA_DIR", default_value = "./data", value_name = "DIRECTORY")]
    from: DataDir,
    /// Where it is moved to: an empty PostgreSQL, `postgres://user:password@host[:port]/database`. In the variable a
    /// password is seen by fewer than in the flag.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    to: SecretText,
}

/// A data directory, however it was named.
#[derive(Clone, Debug)]
struct DataDir(PathBuf);

impl FromStr for DataDir {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let path = Path::new(text.strip_prefix("sqlite://").unwrap_or(text));
        // The address of the file means its directory.
        let is_database = path.file_name().is_some_and(|name| name == DATABASE);
        let dir = if is_database { path.parent().unwrap_or(path) } else { path };
        Ok(Self(if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir.to_owned() }))
    }
}

impl Migrate {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let url =
            self.to.expose().parse::<DatabaseUrl>().map_err(|error| Failure::BadInput(format!("--to: {error}")))?;
        let dir = &self.from.0;
        // Looking makes nothing, and an address that stands in the wrong place is not shown: it may hold a password.
        if !dir.join(DATABASE).exists() {
            let named =
                if dir.to_string_lossy().contains("://") { "that".to_owned() } else { dir.display().to_string() };
            return Err(Failure::BadInput(format!(
                "--from: there is no {DATABASE} in {named}; name the data directory of an installation \
                 (FOLIOCAST_DATA_DIR of its server)"
            )));
        }
        if !dir.join(CHUNKS).exists() {
            return Err(Failure::BadInput(format!(
                "--from: there is no {CHUNKS} beside {DATABASE} in {}; start `foliocast serve` there once, which makes an empty \
                 one: rows are made again when somebody asks for them",
                dir.display()
            )));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
        let moved = runtime.block_on(migrate(dir, &url, output))?;
        output.line(&table::of_moved(&moved))?;
        output.note(&format!(
            "Everything is in {url}. From now on start servers and workers with it as DATABASE_URL. {} is as it was: \
             keep it as a copy, but start no server on it, which would go its own way.",
            dir.display()
        ))?;
        Ok(())
    }
}

async fn migrate(dir: &Path, url: &DatabaseUrl, output: &mut Output) -> Result<Vec<Moved>, Failure> {
    let _lock = DataDirLock::take(dir).map_err(anyhow::Error::from)?;
    let opened = SqliteStore::open_to_read(dir, Arc::new(SystemClock)).await;
    let store = opened.map_err(|error: StoreError| anyhow!("{error}; nothing was moved"))?;
    let refused = |error: MoveError| match error {
        MoveError::NotEmpty(_) => Failure::BadInput(format!("--to: {url}: {error}")),
        MoveError::MaybeMoved(_) => Failure::Failed(anyhow!("{url}: {error}")),
        MoveError::Source(_) | MoveError::Unfit { .. } => Failure::Failed(anyhow!("{error}; nothing was moved")),
        _ => Failure::Failed(anyhow!("{url}: {error}; nothing was moved")),
    };
    let moving = Moving::begin(&store, url).await.map_err(refused)?;
    output.note(&format!("Moving {} to {url}: nothing of it is there before all of it is.", dir.display()))?;
    let progress = Progress::begin("moving", mebibytes(moving.total_bytes()));
    let moved = moving.complete(|bytes| progress.at(mebibytes(bytes))).await;
    progress.end();
    let moved = moved.map_err(refused)?;
    store.close().await;
    Ok(moved)
}

fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}
