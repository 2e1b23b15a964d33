//! A fresh installation to test against, and things to ask of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use foliocast::clock::{Clock, SystemClock};
use foliocast::service::{MatrixRows, RunAnswer, ServiceError, ServiceSettings, Services, SimulateRequest, Simulated};
use foliocast::store::THIS_MACHINE;
use foliocast_app::api::{Accepted, Job, JobState};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Config, Digest, Limits, MatrixKey, Run};
use futures::StreamExt;
use tempfile::TempDir;

use crate::gated_store::{Interruption, Moment, open_gated};

/// Long enough for anything here on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Services in a directory of their own.
pub struct Installation {
    pub services: Services,
    pub dir: TempDir,
}

impl Installation {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = ServiceSettings::in_dir(dir.path());
        change(&mut settings);
        Self { services: Services::open(&settings, Arc::new(SystemClock)).await.unwrap(), dir }
    }

    /// Over a store that a test can come between.
    pub async fn gated(
        clock: Arc<dyn Clock>,
        change: impl FnOnce(&mut ServiceSettings),
        at: impl Fn(Moment) -> Interruption + Send + Sync + 'static,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = ServiceSettings::in_dir(dir.path());
        change(&mut settings);
        Self { services: open_gated(&settings, clock, at).await, dir }
    }

    /// Shuts down and opens again.
    pub async fn reopen(self) -> Self {
        self.services.shutdown().await;
        Self { services: open(self.dir.path()).await, dir: self.dir }
    }
}

pub async fn open(dir: &Path) -> Services {
    Services::open(&ServiceSettings::in_dir(dir), Arc::new(SystemClock)).await.unwrap()
}

pub fn caller(tenant: &str) -> Caller {
    Caller {
        tenant: tenant.to_owned(),
        role: Role::Analyst,
        key_name: THIS_MACHINE.to_owned(),
        address: None,
        request_id: "test".to_owned(),
    }
}

/// Two buckets with some deals.
pub fn body(fund_id: &str, num_scenarios: u32, seed: &str) -> String {
    allocated(fund_id, num_scenarios, seed, 60)
}

/// As [`body`], with this share in the first bucket.
pub fn allocated(fund_id: &str, num_scenarios: u32, seed: &str, share: u32) -> String {
    format!(
        r#"{{"fundId": "{fund_id}", "numScenarios": {num_scenarios}, "seed": "{seed}", "buckets": [
            {{"name": "Seed", "capitalAllocation": {share}, "moicCalibration": {{"median": 1, "p90": 3}}, "deals": 20}},
            {{"name": "Series A", "capitalAllocation": {}, "moicCalibration": {{"median": 1.5, "p90": 3.5}}, "deals": 20}}
        ]}}"#,
        100 - share
    )
}

pub fn config(body: &str) -> Config {
    Config::from_json(body, &Limits::default()).unwrap()
}

/// The digests that the engine gives, without any server: of the matrix and of the summary.
pub fn expected_digests(body: &str) -> (Digest, Digest) {
    let outcome = Run::new(&config(body)).finish();
    (outcome.digest, outcome.summary_digest)
}

pub async fn simulate(services: &Services, caller: &Caller, body: &str) -> Result<Simulated, ServiceError> {
    services.simulate(caller, SimulateRequest { body: body.to_owned() }, PATIENCE).await
}

pub async fn run(services: &Services, caller: &Caller, body: &str) -> RunAnswer {
    match simulate(services, caller, body).await.unwrap() {
        Simulated::Ready(answer) => answer,
        Simulated::Accepted(accepted) => panic!("not in time: {accepted:?}"),
    }
}

/// Asks without waiting.
pub async fn accepted(services: &Services, caller: &Caller, body: &str) -> Accepted {
    match services.simulate(caller, SimulateRequest { body: body.to_owned() }, Duration::ZERO).await.unwrap() {
        Simulated::Accepted(accepted) => accepted,
        Simulated::Ready(answer) => panic!("there already: {answer:?}"),
    }
}

/// Follows a job to its end.
pub async fn finished(services: &Services, caller: &Caller, job_id: &str) -> Job {
    let mut events = services.job_events(caller, job_id).await.unwrap();
    let mut last = None;
    let all = async {
        while let Some(event) = events.next().await {
            last = Some(event.job);
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("the job ends");
    let job = last.expect("the present state comes first");
    assert!(matches!(job.state, JobState::Complete | JobState::Failed | JobState::Cancelled), "{job:?}");
    job
}

/// Rows of a matrix on their way.
pub async fn rows_of_matrix(
    services: &Services,
    caller: &Caller,
    key: MatrixKey,
    range: Option<(u32, u32)>,
) -> Result<MatrixRows, ServiceError> {
    services.open_matrix(caller, key).await?.rows(range).await
}
