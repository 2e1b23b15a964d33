//! A run or a matrix on a server: its configuration is fetched, everything else is made again here and compared.

use std::ops::ControlFlow;

use anyhow::{Context as _, anyhow};
use foliocast_app::api::{self, BlockDigest, ErrorBody, Page};
use foliocast_core::scenario::{
    Config, Digest, Generator, KERNEL_VERSION, Limits, Run, Scratch, block_digest, block_rows, matrix_digest,
};
use serde::de::DeserializeOwned;

use super::super::Failure;
use super::super::progress::Progress;
use super::{Report, choose_blocks};
use crate::auth::Secret;

/// Most differing blocks that are named one by one.
const MAX_NAMED: usize = 10;

/// Most bytes of an answer.
const ANSWER_LIMIT_BYTES: u64 = 64 << 20;

/// The access key to ask with, where the server needs one. A flag would be seen by everyone on this machine.
const KEY_VARIABLE: &str = "FOLIOCAST_KEY";

/// What an address names.
enum Target<'a> {
    Run { server: &'a str, key: &'a str },
    Matrix { server: &'a str, key: &'a str },
}

/// What a server says of a matrix.
struct Claim {
    config: Config,
    kernel: u32,
    digest: Digest,
}

pub fn verify(url: &str, wanted: Option<u32>) -> Result<Report, Failure> {
    let mut report = Report::new();
    // What the server computed counts, not what this machine's settings allow.
    let limits = Limits { max_deal_draws: u64::MAX, ..Limits::default() };
    match parse(url)? {
        Target::Run { server, key } => {
            let run: api::Run = fetch(&format!("{server}/api/runs/{key}"))?;
            let config = Config::from_json(&run.configuration.to_string(), &limits)
                .map_err(|errors| anyhow!("the run's configuration is not valid:\n{errors}"))?;
            report.compare("run key", &run.run_key, &config.run_key());
            report.compare("matrix key", &run.matrix_key, &config.matrix_key());
            let claim = Claim { config, kernel: run.kernel, digest: run.digest };
            let digests = matrix(server, &claim, wanted, &mut report)?;
            if digests == Compared::All {
                summary(&claim.config, &run, &mut report)?;
            }
        }
        Target::Matrix { server, key } => {
            let answer: api::Matrix = fetch(&format!("{server}/api/matrices/{key}"))?;
            let config = Config::from_matrix_json(&answer.configuration.to_string(), &limits)
                .map_err(|errors| anyhow!("the matrix's configuration is not valid:\n{errors}"))?;
            report.compare("matrix key", &answer.matrix_key, &config.matrix_key());
            matrix(server, &Claim { config, kernel: answer.kernel, digest: answer.digest }, wanted, &mut report)?;
        }
    }
    Ok(report)
}

fn parse(url: &str) -> Result<Target<'_>, Failure> {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let ends = [("/api/runs/", true), ("/runs/", true), ("/api/matrices/", false)];
    for (infix, is_run) in ends {
        if let Some((server, key)) = path.split_once(infix)
            && key.len() == 64
        {
            return Ok(if is_run { Target::Run { server, key } } else { Target::Matrix { server, key } });
        }
    }
    Err(Failure::BadInput(format!(
        "{url} is no address of a run or a matrix; expected http://…/api/runs/<key>, http://…/runs/<key> or http://…/api/matrices/<key> with a key of 64 hexadecimal digits"
    )))
}

fn fetch<T: DeserializeOwned>(url: &str) -> Result<T, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut question = agent.get(url);
    // Redirects to other servers do not get it.
    if let Some(key) = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty()) {
        let key = Secret::given(key.trim()).map_err(|error| Failure::BadInput(format!("{KEY_VARIABLE}: {error}")))?;
        question = question.header("authorization", format!("Bearer {}", key.expose()));
    }
    let mut answer = question.call().with_context(|| format!("asking {url}"))?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(ANSWER_LIMIT_BYTES).read_to_vec();
    let body = body.with_context(|| format!("reading {url}"))?;
    if !status.is_success() {
        let said = serde_json::from_slice::<ErrorBody>(&body).map_or_else(|_| String::new(), |body| body.error.message);
        let hint = if status == 401 { format!(" Set {KEY_VARIABLE} to an access key.") } else { String::new() };
        return Err(anyhow!("{url} answers {status}: {said}{hint}").into());
    }
    Ok(serde_json::from_slice(&body).with_context(|| format!("{url} answers something else than expected"))?)
}

/// How much of a matrix was recomputed.
#[derive(PartialEq, Eq)]
enum Compared {
    All,
    Some,
}

/// Compares block digests and the matrix's digest.
fn matrix(server: &str, claim: &Claim, wanted: Option<u32>, report: &mut Report) -> Result<Compared, Failure> {
    if claim.kernel != KERNEL_VERSION {
        return Err(anyhow!(
            "the rows were made by kernel {}, and this program has kernel {KERNEL_VERSION}: their last bits may rightly differ, so nothing was compared",
            claim.kernel
        )
        .into());
    }
    let config = &claim.config;
    let claimed = block_digests(server, config)?;
    report.compare("digest of the block digests", &claim.digest, &matrix_digest(&claimed));
    let chosen = choose_blocks(config.num_scenarios(), wanted);
    let generator = Generator::new(config);
    let mut scratch = Scratch::default();
    let progress = Progress::begin("recomputing", chosen.len() as u32);
    let mut differing = Vec::new();
    for (done, &block) in chosen.iter().enumerate() {
        let mut rows = vec![0.0; block_rows(config.num_scenarios(), block) * generator.num_columns()];
        generator.block(block, &mut scratch, &mut rows);
        let recomputed = block_digest(&rows);
        if claimed.get(block as usize) != Some(&recomputed) {
            differing.push((block, recomputed));
        }
        progress.at(done as u32 + 1);
    }
    progress.end();
    if differing.is_empty() {
        report.agreed.push(format!("{} of {} blocks", chosen.len(), claimed.len()));
    }
    for (block, recomputed) in differing.iter().take(MAX_NAMED) {
        let claimed = claimed.get(*block as usize).map_or_else(|| "nothing".to_owned(), ToString::to_string);
        report.compare(&format!("block {block}"), &claimed, recomputed);
    }
    if differing.len() > MAX_NAMED {
        report.differences.push(format!("{} more blocks", differing.len() - MAX_NAMED));
    }
    Ok(if chosen.len() == claimed.len() { Compared::All } else { Compared::Some })
}

fn block_digests(server: &str, config: &Config) -> Result<Vec<Digest>, Failure> {
    let address = format!("{server}/api/matrices/{}/blocks?limit=10000", config.matrix_key());
    let mut page: Page<BlockDigest> = fetch(&address)?;
    let mut digests: Vec<Digest> = Vec::new();
    loop {
        for item in &page.items {
            if item.block as usize != digests.len() {
                return Err(anyhow!("the server left out block {}", digests.len()).into());
            }
            digests.push(item.digest);
        }
        match page.next_cursor {
            Some(cursor) if !page.items.is_empty() => page = fetch(&format!("{address}&cursor={cursor}"))?,
            _ => return Ok(digests),
        }
    }
}

/// Compares everything a run says, once its rows are known to be right.
fn summary(config: &Config, run: &api::Run, report: &mut Report) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let outcome = Run::new(config).complete(threads, &|_| ControlFlow::Continue(()));
    let outcome = outcome.map_err(|_| anyhow!("the run was stopped"))?;
    report.compare("digest of the matrix", &run.digest, &outcome.digest);
    report.compare("digest of the summary", &run.summary_digest, &outcome.summary_digest);
    if run.summary == outcome.summary {
        report.agreed.push("every figure of the summary".to_owned());
    } else {
        report.differences.push("figures of the summary".to_owned());
    }
    Ok(())
}
