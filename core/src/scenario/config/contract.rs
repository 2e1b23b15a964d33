//! The contract of `docs/MODEL.md` section 1: which members there are, their ranges and defaults, what must fit
//! together.

use super::{
    Bucket, Config, CorrelationWeights, Limits, Recycling,
    buckets::{Allocations, read_buckets},
    json,
    members::{Bounds, Faults, Member, Object, members},
    micros::Micros,
    text::quoted,
};
use crate::{
    ErrorCode, Errors,
    scenario::{MAX_KEPT_SCENARIOS, number::number},
};

/// Most characters of a fund's id.
const MAX_FUND_ID: usize = 128;
/// Most characters of a seed.
const MAX_SEED: usize = 256;
/// Most scenarios of a run.
const MAX_SCENARIOS: u32 = 100_000_000;

const FUND_ID: &str = "a string of 1 to 128 characters or a whole number";
const SEED: &str = "a string of 1 to 256 characters or a whole number";
const TAXONOMY_VERSION: &str = "a string such as \"v1.2\"";
const NUM_SCENARIOS: &str = "a whole number from 1 to 100000000";
const BUCKETS: &str = "1 to 50 buckets";
const MATRIX_SCHEMA: &str = "foliocast.matrix/1";
const MATRIX_SCHEMA_ALLOWED: &str = "\"foliocast.matrix/1\"";
const MODE: &str = "\"same-bucket\"";

const WEIGHT: Bounds = Bounds { range: 0..=1_000_000, allowed: "a number from 0 to 1" };
const RATE: Bounds = Bounds { range: 0..=1_000_000, allowed: "a number from 0 to 1" };
const YEARS: Bounds = Bounds { range: 250_000..=50_000_000, allowed: "a number from 0.25 to 50 (years)" };
const RECYCLED_SHARE: Bounds = Bounds { range: 0..=10_000_000, allowed: "a number from 0 to 10 or null (no cap)" };

/// Reads a configuration from JSON text.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Config, Errors> {
    let node = json::read(text)?;
    let mut faults = Faults::default();
    let config = config(&Member { node: &node, path: String::new() }, limits, &mut faults);
    faults.check(config)
}

/// Reads what a matrix key hashes, with stand-ins for what it leaves out.
pub(super) fn read_matrix(text: &str, limits: &Limits) -> Result<Config, Errors> {
    let node = json::read(text)?;
    let mut faults = Faults::default();
    let config = matrix(&Member { node: &node, path: String::new() }, limits, &mut faults);
    faults.check(config)
}

/// A fund's id in canonical form.
pub(super) fn fund_id(text: &str) -> Result<String, Errors> {
    let checked = super::members::checked_text(text, MAX_FUND_ID, FUND_ID);
    checked.map_err(|(code, message)| Errors::one("fundId", code, message))
}

/// A seed in canonical form.
pub(super) fn seed(text: &str) -> Result<String, Errors> {
    let checked = super::members::checked_text(text, MAX_SEED, SEED);
    checked.map_err(|(code, message)| Errors::one("seed", code, message))
}

/// A number of scenarios.
pub(super) fn num_scenarios(value: u32) -> Result<u32, Errors> {
    if (1..=MAX_SCENARIOS).contains(&value) {
        return Ok(value);
    }
    let message = format!("{value} is out of range: {NUM_SCENARIOS} belongs here");
    Err(Errors::one("numScenarios", ErrorCode::Range, message))
}

/// A fund's lifetime in years, in canonical form.
pub(super) fn fund_lifetime(years: f64) -> Result<f64, Errors> {
    let rounded = Micros::round(years);
    if YEARS.range.contains(&rounded.0) && years.is_finite() {
        return Ok(rounded.to_f64());
    }
    let message = format!("{} is out of range: {} belongs here", number(years), YEARS.allowed);
    Err(Errors::one("recycling.fundLifetime", ErrorCode::Range, message))
}

/// Checks a run's size against an installation's limits.
pub(super) fn size(num_scenarios: u32, deals: u64, buckets: usize, limits: &Limits) -> Result<(), String> {
    let draws = u64::from(num_scenarios) * deals;
    if draws > limits.max_deal_draws {
        return Err(format!(
            "{num_scenarios} scenarios × {deals} deals are {draws} deal draws; {} are allowed here: \
             ask for at most {} scenarios, or for fewer deals",
            limits.max_deal_draws,
            limits.max_deal_draws / deals.max(1),
        ));
    }
    let row_bytes = u64::from(num_scenarios) * buckets as u64 * 4;
    if num_scenarios <= MAX_KEPT_SCENARIOS && row_bytes > limits.max_row_bytes {
        return Err(format!(
            "{num_scenarios} scenarios × {buckets} buckets are {row_bytes} bytes of rows; {} are allowed here: \
             ask for at most {} scenarios, or for fewer buckets",
            limits.max_row_bytes,
            limits.max_row_bytes / (buckets.max(1) as u64 * 4),
        ));
    }
    Ok(())
}

fn config(root: &Member<'_>, limits: &Limits, faults: &mut Faults) -> Option<Config> {
    let known = ["fundId", "taxonomyVersion", "numScenarios", "seed", "buckets", "correlationWeights", "recycling"];
    let object = members(root, known, faults)?;
    let [fund_id, taxonomy_version, num_scenarios, seed, buckets, weights, recycling] = &object.members;

    let fund_id = required(&object, fund_id, "fundId", FUND_ID, faults)
        .and_then(|member| member.text_or_whole(MAX_FUND_ID, FUND_ID, faults));
    let taxonomy_version = match taxonomy_version {
        Some(member) => read_taxonomy_version(member, faults),
        None => Some("v1.2".to_owned()),
    };
    let scenarios = match num_scenarios {
        Some(member) => member.whole(1..=MAX_SCENARIOS, NUM_SCENARIOS, faults),
        None => Some(10_000),
    };
    let seed = match seed {
        Some(member) => member.text_or_whole(MAX_SEED, SEED, faults),
        None => Some("0".to_owned()),
    };
    let buckets = required(&object, buckets, "buckets", BUCKETS, faults)
        .and_then(|member| read_buckets(member, Allocations::Given, faults));
    let correlation_weights = match weights {
        Some(member) => read_weights(member, faults),
        None => Some(CorrelationWeights { macro_: 0.1, systematic: 0.05, idiosyncratic: 0.85 }),
    };
    let recycling = match recycling {
        Some(member) => read_recycling(member, faults),
        None => Some(Recycling::Disabled),
    };

    check_size(&object, num_scenarios.as_ref(), scenarios, buckets.as_deref(), limits, faults);
    Some(Config {
        fund_id: fund_id?,
        taxonomy_version: taxonomy_version?,
        num_scenarios: scenarios?,
        seed: seed?,
        buckets: buckets?,
        correlation_weights: correlation_weights?,
        recycling: recycling?,
    })
}

fn matrix(root: &Member<'_>, limits: &Limits, faults: &mut Faults) -> Option<Config> {
    let known = ["schema", "taxonomyVersion", "numScenarios", "seed", "buckets", "correlationWeights"];
    let object = members(root, known, faults)?;
    let [schema, taxonomy_version, num_scenarios, seed, buckets, weights] = &object.members;

    let schema = required(&object, schema, "schema", MATRIX_SCHEMA_ALLOWED, faults)
        .and_then(|member| read_constant(member, MATRIX_SCHEMA, MATRIX_SCHEMA_ALLOWED, faults));
    let taxonomy_version = required(&object, taxonomy_version, "taxonomyVersion", TAXONOMY_VERSION, faults)
        .and_then(|member| read_taxonomy_version(member, faults));
    let scenarios = required(&object, num_scenarios, "numScenarios", NUM_SCENARIOS, faults)
        .and_then(|member| member.whole(1..=MAX_SCENARIOS, NUM_SCENARIOS, faults));
    let seed =
        required(&object, seed, "seed", SEED, faults).and_then(|member| member.text_or_whole(MAX_SEED, SEED, faults));
    let buckets = required(&object, buckets, "buckets", BUCKETS, faults)
        .and_then(|member| read_buckets(member, Allocations::LeftOut, faults));
    let weights = required(&object, weights, "correlationWeights", "an object", faults)
        .and_then(|member| read_weights(member, faults));
    check_size(&object, num_scenarios.as_ref(), scenarios, buckets.as_deref(), limits, faults);
    schema?;
    Some(Config {
        fund_id: "matrix".to_owned(),
        taxonomy_version: taxonomy_version?,
        num_scenarios: scenarios?,
        seed: seed?,
        buckets: buckets?,
        correlation_weights: weights?,
        recycling: Recycling::Disabled,
    })
}

fn check_size<const N: usize>(
    object: &Object<'_, N>,
    member: Option<&Member<'_>>,
    num_scenarios: Option<u32>,
    buckets: Option<&[Bucket]>,
    limits: &Limits,
    faults: &mut Faults,
) {
    if let (Some(num_scenarios), Some(buckets)) = (num_scenarios, buckets) {
        let deals = buckets.iter().map(|bucket| u64::from(bucket.deals)).sum();
        if let Err(message) = size(num_scenarios, deals, buckets.len(), limits) {
            let at = member.map_or(object.at, |member| member.node.at);
            faults.note(at, "numScenarios", ErrorCode::TooLarge, message);
        }
    }
}

/// The member, or a note that it is missing.
pub(super) fn required<'m, 'a, const N: usize>(
    object: &Object<'a, N>,
    member: &'m Option<Member<'a>>,
    name: &str,
    allowed: &str,
    faults: &mut Faults,
) -> Option<&'m Member<'a>> {
    if member.is_none() {
        object.missing(name, allowed, faults);
    }
    member.as_ref()
}

fn read_taxonomy_version(member: &Member<'_>, faults: &mut Faults) -> Option<String> {
    let text = member.text(64, TAXONOMY_VERSION, faults)?;
    let is_whole = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'))
            && digits.parse::<u64>().is_ok_and(|value| i128::from(value) <= json::MAX_WHOLE)
    };
    let is_version = text
        .strip_prefix('v')
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|(major, minor)| is_whole(major) && is_whole(minor));
    if !is_version {
        let message = format!(
            "{} is no version: {TAXONOMY_VERSION} belongs here (v, a whole number, a dot, a whole number; \
             no leading zeros)",
            quoted(&text)
        );
        member.fault(ErrorCode::Range, message, faults);
        return None;
    }
    Some(text)
}

fn read_weights(member: &Member<'_>, faults: &mut Faults) -> Option<CorrelationWeights> {
    let names = ["macro", "systematic", "idiosyncratic"];
    let object = members(member, names, faults)?;
    let mut weights = [None; 3];
    for ((weight, name), found) in weights.iter_mut().zip(names).zip(&object.members) {
        *weight =
            required(&object, found, name, WEIGHT.allowed, faults).and_then(|member| member.real(&WEIGHT, faults));
    }
    let [macro_, systematic, idiosyncratic] = weights;
    let (macro_, systematic, idiosyncratic) = (macro_?, systematic?, idiosyncratic?);
    let sum = macro_.0 + systematic.0 + idiosyncratic.0;
    if (sum - 1_000_000).abs() > 1 {
        let message =
            format!("the weights sum to {}; they must sum to 1 (within 0.000001)", number(Micros(sum).to_f64()));
        member.fault(ErrorCode::Conflict, message, faults);
        return None;
    }
    Some(CorrelationWeights {
        macro_: macro_.to_f64(),
        systematic: systematic.to_f64(),
        idiosyncratic: idiosyncratic.to_f64(),
    })
}

fn read_recycling(member: &Member<'_>, faults: &mut Faults) -> Option<Recycling> {
    let known = ["enabled", "mode", "reinvestmentRate", "avgHoldingPeriod", "fundLifetime", "maxRecycledShare"];
    let object = members(member, known, faults)?;
    let [enabled, mode, rate, period, lifetime, share] = &object.members;
    let enabled = required(&object, enabled, "enabled", "true or false", faults)?.bool(faults)?;
    if !enabled {
        // The other members are dropped unread.
        return Some(Recycling::Disabled);
    }
    let mode = match mode {
        Some(member) => read_constant(member, "same-bucket", MODE, faults),
        None => Some(()),
    };
    let rate =
        required(&object, rate, "reinvestmentRate", RATE.allowed, faults).and_then(|member| member.real(&RATE, faults));
    let period = required(&object, period, "avgHoldingPeriod", YEARS.allowed, faults)
        .and_then(|member| member.real(&YEARS, faults));
    let lifetime = required(&object, lifetime, "fundLifetime", YEARS.allowed, faults)
        .and_then(|member| member.real(&YEARS, faults));
    let share = match share {
        Some(member) if member.is_null() => Some(None),
        Some(member) => member.real(&RECYCLED_SHARE, faults).map(Some),
        None => Some(Some(Micros(250_000))),
    };
    mode?;
    Some(Recycling::SameBucket {
        reinvestment_rate: rate?.to_f64(),
        avg_holding_period_years: period?.to_f64(),
        fund_lifetime_years: lifetime?.to_f64(),
        max_recycled_share: share?.map(Micros::to_f64),
    })
}

/// The string `constant` and no other.
fn read_constant(member: &Member<'_>, constant: &str, allowed: &str, faults: &mut Faults) -> Option<()> {
    let text = member.text(64, allowed, faults)?;
    if text != constant {
        member.fault(ErrorCode::Range, format!("{}, but {allowed} belongs here", quoted(&text)), faults);
        return None;
    }
    Some(())
}
